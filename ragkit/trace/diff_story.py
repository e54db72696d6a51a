"""A comparison of two runs told for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ragkit.trace.diff import PassageChange, StepChange, TraceDiff
from ragkit.trace.story import outcome_of
from ragkit.trace.telling import named
from ragkit.trace.words import counted, duration, in_words, one_line, visible

if TYPE_CHECKING:
    from rich.text import Text

    from ragkit.trace.model import Span, Trace

SHOWN = 6
"""How many passages of a step are shown unless the whole is asked for."""


def render_diff(compared: TraceDiff, *, width: int = 100, color: bool = False, full: bool = False) -> str:
    """The comparison as a text for people; ``-`` is the left run, ``+`` the right one.

    Args:
        compared: What ``diff`` gave.
        width: Columns to fill.
        color: Add ANSI colours.
        full: Every step and every passage, not only what differs and the first few.
    """
    import io

    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=max(width, 40), force_terminal=color, no_color=not color, highlight=False, markup=False,
        color_system="standard" if color else None, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for line in _lines(compared, full):
        console.print(line)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _lines(compared: TraceDiff, full: bool) -> Iterator[Any]:
    left, right = compared.left, compared.right
    yield _run("- ", left, "red")
    yield _run("+ ", right, "green")
    if left.question == right.question:
        yield _text((visible(left.question), "bold"))
    else:
        yield from _pair(visible(left.question), visible(right.question))
    yield from _conditions(left, right)
    yield ""
    first = compared.first_change
    if first is None:
        yield _text(("Every step did the same in both runs.", "green"))
    else:
        yield _text((f"The runs part at {_named(first)}.", "bold"))
    same = 0
    for change in compared.steps:
        if change.changed or full:
            yield from _step(change, full)
        else:
            same += 1
    if same and first is not None:
        yield _text((f"{counted(same, 'step')} did the same in both runs", "dim"))
    yield from _end(compared, full)


def _run(mark: str, trace: Trace, style: str) -> Text:
    took = "no end" if trace.ended is None else duration(trace.ended - trace.started)
    name = visible(str(trace.pipeline.get("name", "")))
    return _text((mark, style), (f"{trace.id[:8]}  {name} · {outcome_of(trace)} · {took}", ""))


def _conditions(left: Trace, right: Trace) -> Iterator[Any]:
    names = [*left.conditions, *(name for name in right.conditions if name not in left.conditions)]
    for name in names:
        one, other = left.conditions.get(name), right.conditions.get(name)
        if one != other:
            yield _text((f"{visible(name)}: {in_words(one)} → {in_words(other)}", "yellow"))
    if left.pipeline.get("hash") != right.pipeline.get("hash"):
        yield _text(("the pipelines differ (by their hash)", "yellow"))


def _step(change: StepChange, full: bool) -> Iterator[Any]:
    span = change.left or change.right
    assert span is not None
    mark, style = ("  ", "bold") if change.left and change.right else ("- ", "red") if change.left else ("+ ", "green")
    yield _text((f"{mark}{_named(change)}", style), (f"  {_uses(change)}  {_times(change)}", "dim"))
    if change.states[0] != change.states[1] and None not in change.states:
        yield from _pair(_state(change.left), _state(change.right), 4)
    for name, (one, other) in [*change.params.items(), *change.values.items()]:
        values = (in_words(one), "red"), (" → ", "dim"), (in_words(other), "green")
        yield _padded(_text((f"{visible(name)}: ", ""), *values))
    if change.counts[0] != change.counts[1] and None not in change.counts:
        counts = [counted(count or 0, "passage") for count in change.counts]
        yield _padded(_text((counts[0], "red"), (" → ", "dim"), (counts[1], "green")))
    if change.decisions[0] != change.decisions[1]:
        yield from _pair(change.decisions[0], change.decisions[1], 4)
    yield from _ranks(change.passages, full, 4)


def _ranks(changes: tuple[PassageChange, ...], full: bool, indent: int) -> Iterator[Any]:
    ordered = sorted(changes, key=lambda change: (change.right is None, change.right or change.left or 0))
    shown = ordered if full else ordered[:SHOWN]
    for change in shown:
        one, other = (f"{rank}" if rank is not None else "–" for rank in (change.left, change.right))
        style = "red" if change.right is None else "green" if change.left is None else ""
        row = _text((f"{one:>3} → {other:<3} {named(change.passage)}", style))
        row.no_wrap, row.overflow = True, "ellipsis"
        yield _padded(row, indent)
    if len(ordered) > len(shown):
        rest = counted(len(ordered) - len(shown), "more passage")
        yield _padded(_text((f"          … and {rest} at another rank", "dim")), indent)


def _end(compared: TraceDiff, full: bool) -> Iterator[Any]:
    yield ""
    one, other = compared.answers
    if one == other:
        yield _text(("Both gave the same answer." if one is not None else "Neither gave an answer.", "green"))
        if one is not None and full:
            yield _text((visible(str(one)), ""))
    else:
        yield _text(("Answer", "bold"))
        texts = [None if text is None else str(text) if full else one_line(str(text), 400) for text in (one, other)]
        yield from _pair(texts[0], texts[1])
    if compared.passages:
        yield _text(("Passages that reached the answer", "bold"))
        yield from _ranks(compared.passages, full, 0)


def _named(change: StepChange) -> str:
    return visible(change.step) + (f" [{visible(change.frame)}]" if change.frame else "")


def _uses(change: StepChange) -> str:
    uses = list(dict.fromkeys(span.use for span in (change.left, change.right) if span is not None))
    return " → ".join(uses)


def _times(change: StepChange) -> str:
    times = [duration(seconds * 1e9) for seconds in change.seconds if seconds is not None]
    return " → ".join(times)


def _state(span: Span | None) -> str:
    assert span is not None
    why = span.reason or (span.error or {}).get("message")
    return f"{span.status}: {why}" if why else span.status


def _pair(left: str | None, right: str | None, indent: int = 0) -> Iterator[Any]:
    for mark, text, style in (("- ", left, "red"), ("+ ", right, "green")):
        if text is not None:
            yield _padded(_text((f"{mark}{visible(text)}", style)), indent)


def _text(*parts: tuple[str, str]) -> Text:
    from rich.text import Text

    return Text.assemble(*parts, overflow="fold")


def _padded(text: Text, indent: int = 4) -> Any:
    from rich.padding import Padding

    return Padding(text, (0, 0, 0, indent))
