"""What one question says of itself: whether gold and answers fit its kind. No corpus is needed."""

from __future__ import annotations

from collections.abc import Iterator

from ragkit.evaluate.checking.finding import Finding, quoted
from ragkit.evaluate.metrics.answers import normalise
from ragkit.evaluate.questions import KINDS, Question

ANSWERED = frozenset({"single", "multi", "aggregate"})
"""The kinds whose answer stands in documents."""


def check_form(question: Question, line: int) -> Iterator[Finding]:
    """Findings about kind, gold and answers."""
    kind, gold = question.kind, question.gold_ids

    if kind is None:
        yield Finding("no-kind", line, question.id, "the question has no 'kind'", f"one of {', '.join(KINDS)}")
    elif kind in ANSWERED:
        if not gold:
            yield Finding(
                "gold-missing", line, question.id, f"a question of kind {kind!r} has no gold document",
                "list the ids of the documents that answer it in 'gold_ids', or change 'kind'",
            )  # fmt: skip
        elif kind != "single" and len(gold) < 2:
            yield Finding(
                "gold-few", line, question.id, f"a question of kind {kind!r} has one gold document only",
                "add the others, or make it 'single'",
            )  # fmt: skip
        if not question.answers:
            yield Finding(
                "answers-missing", line, question.id, f"a question of kind {kind!r} has no answers",
                "add 'answers', or measure only retrieval with it",
            )  # fmt: skip
    else:
        if gold:
            yield Finding(
                "gold-unexpected", line, question.id,
                f"a question of kind {kind!r} has {len(gold)} gold document{'s' if len(gold) > 1 else ''}",
                "empty 'gold_ids', or change 'kind'", details={"gold_ids": list(gold)},
            )  # fmt: skip
        if kind == "unanswerable" and question.answers:
            yield Finding(
                "answers-unexpected", line, question.id,
                f"an unanswerable question has the answer {quoted(question.answers[0])}",
                "empty 'answers', or change 'kind'",
            )  # fmt: skip
    for answer in question.answers:
        if not normalise(answer):
            yield Finding(
                "answer-empty", line, question.id, f"the answer {quoted(answer)} is only punctuation and articles",
                "write the answer out, or take it away",
            )  # fmt: skip
