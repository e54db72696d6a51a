"""Two runs side by side: what differs in their steps, passages, decisions, times and answers.

Steps are matched by name and frame, so two versions of a pipeline, two pipelines that share step names, and two runs of
one pipeline can be compared. What only one run has stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ragkit.trace.model import Span, Trace
from ragkit.trace.movement import movement
from ragkit.trace.plain import plain_value
from ragkit.trace.telling import decision_in_words, titled
from ragkit.types import Answer, Passage, Passages


@dataclass(frozen=True, slots=True)
class PassageChange:
    """A passage whose rank differs: None where a run did not have it."""

    passage: Passage
    left: int | None
    right: int | None

    @property
    def moved(self) -> str:
        """From the left run to the right one: ``gained``, ``lost``, ``↑2`` or ``↓1``."""
        if self.left is None or self.right is None:
            return "gained" if self.left is None else "lost"
        return f"{'↑' if self.left > self.right else '↓'}{abs(self.left - self.right)}"


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step of either run. ``left`` and ``right`` are its spans, None where a run does not have it.

    ``params`` and ``values`` map names to the two values, where they differ (``values``: outputs that are no passages);
    ``counts`` are the passages given. ``changed`` is False for a step that did the same in both, its time apart.
    """

    step: str
    frame: str
    left: Span | None
    right: Span | None
    params: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    passages: tuple[PassageChange, ...] = ()
    counts: tuple[int | None, int | None] = (None, None)
    decisions: tuple[str | None, str | None] = (None, None)
    states: tuple[str | None, str | None] = (None, None)

    @property
    def changed(self) -> bool:
        """True when anything but the time differs; a result that was read from a cache is the result."""
        states = tuple("ok" if state == "cached" else state for state in self.states)
        pairs = (self.counts, self.decisions, states, _uses(self))
        return bool(self.params or self.values or self.passages) or any(left != right for left, right in pairs)

    @property
    def seconds(self) -> tuple[float | None, float | None]:
        """The time that the step took in each run."""
        return _seconds(self.left), _seconds(self.right)


@dataclass(frozen=True, slots=True)
class TraceDiff:
    """Two runs and their steps, in the order of the left one; those of the right one alone stand where they ran."""

    left: Trace
    right: Trace
    steps: tuple[StepChange, ...]

    @property
    def first_change(self) -> StepChange | None:
        """The first step that did something else: where the runs part."""
        return next((step for step in self.steps if step.changed), None)

    @property
    def answers(self) -> tuple[Any, Any]:
        """The two answers."""
        return tuple((trace.result or {}).get("answer") for trace in (self.left, self.right))  # type: ignore[return-value]

    @property
    def passages(self) -> tuple[PassageChange, ...]:
        """The passages that reached the answer in one run only, or at another rank."""
        return _passages(*(_final(trace) for trace in (self.left, self.right)))


def diff(left: Trace, right: Trace) -> TraceDiff:
    """Compares two runs."""
    ours, theirs = _by_key(left), _by_key(right)
    return TraceDiff(left, right, tuple(_change(key, ours.get(key), theirs.get(key)) for key in _merged(ours, theirs)))


def as_dict(compared: TraceDiff) -> dict[str, Any]:
    """The comparison as plain data, JSON-able."""
    first = compared.first_change
    return {
        "left": _head(compared.left),
        "right": _head(compared.right),
        "answer": {"left": compared.answers[0], "right": compared.answers[1], "same": len(set(compared.answers)) == 1},
        "passages": [_passage(change) for change in compared.passages],
        "first_change": None if first is None else {"step": first.step, "frame": first.frame},
        "steps": [_step(change) for change in compared.steps],
    }


def _by_key(trace: Trace) -> dict[tuple[str, str], Span]:
    return {(span.step, span.frame): span for span in sorted(trace.spans, key=lambda span: span.index)}


