"""A run that failed, and the cause that its row holds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ragkit.evaluate.questions import Question
from ragkit.evaluate.scoring import score
from tests.evaluate.components import make

ROUTED = """
  kind: {use: route.word}
  go:
    use: flow.route
    label: kind
    default: single
    branches:
      single: {steps: {hits: {use: retrieve.find, found: [a]}, say: {use: generate.say, passages: hits}}, output: say}
      multi: {steps: {hits: {use: retrieve.find, found: [gold]}, say: {use: generate.say, passages: hits}}, output: say}
output: go
"""
"""A router that reads the label in the question, and a branch that finds the gold document only for `multi`."""


def ask(
    steps: str,
    question: str = "what is it",
    *,
    gold: tuple[str, ...] = ("gold",),
    answers: tuple[str, ...] = ("MCTS",),
    kind: Any = "single",
    evidence: tuple[str, ...] = (),
    known: Collection[str] | None = None,
    top: str = "",
    lm: bool = False,
) -> dict[str, Any]:
    """The cause of a run that failed, as a row holds it."""
    result = make(steps, top).run(question)
    assert result.error is None, result.error
    asked = Question("q", question, answers, dict.fromkeys(gold, 1.0), kind, evidence)
    found = score(asked, result, known_documents=known, lm=lm)
    assert found.metrics["correct"] == 0.0
    assert found.cause is not None
    return dict(found.cause)


def verdict(cause: dict[str, Any]) -> tuple[Any, ...]:
    return cause["cause"], cause["step"], cause["rank"], cause["score"]
