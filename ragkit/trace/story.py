"""A trace told for a terminal: what each step got and gave, what it decided and why, and what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ragkit.trace.model import Span, Trace
from ragkit.trace.record import is_redacted
from ragkit.trace.telling import Tone, details, what
from ragkit.trace.tree import Branch, Group, tree
from ragkit.trace.words import counted, duration, in_words, one_line, visible

if TYPE_CHECKING:
    from rich.text import Text

STYLES: Mapping[Tone, str] = {
    "plain": "", "decision": "cyan", "quiet": "dim", "passage": "dim", "warning": "yellow", "error": "red",
}  # fmt: skip
_OUTCOMES = {"ok": "green", "failed": "red"}
_MARKS = {"failed": ("✗ ", "bold red"), "skipped": ("– ", "dim")}
_TIME = 9
_WHOLE = 10**9


def story(
    trace: Trace, *, width: int = 100, color: bool = False, full: bool = False, outcome: str | None = None
) -> str:
    """The trace as a text for people.

    Control characters in what documents and models wrote are shown, not obeyed: the text is safe to print as it is.

    Args:
        trace: A run, finished or not.
        width: Columns to fill.
        color: Add ANSI colours.
        full: Every passage of every list and whole texts, instead of the first few and their beginnings.
        outcome: What the store says of the run (``TraceRow.outcome``), where it is known.
    """
    import io

    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=max(width, 40), force_terminal=color, no_color=not color, highlight=False, markup=False,
        color_system="standard" if color else None, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for block in _Teller(trace, full, outcome, max(width, 40)).blocks():
        console.print(block)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def outcome_of(trace: Trace) -> str:
    """How a run ended, as far as the trace itself says."""
    failed = (trace.result or {}).get("error") or any(span.status == "failed" for span in trace.spans)
    return "unfinished" if trace.ended is None else "failed" if failed else "ok"


class _Teller:
    """Makes the blocks: the head, three columns (time, step, what it did), and the end."""

    def __init__(self, trace: Trace, full: bool, outcome: str | None, width: int) -> None:
        self.trace = trace
        self.full = full
        self.outcome = outcome or outcome_of(trace)
        self.tree = tree(trace)
        self.names = min(_name_width(self.tree, 0), width // 3)

    def blocks(self) -> Iterator[Any]:
        yield from self._head()
        if self.tree:
            yield from ("", self._steps())
        yield from self._end()

    def _head(self) -> Iterator[Any]:
        trace = self.trace
        yield _text((visible(trace.question), "bold"))
        took = "no end recorded" if trace.ended is None else duration(trace.ended - trace.started)
        when = datetime.fromtimestamp(trace.started / 1e9).astimezone()
        yield _text(
            (f"{visible(str(trace.pipeline.get('name', '')))} · ", "dim"),
            (self.outcome, _OUTCOMES.get(self.outcome, "yellow")),
            (f" · {took} · {when:%Y-%m-%d %H:%M:%S} · {trace.id[:8]}", "dim"),
        )
        told = conditions_in_words(trace)
        if told:
            yield _text((told, "dim"))
        if is_redacted(trace):
            yield _text(("its texts were not kept: content was switched off", "yellow"))
        for note in (trace.graph or {}).get("notes", ()):
            yield _text((f"note: {visible(note)}", "yellow"))

    def _steps(self) -> Any:
        from rich.table import Table

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=_TIME, justify="right", no_wrap=True, style="dim")
        table.add_column(width=self.names, overflow="fold")
        table.add_column(overflow="fold")
        for time, name, words in self._rows(self.tree, 0):
            table.add_row(time, name, words)
        return table

    def _rows(self, branches: list[Branch], depth: int) -> Iterator[tuple[str, Text, Text]]:
        for branch in branches:
            span = branch.span
            time = "" if span.status == "skipped" else duration(span.ended - span.started)
            mark, style = _MARKS.get(span.status, ("", "bold"))
            yield time, _text((_name(span, mark, depth), style)), _text((what(span), style if mark else ""))
            for tone, text in details(span, self.trace.question, full=self.full):
                words = _text((text, STYLES[tone]))
                if tone == "passage":
                    words.no_wrap, words.overflow = True, "ellipsis"
                yield "", _text(), words
            for group in branch.groups:
                heading = heading_of(group)
                if heading is not None:
                    yield "", _text(("  " * (depth + 1) + heading[0], "cyan")), _text((heading[1], "dim"))
                yield from self._rows(group.branches, depth + (1 if heading is None else 2))

    def _end(self) -> Iterator[Any]:
        result = self.trace.result or {}
        error = result.get("error")
        if error is not None:
            yield from ("", _text((f"It failed: {visible(str(error.get('message')))}", "red")))
            hint = error.get("hint")
            if hint and self.trace.id not in hint:
                yield _text((f"try: {visible(str(hint))}", "cyan"))
        elif result.get("answer") is not None:
            yield from ("", _text(("No answer" if result.get("abstained") else "Answer", "bold")))
            yield _text((visible(result["answer"]), ""))
            yield from self._sources(result)
        elif result.get("passages"):
            yield from ("", _text(("Passages", "bold")))
            for rank, passage in enumerate(result["passages"], start=1):
                yield _hanging(f"{rank:>3}  ", f"{passage['title']} ({passage['doc_id']})", "")
        elif self.outcome == "unfinished":
            yield from ("", _text(("The run never ended: its process stopped or was killed.", "yellow")))
        if result.get("stopped"):
            yield _text((f"It stopped early: {visible(str(result['stopped']))}", "yellow"))
        spent = spent_in_words(self.trace)
        if spent:
            yield from ("", _text((spent, "dim")))

    def _sources(self, result: Mapping[str, Any]) -> Iterator[Any]:
        titles = {passage["id"]: passage["title"] for passage in result.get("passages", ())}
        cited = {citation["passage_id"] for citation in result.get("citations", ())}
        if cited:
            yield from ("", _text(("Sources", "bold")))
        for citation in result.get("citations", ()):
            title = titles.get(citation["passage_id"]) or citation["doc_id"]
            yield _hanging(f"[{citation['number']}] ", f"{title} ({citation['doc_id']})", "")
            if citation.get("quote"):
                yield _hanging("    ", f"“{one_line(citation['quote'], _WHOLE if self.full else 240)}”", "dim")
        rest = len(titles.keys() - cited)
        if rest:
            reached = "reached the answer and is not cited" if rest == 1 else "reached the answer and are not cited"
            yield _text((f"{counted(rest, 'more passage' if cited else 'passage')} {reached}", "dim"))


def heading_of(group: Group) -> tuple[str, str] | None:
    """What stands over a round, an element or a branch; None over an included file."""
    if group.kind == "round":
        return f"round {group.number}", ""
    if group.kind == "element":
        return f"element {group.number}", "" if group.item is None else in_words(group.item, 120)
    return (f"branch {visible(group.label)!r}", "") if group.kind == "branch" else None


def conditions_in_words(trace: Trace) -> str:
    """The corpus versions, models and overlay that the run stood on."""
    conditions = trace.conditions
    told = [f"corpus {name} at {version}" for name, version in (conditions.get("corpus_version") or {}).items()]
    told += [f"{role}: {model}" for role, model in (conditions.get("models") or {}).items() if model]
    if conditions.get("overlay"):
        told.append(f"overlay {conditions['overlay']}")
    made_from = conditions.get("replay")
    if made_from:
        change = f"{made_from['step']}.{made_from['parameter']} = {made_from['value']!r}"
        told.append(f"replay of run {made_from['trace'][:8]} with {change}")
    return visible(" · ".join(told))


def spent_in_words(trace: Trace) -> str:
    """Requests, tokens and the slowest step."""
    usage = (trace.result or {}).get("usage") or {}
    nouns = {"retrieval_calls": "retrieval", "lm_calls": "LM call", "context_tokens": "context token"}
    told = [counted(usage[name], noun) for name, noun in nouns.items() if usage.get(name)]
    leaves = [span for span in trace.spans if not span.use.startswith("flow.") and span.status != "skipped"]
    if len(leaves) > 1:
        slowest = max(leaves, key=lambda span: span.ended - span.started)
        told.append(f"slowest: {slowest.step}, {duration(slowest.ended - slowest.started)}")
    return " · ".join(told)


def _name(span: Span, mark: str, depth: int) -> str:
    return "  " * depth + mark + span.step.rpartition(".")[2]


def _name_width(branches: list[Branch], depth: int) -> int:
    widths = [10]
    for branch in branches:
        widths.append(len(_name(branch.span, _MARKS.get(branch.span.status, ("",))[0], depth)))
        for group in branch.groups:
            heading = heading_of(group)
            if heading is not None:
                widths.append(2 * depth + 2 + len(heading[0]))
            widths.append(_name_width(group.branches, depth + (1 if heading is None else 2)))
    return max(widths)


def _text(*parts: tuple[str, str]) -> Text:
    from rich.text import Text

    return Text.assemble(*parts, overflow="fold")


def _hanging(start: str, text: str, style: str) -> Any:
    """Text whose further lines begin under its first."""
    from rich.table import Table

    table = Table.grid()
    table.add_column(width=len(start), no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(_text((start, "")), _text((visible(text), style)))
    return table
