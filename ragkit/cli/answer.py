"""A result as a person reads it: the answer, its numbered sources, and one line of what was decided and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ragkit.cli import console

if TYPE_CHECKING:
    from ragkit.engine.result import RunResult
    from ragkit.types import Answer

SNIPPET = 200
"""The characters of a passage that are shown where there is no quote."""


def text(result: RunResult, *, with_answer: bool = True) -> str:
    """The whole result for a terminal, or all but the words of its answer. The result must have no error."""
    blocks = []
    if result.answer is not None:
        if with_answer:
            blocks.append(console.wrap(prose(result.answer)))
        sources = _sources(result)
        if sources:
            blocks.append(f"{console.style('Sources', 'bold')}\n{sources}")
    elif result.passages:
        blocks.append(passages(result.passages))
    else:
        blocks.append("no passages")
    why = decided(result.document)
    if why:
        blocks.append(console.style(console.wrap(why, "     ", "why: "), "dim"))
    return "\n\n".join(blocks)


def prose(answer: Answer) -> str:
    """The answer's text, in which a quote flows on where its document breaks the line."""
    text = answer.text
    for quote in {citation.quote for citation in answer.citations if citation.quote}:
        text = text.replace(quote, " ".join(quote.split()))
    return text


def passages(found: Any) -> str:
    """Numbered passages: title, document, the score that ordered them, the beginning of the text."""
    lines = []
    for number, passage in enumerate(found, start=1):
        score = passage.scores.get(found.ranked_by) if found.ranked_by else None
        shown = "" if score is None else f"  {found.ranked_by} {score:.3f}"
        lines.append(console.wrap(f"{passage.title}  ({passage.doc_id}){shown}", "     ", f"{f'[{number}]':>4} "))
        lines.append(console.wrap(_snippet(passage.text), "     "))
    return "\n".join(lines)


def decided(document: dict[str, Any]) -> str:
    """What was decided and why, in one line: the branches taken, then the last word of each kind of decision.

    Labels come with what gave them. Each step that expanded has its first word instead of the last: later rounds of a
    loop mostly say that no more came of it. Of what stopped, a loop speaks for the steps in it.
    """
    branches = {route["step"] for route in document["routes"]}
    parts = [f"{route['step']} took {route['label']!r}" for route in document["routes"]]
    told: dict[str, dict[str, Any]] = {kind: {} for kind in _TOLD}
    for decision in document["decisions"]:
        kind, step = decision["kind"], decision["step"]
        if kind == "expand":
            told[kind].setdefault(step, decision)
        elif kind == "route" and step in branches:
            continue
        elif kind in told and not (kind == "stop" and _inside(step, told[kind])):
            told[kind] = {step: decision}
    parts += [_reason(decision) for decisions in told.values() for decision in decisions.values()]
    if document["stopped"]:
        parts.append(f"stopped early: {document['stopped']}")
    return "; ".join(parts)


def _inside(step: str, outer: Iterable[str]) -> bool:
    return any(step.startswith(f"{name}.") for name in outer)


def _reason(decision: dict[str, Any]) -> str:
    """The reason, with the counts before it where it does not begin with them itself."""
    if decision["kind"] != "select" or decision["kept"] is None or decision["reason"].startswith("kept "):
        return str(decision["reason"])
    return f"kept {decision['kept']} of {decision['of']}: {decision['reason']}"


_TOLD = ("route", "query", "gate", "expand", "select", "compress", "judge", "stop", "answer")


def _sources(result: RunResult) -> str:
    assert result.answer is not None
    titles = {passage.id: passage.title for passage in result.passages}
    sources = {citation.number: citation for citation in result.answer.citations}
    cited = [citation.doc_id for citation in sources.values()]
    lines = []
    for number, citation in sources.items():
        title = titles.get(citation.passage_id) or citation.doc_id
        # Two passages of one document are told apart by their own ids.
        name = citation.doc_id if cited.count(citation.doc_id) == 1 else citation.passage_id
        lines.append(console.wrap(f"{title}  ({name})", "     ", f"{f'[{number}]':>4} "))
    return "\n".join(lines)


def _snippet(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SNIPPET else flat[:SNIPPET].rsplit(" ", 1)[0] + " …"
