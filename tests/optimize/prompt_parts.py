"""What tests of prompt optimisation share: a pipeline of two LM steps, questions, and pupils to answer them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ragkit.evaluate.questions import Question
from ragkit.optimize.bench import Bench
from ragkit.project import Project
from ragkit.testing import Pupil, ScriptedLM, in_process

STEPS = """\
steps:
  notes: {use: lm.predict, signature: "question -> notes"}
  answer: {use: lm.predict, signature: "notes, question -> answer: Answer", notes: notes}
output: answer
objective: {maximize: correct}
"""
TWO_STEPS = f"version: 1\nlm: scripted/lm\n{STEPS}"
OPTIMIZERS = ("bootstrap", "bootstrap-rs", "mipro", "gepa", "simba", "copro", "better-together")


def asked(count: int, *, tune: int = 0, name: str = "colour") -> list[Question]:
    """Questions about nothing; with ``tune`` the first so many are for tuning and the others for the report."""
    extra = [{"split": "tune" if n < tune else "report"} if tune else {} for n in range(count)]
    return [
        Question(f"q{n}", f"What is the {name} of {n}?", (f"{name}-{n}",), kind="single", extra=extra[n])
        for n in range(count)
    ]


def pupil(questions: Sequence[Question], **skill: Any) -> Pupil:
    """A pupil who knows their answers."""
    return Pupil({question.question: question.answers[0] for question in questions}, **skill)


def written(folder: Path, questions: Sequence[Question], text: str = TWO_STEPS) -> Path:
    """A project with the pipeline ``p.yaml`` and the questions ``q.jsonl``; gives the pipeline."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ragkit.toml").touch()
    lines = [
        {"id": q.id, "question": q.question, "answers": list(q.answers), "kind": q.kind, **q.extra} for q in questions
    ]
    (folder / "q.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    file = folder / "p.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@contextlib.contextmanager
def benched(folder: Path, questions: Sequence[Question], rule: Any, text: str = TWO_STEPS) -> Iterator[Any]:
    """A bench over the pipeline, and the LM ``scripted/lm`` behind it."""
    file = written(folder, questions, text)
    lm = ScriptedLM(rule)
    with in_process("scripted/lm", lm):
        bench = Bench(file, Project.around(file))
        try:
            yield bench, lm
        finally:
            bench.close()
