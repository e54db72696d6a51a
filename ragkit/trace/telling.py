"""One step of a trace in words: what it got and gave, what it decided and why, how passages moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ragkit.trace.model import Span
from ragkit.trace.movement import Movement, movement
from ragkit.trace.requests import request_lines
from ragkit.trace.words import counted, in_words, number, one_line, visible
from ragkit.types import Answer, Decision, Label, Passage, Passages

Tone = Literal["plain", "decision", "quiet", "passage", "warning", "error"]
"""``passage`` lines are rows of a table: where they are too long, they are cut and not wrapped."""
SHOWN = 5
"""How many passages of a list are shown unless the whole is asked for."""
_SHORT, _WHOLE, _ID = 160, 10**9, 24


def what(span: Span) -> str:
    """The step's component, and what came in and went out, in numbers."""
    if span.status == "skipped":
        return f"{span.use} was skipped: {visible(span.reason or 'no reason was recorded')}"
    notes = ["failed"] if span.status == "failed" else []
    if span.outputs and not notes:
        gave = in_words(next(iter(span.outputs.values())))
        took = [counted(len(value), "passage") for value in span.inputs.values() if isinstance(value, Passages)]
        notes.append(f"{took[0]} → {gave}" if took else gave)
    if span.status == "cached":
        notes.append("from the cache")
    if span.batch > 1:
        notes.append(f"one call for {span.batch} questions")
    return "  ".join(filter(None, [span.use, " · ".join(notes)]))


def details(span: Span, question: str, *, full: bool = False) -> Iterator[tuple[Tone, str]]:
    """The lines under a step, each with its tone.

    Args:
        span: The step.
        question: The run's question: an input that repeats it is not told again.
        full: Every passage with its text, and values whole.
    """
    most = _WHOLE if full else _SHORT
    for name, value in span.inputs.items():
        if isinstance(value, str) and not isinstance(value, Label) and value not in (question, ""):
            yield "quiet", f"{name}: {in_words(value, most)}"
    if not span.use.startswith("flow."):
        for number, (name, value) in enumerate(span.outputs.items()):
            whole = number == 0 and in_words(value) == in_words(value, most)  # then ``what`` has told it
            if isinstance(value, (str, list, dict)) and not isinstance(value, Label) and not whole:
                yield "plain", f"{name}: {in_words(value, most)}"
    if span.decision is not None:
        yield "decision", decision_in_words(span.decision)
    yield from _passages(span, full)
    for warning in span.warnings:
        yield "warning", f"warning: {visible(warning)}"
    yield from request_lines(span, full=full)
    if span.usage is not None and span.usage.lm_calls and len(span.requests) != 1:
        tokens = span.usage.prompt_tokens, span.usage.completion_tokens
        told = ["unknown" if count is None else f"{count:,}" for count in tokens]
        yield "quiet", f"{counted(span.usage.lm_calls, 'LM call')}, {told[0]} tokens in, {told[1]} out"
    if span.status == "failed":
        yield "error", visible(str((span.error or {}).get("message") or span.reason or "it left no message"))


def decision_in_words(decision: Decision) -> str:
    """``kept 3 of 8: the largest gap is after rank 3 (score 0.12, threshold 0.05)``."""
    head = ""
    if decision.kept is not None:
        head = f"kept {decision.kept}" + (f" of {decision.of}" if decision.of is not None else "") + ": "
        if decision.reason.startswith(head.rstrip(": ")):
            head = ""  # a reason may stand alone elsewhere, and then begins with its counts
    elif decision.label is not None:
        head = f"took {decision.label!r}: "
    pairs = (("score", decision.score), ("threshold", decision.threshold))
    numbers = ", ".join(f"{name} {number(value)}" for name, value in pairs if value is not None)
    return visible(f"{head}{decision.reason}" + (f" ({numbers})" if numbers else ""))


def _passages(span: Span, full: bool) -> Iterator[tuple[Tone, str]]:
    moved = movement(span)
    if moved is None or span.use.startswith("flow.") or any(isinstance(v, Answer) for v in span.outputs.values()):
        return
    if full or not moved.cuts_only:
        yield from _table(moved, full)
    if moved.dropped and moved.cuts_only:
        first = moved.dropped[0]
        score = _score(first, moved.given.ranked_by or moved.lists[0].ranked_by)
        yield "passage", "  ".join(filter(None, ("first left out", score, named(first))))


def _table(moved: Movement, full: bool) -> Iterator[tuple[Tone, str]]:
    shown = moved.moves if full else moved.moves[:SHOWN]
    if len(moved.lists) > 1:
        yield "quiet", f"rank, and the rank in each of the {len(moved.lists)} lists:"
    rows = [(move.arrow, _score(move.passage, moved.given.ranked_by)) for move in shown]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for move, cells in zip(shown, rows, strict=True):
        columns = [f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True) if width]
        yield "passage", "  ".join([f"{move.rank:>3}", *columns, named(move.passage)])
        if full:
            yield "quiet", f"     {one_line(move.passage.text, _WHOLE)}"
    if len(moved.moves) > len(shown):
        yield "quiet", f"     … and {len(moved.moves) - len(shown)} more"


def named(passage: Passage) -> str:
    """A passage's title, or its beginning, and its id, both cut so that they fit a line."""
    id = visible(passage.id)
    short = id if len(id) <= _ID else f"{id[: _ID - 8]}…{id[-7:]}"
    return f"{one_line(passage.title or passage.text, 48)}  {short}"


def titled(passage: Passage) -> str:
    """A passage's title, or its beginning, and its whole id."""
    return f"{one_line(passage.title or passage.text, 60)} ({visible(passage.id)})"


def _score(passage: Passage, name: str | None) -> str:
    value = passage.scores.get(name) if name is not None else None
    return "" if value is None else f"{name} {number(float(value))}"
