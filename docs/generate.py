"""Writes what is made from the code: ``components.md``, ``command-line.md`` and ``conditional.svg`` in this folder.

Run it without arguments to write them, with ``--check`` to be told (exit code 1) when one is out of date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ragkit.cli.main import VERBS, app
from ragkit.cli.reference import component_names, describe
from ragkit.components.catalogue import Catalogue
from ragkit.spec.describe import describe as describe_plan
from ragkit.spec.graph import render
from ragkit.spec.load import load

HERE = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py; a change here is lost. -->\n<!-- fmt: off -->\n"
ROLES = {
    "retrieve": "Find passages in an index.",
    "fuse": "Make one list of several.",
    "rerank": "Judge passages anew and put them in that order.",
    "select": "Decide how many passages to keep.",
    "expand": "Climb from passages to the bigger units that they stand in.",
    "compress": "Shorten passages to what matters.",
    "order": "Put passages in another order.",
    "query": "Make the text that is searched for.",
    "route": "Sort questions, so that a flow can treat each kind in its own way.",
    "gate": "Decide whether to retrieve.",
    "memory": "Remember what was read, for the questions that follow.",
    "judge": "Say something about a value, for conditions.",
    "generate": "Make an answer.",
    "number": "Reckon with numbers, for loops.",
    "lm": "Ask a language model for what the file says.",
    "flow": "Decide which steps run, and how often. The engine runs these.",
}


def components_page() -> str:
    """Every component, by role."""
    catalogue = Catalogue()
    names = component_names(catalogue)
    roles = list(dict.fromkeys([*ROLES, *(name.split(".")[0] for name in names)]))
    lines = [MADE, "# Components\n", "`ragkit components show NAME` prints the same in a terminal.\n"]
    described = {name: describe(name, catalogue.get(name)) for name in names}
    lines += ["| component | what it does |", "|---|---|"]
    for role in roles:
        for name in (n for n in names if n.startswith(f"{role}.")):
            anchor = name.replace(".", "")
            lines.append(f"| [`{name}`](#{anchor}) | {_cell(described[name]['summary'])} |")
    for role in roles:
        own = [name for name in names if name.startswith(f"{role}.")]
        if own:
            lines += ["", f"## {role}", "", ROLES[role]]
            for name in own:
                lines += ["", *_component(described[name])]
    return "\n".join(lines) + "\n"


def _component(found: dict[str, Any]) -> Iterator[str]:
    yield f"### {found['use']}\n"
    yield _markdown(found["doc"])
    facts = []
    if found["inputs"]:
        ports = [
            f"`{p['name']}` ({p['type']}{', several' if p['list'] else ''}{'' if p['required'] else ', optional'})"
            for p in found["inputs"]
        ]
        facts.append(f"**Inputs**: {', '.join(ports)}")
    if found["outputs"]:
        facts.append("**Outputs**: " + ", ".join(f"`{p['name']}` ({p['type']})" for p in found["outputs"]))
    if found["needs"]:
        facts.append(f"**Needs**: {', '.join(found['needs'])}")
    if facts:
        yield "\n" + "  \n".join(facts)
    if found["parameters"]:
        yield "\n| parameter | type | default | |\n|---|---|---|---|"
        for p in found["parameters"]:
            default = "required" if p["required"] else f"`{json.dumps(p['default'], ensure_ascii=False)}`"
            note = p["description"] + (" (takes `{from: step.port}`)" if p["bindable"] else "")
            yield f"| `{p['name']}` | {_cell(p['type'])} | {default} | {_cell(note)} |"
    if found["keys"]:
        yield "\n| key | kind | | |\n|---|---|---|---|"
        for key in found["keys"]:
            required = "required" if key["required"] else ""
            yield f"| `{key['name']}` | {key['kind']} | {required} | {_cell(key['description'])} |"


def _markdown(doc: str) -> str:
    """A docstring as Markdown: ``code`` in single ticks, blocks after ``YAML::`` and ``Python::`` fenced."""
    out: list[str] = []
    language = ""
    block: list[str] = []

    def close() -> None:
        nonlocal language
        if language:
            out.extend([f"```{language}", *_dedented(block), "```", ""])
            block.clear()
            language = ""

    for line in doc.splitlines():
        if line in ("YAML::", "Python::"):
            close()
            language = line[:-2].lower()
        elif language and (line.startswith(" ") or not line):
            block.append(line)
        else:
            close()
            out.append(line.replace("``", "`"))
    close()
    return "\n".join(out).strip()


def _dedented(block: list[str]) -> list[str]:
    text = [line[4:] if line.startswith("    ") else line for line in block]
    while text and not text[0]:
        text.pop(0)
    while text and not text[-1]:
        text.pop()
    return text


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def command_line_page() -> str:
    """The help of every verb."""
    lines = [
        MADE,
        "# The command line\n",
        "Results go to stdout and nothing else does; with `--json` that is exactly one JSON document. Progress,",
        "warnings and errors go to stderr. Colours and bars are for terminals, and `NO_COLOR` turns them off.\n",
        "| exit code | means |",
        "|---|---|",
        "| 0 | fine |",
        "| 1 | a check failed: `doctor`, `index --check`, `schema --check`, `data check`, `--fail-if` |",
        "| 2 | usage, or a YAML file with errors |",
        "| 3 | a failure at run time: a step, a document, an index |",
        "| 130 | interrupted |",
        "| 141 | the reader of stdout went away |",
        "",
        *_help([]),
    ]
    for verb in VERBS:
        lines += [f"## {verb}\n", *_help([verb])]
        for inner in _inner(verb):
            lines += [f"### {verb} {inner}\n", *_help([verb, inner])]
    return "\n".join(lines).rstrip() + "\n"


def _help(words: list[str]) -> list[str]:
    shown = CliRunner().invoke(app, [*words, "--help"], terminal_width=98, catch_exceptions=False)
    return ["```text", *(line.rstrip() for line in shown.stdout.rstrip().splitlines()), "```", ""]


def _inner(verb: str) -> list[str]:
    import importlib

    import typer

    return list(getattr(typer.main.get_command(importlib.import_module(f"ragkit.cli.{verb}").app), "commands", ()))


def picture(pipeline: str) -> str:
    """A shipped pipeline, drawn."""
    plan = load(HERE.parent / "pipelines" / f"{pipeline}.yaml", catalogue=Catalogue())
    return render(describe_plan(plan), "svg") + "\n"


def pages() -> dict[Path, str]:
    """The text of every page, by file; help is laid out for 100 columns, whatever the terminal."""
    return {
        HERE / "components.md": components_page(),
        HERE / "command-line.md": command_line_page(),
        HERE / "conditional.svg": picture("conditional"),
    }


def main() -> int:
    """Writes or checks the pages."""
    stale = [
        (file, text) for file, text in pages().items()
        if not file.is_file() or file.read_text(encoding="utf-8") != text
    ]  # fmt: skip
    for file, text in stale:
        sys.stderr.write(f"{file.name} {'is out of date' if '--check' in sys.argv else 'written'}\n")
        if "--check" not in sys.argv:
            file.write_text(text, encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    raise SystemExit(main())
