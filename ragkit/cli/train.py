"""``ragkit train``: fits the steps of a pipeline that learn from questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ragkit.cli import console
from ragkit.cli.options import (
    JsonOption,
    NoBuildOption,
    PipelineArgument,
    ProjectOption,
    SetOption,
    VerboseOption,
    examples,
    parse_choices,
)
from ragkit.cli.run import project_of

if TYPE_CHECKING:
    from ragkit.train.examples import Example
    from ragkit.train.session import Fitted, Training

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Fit the steps of a pipeline that learn from questions; no language model is needed.",
)


@app.callback()
def _root() -> None:
    pass


DataOption = Annotated[
    Path, typer.Option("--data", "-d", metavar="FILE", help="Questions, one JSON object a line.", show_default=False)
]
StepOption = Annotated[
    str | None,
    typer.Option("--step", metavar="STEP", help="The step, where several can be trained.", show_default=False),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Write here; by default where the pipeline names it.", show_default=False
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option("--split", metavar="NAME", help="Only questions whose key 'split' is this.", show_default=False),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, envvar="RAGKIT_SEED", help="What the folds are drawn from.")]
FoldsOption = Annotated[int, typer.Option("--folds", min=2, help="Parts of the cross-validation.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a trained file that is there.")]


@app.command(
    "selector",
    help="Fit select.learned or select.conformal on questions with gold documents.",
    epilog=examples(
        "ragkit train selector pipelines/learned-k.yaml --data corpora/papers/questions.jsonl --split tune --force",
        "ragkit train selector my.yaml --data questions.jsonl --aim documents --out other.json",
    ),
)
def selector(
    pipeline: PipelineArgument,
    data: DataOption,
    step: StepOption = None,
    split: SplitOption = None,
    aim: Annotated[
        Literal["evidence", "documents"],
        typer.Option("--aim", help="Keep further passages of a document that hold evidence, or one of each document."),
    ] = "evidence",
    folds: FoldsOption = 10,
    seed: SeedOption = 0,
    choices: SetOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    no_build: NoBuildOption = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Trains a selector."""
    from ragkit.train.selector import fit_selector

    def fitting(found: Sequence[Example]) -> Fitted:
        return fit_selector(found, aim=aim, count=folds, seed=seed)

    done = _train("selector", pipeline, data, step, split, choices, out, force, no_build, project, fitting)
    _tell(done, pipeline, data, as_json, _selector_text)


def _train(
    verb: str,
    pipeline: Path,
    data: Path,
    step: str | None,
    split: str | None,
    choices: list[str] | None,
    out: Path | None,
    force: bool,
    no_build: bool,
    project: Path | None,
    fitting: Callable[[Sequence[Example]], Fitted],
) -> Training:
    from ragkit.cli.progress import ProgressBar
    from ragkit.evaluate.questions import read_questions
    from ragkit.train.examples import lesson
    from ragkit.train.session import train

    questions = read_questions(data, split=split)
    found = lesson(pipeline, project_of(pipeline, project), verb, step, parse_choices(choices))
    bar = ProgressBar()
    try:
        return train(
            found, questions, fitting, out=out, force=force, build=not no_build, tell=console.say, progress=bar
        )
    finally:
        bar.close()


def _tell(done: Training, pipeline: Path, data: Path, as_json: bool, text: Callable[[dict[str, Any]], str]) -> None:
    if as_json:
        console.document(done.document)
        return
    console.result(text(dict(done.report)))
    console.say(f"\nwritten to {done.path} · ragkit eval {pipeline} --data {data}")


def _selector_text(report: dict[str, Any]) -> str:
    lines = [
        f"{report['questions']} questions, {report['passages']:,} passages, {report['relevant']} of them relevant; "
        f"every figure by {report['folds']}-fold cross-validation",
        f"AUC {report['auc']:.3f}, calibration error {report['calibration_error']:.4f}",
        "",
        console.table(
            ("fixed k", "tokens", "recall", "learned, as many tokens", "gain"),
            [
                (
                    str(row["k"]),
                    f"{row['fixed']['tokens']:.0f}",
                    f"{row['fixed']['recall']['mean']:.3f}",
                    f"{row['learned']['recall']['mean']:.3f}",
                    f"{row['gain']['mean']:+.3f} [{row['gain']['low']:+.3f}, {row['gain']['high']:+.3f}]",
                )
                for row in report["against_fixed_k"]
            ],
        ),
        "",
        console.table(
            ("target", "tokens", "passages", "precision"),
            [
                (f"recall: {row['recall']:g}", f"{row['tokens']:.0f}", f"{row['kept']:.1f}", f"{row['precision']:.3f}")
                for row in report["targets"]
            ],
        ),
    ]
    return "\n".join(lines)
