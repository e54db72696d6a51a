"""A trace as Markdown: to paste into an issue, a chat, or a question to a language model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ragkit.trace.model import Span, Trace
from ragkit.trace.movement import Movement, movement
from ragkit.trace.stored import Feedback
from ragkit.trace.story import conditions_in_words, heading_of, outcome_of, spent_in_words
from ragkit.trace.telling import decision_in_words, what
from ragkit.trace.tree import Branch, tree
from ragkit.trace.words import counted, duration, in_words, number, visible
from ragkit.types import Answer

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_ESCAPED = r"\\\1"


def markdown(trace: Trace, feedback: Sequence[Feedback] = ()) -> str:
    """The whole run: question, answer, sources, every step with its decision and its passages, and their texts once."""
    return "\n".join(_lines(trace, feedback)) + "\n"


def _lines(trace: Trace, feedback: Sequence[Feedback]) -> Iterator[str]:
    result = trace.result or {}
    yield f"# {_plain(trace.question)}"
    yield ""
    when = datetime.fromtimestamp(trace.started / 1e9, UTC)
    took = "no end recorded" if trace.ended is None else duration(trace.ended - trace.started)
    name = _plain(str(trace.pipeline.get("name", "")))
    yield f"- {name} · {outcome_of(trace)} · {took} · {when:%Y-%m-%d %H:%M:%S} UTC · trace `{trace.id}`"
    yield from (f"- {_plain(told)}" for told in (conditions_in_words(trace), spent_in_words(trace)) if told)
    yield from _outcome(result)
    yield from ("", "## Steps", "")
    yield from _steps(tree(trace), 0, trace.question)
    yield from _passages(trace)
    if feedback:
        yield from ("", "## Feedback", "")
        for said in feedback:
            score = None if said.score is None else number(said.score)
            yield f"- {_plain(' · '.join(filter(None, (said.name, said.label, score, said.comment))))}"


def _outcome(result: Mapping[str, Any]) -> Iterator[str]:
    error = result.get("error")
    if error is not None:
        yield from ("", "## Error", "", _quote(str(error.get("message"))))
        if error.get("hint"):
            yield f"\nTry: {_plain(str(error['hint']))}"
    if result.get("answer") is not None:
        yield from ("", "## No answer" if result.get("abstained") else "## Answer", "", _quote(result["answer"]))
    if result.get("citations"):
        titles = {passage["id"]: passage["title"] for passage in result.get("passages", ())}
        yield from ("", "## Sources", "")
        for citation in result["citations"]:
            title = titles.get(citation["passage_id"]) or citation["doc_id"]
            quote = f": “{_plain(citation['quote'])}”" if citation.get("quote") else ""
            yield f"- [{citation['number']}] {_plain(title)} ({_plain(citation['doc_id'])}){quote}"
    if result.get("stopped"):
        yield f"\nIt stopped early: {_plain(str(result['stopped']))}"


def _steps(branches: Sequence[Branch], depth: int, question: str) -> Iterator[str]:
    for branch in branches:
        span = branch.span
        indent = "  " * depth
        time = "" if span.status == "skipped" else f" ({duration(span.ended - span.started)})"
        yield f"{indent}- **{_plain(span.step.rpartition('.')[2])}**{time}: {_plain(what(span))}"
        yield from (f"{indent}  - {line}" for line in _said(span, question))
        for group in branch.groups:
            heading = heading_of(group)
            if heading is not None:
                yield f"{indent}  - {_plain(' '.join(filter(None, heading)))}"
            yield from _steps(group.branches, depth + (1 if heading is None else 2), question)


def _said(span: Span, question: str) -> Iterator[str]:
    if span.params:
        yield "parameters: " + _plain(", ".join(f"{name}={in_words(value)}" for name, value in span.params.items()))
    if span.decision is not None:
        yield f"decided: {_plain(decision_in_words(span.decision))}"
    for name, value in (*span.inputs.items(), *span.outputs.items()):
        if type(value) is str and value not in (question, ""):
            yield f"{_plain(name)}: {_plain(in_words(value, 10**9))}"
    moved = movement(span)
    if moved is not None and not span.use.startswith("flow.") and not _answers(span):
        yield from _ranks(moved)
    yield from (f"warning: {_plain(warning)}" for warning in span.warnings)
    if span.status == "failed":
        yield f"failed: {_plain(str((span.error or {}).get('message') or span.reason or 'no message'))}"


def _answers(span: Span) -> bool:
    return any(isinstance(value, Answer) for value in span.outputs.values())


def _ranks(moved: Movement) -> Iterator[str]:
    name = moved.given.ranked_by
    told = []
    for move in moved.moves:
        score = move.passage.scores.get(name) if name is not None else None
        arrow = f" {move.arrow}" if move.arrow else ""
        told.append(f"{move.passage.id}{arrow}" + ("" if score is None else f" {number(float(score))}"))
    yield _plain(f"gave {counted(len(told), 'passage')}" + (f" by {name}: " if name else ": ") + ", ".join(told))
    if moved.dropped:
        yield _plain(f"left out: {', '.join(passage.id for passage in moved.dropped)}")


def _passages(trace: Trace) -> Iterator[str]:
    """The text of every passage that a step gave, once."""
    seen: dict[tuple[str, str], None] = {}
    for span in trace.spans:
        moved = movement(span)
        for passage in moved.given if moved is not None else ():
            if (passage.id, passage.text) not in seen:
                if not seen:
                    yield from ("", "## Passages")
                seen[passage.id, passage.text] = None
                yield from ("", f"### {_plain(passage.id)}: {_plain(passage.title)}", "", _fenced(passage.text))


def _plain(text: str) -> str:
    """Text on one line in which no character means anything to Markdown or HTML."""
    return _SPECIAL.sub(_ESCAPED, " ".join(visible(text).split()))


def _quote(text: str) -> str:
    """A block quote; Markdown in the text is shown as it was written."""
    return "\n".join(f"> {_SPECIAL.sub(_ESCAPED, line)}".rstrip() for line in visible(text).splitlines() or [""])


def _fenced(text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{visible(text)}\n{fence}"
