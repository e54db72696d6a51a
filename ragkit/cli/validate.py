"""``ragkit validate``: every error of a pipeline file at once, or what the pipeline needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ragkit.cli import console
from ragkit.cli.options import (
    JsonOption,
    OverlayOption,
    ProjectOption,
    SetOption,
    VerboseOption,
    examples,
    parse_choices,
)
from ragkit.errors import SpecError, UsageError
from ragkit.project import Project

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Check pipeline files and print what each one needs. Nothing is loaded.",
    epilog=examples(
        "ragkit validate                            every pipeline of the project",
        "ragkit validate pipelines/adaptive-k.yaml",
        "ragkit validate pipelines/*.yaml --json",
        "",
        "Exit code 2 when a file has errors; each is printed as file:line:col. Of a project or a folder the files that",
        "only lack an LM are listed apart, and are no error; of a file that is named, they are.",
    ),
)
def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PIPELINE", help="Files or whole folders. Default: the project's pipelines."),
    ] = None,
    overlay: OverlayOption = None,
    choices: SetOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Checks files."""
    from ragkit.spec.written.lms import ENVIRONMENT

    laid = parse_choices(choices)
    reports = [_check(file, overlay, laid, project, named=named) for file, named in _files(files, project)]
    bad = sum(not report["ok"] for report in reports)
    lacking = sum("lacks" in report for report in reports)
    if as_json:
        console.document({"ok": not bad, "files": reports})
    elif bad and len(reports) > 1:
        console.say(f"{bad} of {len(reports)} files {'has' if bad == 1 else 'have'} errors")
    for report in [] if as_json else reports:
        if report["ok"]:
            console.result(text(report))
    if lacking and not as_json:
        console.say(f"{lacking} of {console.count(len(reports), 'file')} can be run once {ENVIRONMENT} names an LM")
    if bad:
        raise typer.Exit(2)


def _files(given: list[Path] | None, explicit: Path | None) -> list[tuple[Path, bool]]:
    """The files named, each with True, and the pipelines in the folders named: overlays lie beside theirs."""
    from ragkit.spec.overlay import is_overlay

    found: list[tuple[Path, bool]] = []
    for path in given or [_relative(Project.find(Path.cwd(), explicit).pipelines)]:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml"))
            if not inside:
                raise UsageError(f"the folder {str(path)!r} holds no .yaml file")
            found += [(file, False) for file in inside if not is_overlay(file)]
        else:
            found.append((path, True))
    return found


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _check(
    file: Path, overlay: Path | None, choices: dict[str, Any], explicit: Path | None, *, named: bool
) -> dict[str, Any]:
    from ragkit.components.catalogue import Catalogue
    from ragkit.spec.checking.needs import NO_LM
    from ragkit.spec.load import load

    project = Project.around(file, explicit)
    try:
        plan = load(file, catalogue=Catalogue(), choices=choices, overlay=overlay, corpora=project.corpora)
    except SpecError as error:
        errors = [d.as_dict() for d in error.diagnostics]
        if not named and all(finding["code"] == NO_LM for finding in errors):
            return {"file": str(file), "ok": True, "lacks": ["lm"], "errors": errors}
        console.complain(error)
        return {"file": str(file), "ok": False, "errors": errors}
    return {
        "file": str(file),
        "ok": True,
        "name": plan.name,
        "hash": plan.hash,
        "needs": sorted(need.value for need in plan.needs),
        "corpora": list(plan.corpora),
        "lms": dict(plan.lms),
        "critical_path": list(plan.critical_path),
        "width": plan.width,
        "at_most": {"retrieval_calls": plan.calls.retrievals, "lm_calls": plan.calls.lm},
        "search_space": [{"path": m.path, "kind": m.kind, "default": m.default} for m in plan.space],
        "notes": list(plan.notes),
    }


def text(report: dict[str, Any]) -> str:
    """One good file, or one that lacks an LM only, for a terminal."""
    if "lacks" in report:
        steps = ", ".join(dict.fromkeys(error["where"] for error in report["errors"]))
        head = f"{report['file']}: {console.style('needs an LM, and none is set', 'yellow')}"
        return f"{head}\n{console.wrap(steps, ' ' * 17, '  without one    ')}"
    needs = [*report["needs"], *(f"corpus {name!r}" for name in report["corpora"])]
    needs += [f"LM {model!r} ({where})" for where, model in report["lms"].items()]
    path = report["critical_path"]
    most = report["at_most"]
    rows = [
        ("needs", ", ".join(needs) or "nothing"),
        ("critical path", f"{' → '.join(path)}  ({console.count(len(path), 'step')})"),
        ("width", f"{report['width']} at a time"),
        (
            "at most",
            f"{console.count(most['retrieval_calls'], 'retrieval call')}, "
            f"{console.count(most['lm_calls'], 'LM request')}",
        ),
    ]
    if report["search_space"]:
        marks = (f"{mark['path']} = {_plain(mark['default'])}" for mark in report["search_space"])
        rows.append(("search marks", ", ".join(marks)))
    rows += [("note", note) for note in report["notes"]]
    head = f"{report['file']}: {console.style('fine', 'green')}"
    return "\n".join([head, *(console.wrap(value, " " * 17, f"  {label:<15}") for label, value in rows)])


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