def _merged(ours: Mapping[tuple[str, str], Any], theirs: Mapping[tuple[str, str], Any]) -> Iterator[tuple[str, str]]:
    """The keys of both: those of the right run alone come before the step that they ran before."""
    waiting = list(theirs)
    for key in ours:
        if key in theirs and key in waiting:
            while waiting[0] != key and waiting[0] not in ours:
                yield waiting.pop(0)
            waiting.remove(key)
        yield key
    yield from (key for key in waiting if key not in ours)


def _change(key: tuple[str, str], left: Span | None, right: Span | None) -> StepChange:
    spans = (left, right)
    params = [span.params if span is not None else {} for span in spans]
    values = [_other_outputs(span) if span is not None else {} for span in spans]
    lists = [_given(span) for span in spans]
    counts = [None if each is None else len(each) for each in lists]
    decisions = [None if s is None or s.decision is None else decision_in_words(s.decision) for s in spans]
    both = left is not None and right is not None
    return StepChange(
        *key, left, right,
        params=_differing(*params) if both else {},
        values=_differing(*values) if both else {},
        passages=_passages(*(each or Passages() for each in lists)) if both else (),
        counts=(counts[0], counts[1]),
        decisions=(decisions[0], decisions[1]),
        states=(None if left is None else left.status, None if right is None else right.status),
    )  # fmt: skip


def _other_outputs(span: Span) -> dict[str, Any]:
    kept = {name: value for name, value in span.outputs.items() if not isinstance(value, (Passages, Answer))}
    return kept | {name: value.text for name, value in span.outputs.items() if isinstance(value, Answer)}


def _given(span: Span | None) -> Passages | None:
    moved = None if span is None else movement(span)
    return None if moved is None else moved.given


def _differing(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Values under names of either side, where they differ; compared as plain data, for values may be arrays."""
    names = [*left, *(name for name in right if name not in left)]
    pairs = {name: (plain_value(left.get(name)), plain_value(right.get(name))) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _passages(left: Passages, right: Passages) -> tuple[PassageChange, ...]:
    ranks = [{passage.id: rank for rank, passage in reversed(list(enumerate(each, 1)))} for each in (left, right)]
    found = {passage.id: passage for passage in (*right, *left)}
    changes = [PassageChange(found[id], ranks[0].get(id), ranks[1].get(id)) for id in found]
    return tuple(change for change in changes if change.left != change.right)


def _final(trace: Trace) -> Passages:
    """The passages of the result; their contents come from the last step that gave them."""
    return Passages(
        Passage(each["id"], each["doc_id"], each["title"], each["text"], each.get("scores", {}))
        for each in (trace.result or {}).get("passages", ())
    )


def _uses(change: StepChange) -> tuple[str | None, str | None]:
    return change.left.use if change.left is not None else None, change.right.use if change.right is not None else None


def _seconds(span: Span | None) -> float | None:
    return None if span is None else (span.ended - span.started) / 1e9


def _head(trace: Trace) -> dict[str, Any]:
    return {
        "trace_id": trace.id,
        "question": trace.question,
        "pipeline": plain_value(trace.pipeline),
        "conditions": plain_value(trace.conditions),
        "seconds": None if trace.ended is None else (trace.ended - trace.started) / 1e9,
        "usage": plain_value((trace.result or {}).get("usage")),
    }


def _passage(change: PassageChange) -> dict[str, Any]:
    return {"id": change.passage.id, "title": titled(change.passage), "left": change.left, "right": change.right}


def _step(change: StepChange) -> dict[str, Any]:
    pairs = {"use": _uses(change), "status": change.states, "decision": change.decisions, "passages": change.counts}
    return {
        "step": change.step,
        "frame": change.frame,
        "changed": change.changed,
        **{name: {"left": left, "right": right} for name, (left, right) in pairs.items()},
        "seconds": {"left": change.seconds[0], "right": change.seconds[1]},
        "params": {name: {"left": left, "right": right} for name, (left, right) in change.params.items()},
        "values": {name: {"left": left, "right": right} for name, (left, right) in change.values.items()},
        "ranks": [_passage(each) for each in change.passages],
    }
