"""One failed question as attribution sees it: what reached the answer, and which passages hold it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from ragkit.engine.result import RunResult
from ragkit.evaluate.causes.cause import Cause
from ragkit.evaluate.causes.lineage import Holds, Lineage, Loss, objects_in
from ragkit.evaluate.metrics.answers import Wanted, normalise
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.evaluate.metrics.retrieval import documents, documents_of
from ragkit.evaluate.questions import Question
from ragkit.trace.model import Span, Trace
from ragkit.types import Answer, Passage, Passages

_UNCHECKABLE = {"yes", "no", "true", "false"}
"""Answers that stand in no passage, or in every one."""


class Case:
    """A failed question, its run and what reached its answer.

    Args:
        question: The question.
        result: Its run, live from the engine.
        outcome: What it came to.
    """

    def __init__(self, question: Question, result: RunResult, outcome: Outcome) -> None:
        self.question = question
        self.outcome = outcome
        self.trace: Trace = result.trace
        self.stopped = result.stopped
        self.lineage = Lineage(result.trace)
        self.gold = question.gold_ids
        self._gold = set(question.gold_ids)
        one = question.kind != "aggregate"
        self._wanted = Wanted(each for each in question.answers if one and normalise(each) not in _UNCHECKABLE)
        evidence = [" ".join(sentence.split()) for sentence in question.evidence if one]
        telling = [sentence for sentence in evidence if self._wanted.stands_in(sentence)]
        # Of the sentences behind an answer from several documents only some hold it; the others prove nothing.
        self._evidence = () if telling else tuple(evidence)
        self._held: dict[tuple[str, str], bool] = {}

    @property
    def no_end(self) -> bool:
        """The pipeline's output is an answer, and none came: every step that leads to it was skipped."""
        return self.outcome.expects_answer and self.outcome.answer is None

    @property
    def output(self) -> Answer | Passages:
        """What the lists behind are followed back from."""
        return self.outcome.passages if self.outcome.answer is None else self.outcome.answer

    @functools.cached_property
    def reached(self) -> Sequence[Passage]:
        """The passages that reached the answer, best first: those it names, else those its step was given; or the
        output itself where that is passages.
        """
        answer = self.outcome.answer
        if answer is None:
            return self.outcome.passages
        return answer.passages or [passage for each in self.lineage.read(answer) for passage in each]

    @functools.cached_property
    def reached_documents(self) -> Sequence[str]:
        """The documents of the passages that reached the answer."""
        return documents(self.reached, self.outcome.owners)

    @functools.cached_property
    def answer_step(self) -> str | None:
        """The path of the step that gave the answer."""
        answer = self.outcome.answer
        given = [
            span.step
            for span in self.trace.spans
            if any(each is answer for value in span.outputs.values() for each in objects_in(value))
        ]
        return given[-1] if answer is not None and given else None

    def routes(self) -> Iterator[Span]:
        """The executions of ``flow.route``, the last first."""
        for span in reversed(self.trace.spans):
            if span.use == "flow.route" and span.outputs.get("label") is not None:
                yield span

    def of_document(self, document: str) -> Holds:
        """Whether a passage is of a document, or was merged from one that is."""
        owners = self.outcome.owners
        return lambda passage: (
            passage.doc_id == document or (passage.parts != () and document in documents_of(passage, owners))
        )

    def holds_words(self, passage: Passage) -> bool:
        """A passage of a gold document (of any, where the question names none) that holds the answer.

        It does where an accepted answer stands in it; or, for answers that are written nowhere (yes, a sum), where a
        sentence of the evidence does.
        """
        gold = self._gold
        if gold and passage.doc_id not in gold and gold.isdisjoint(documents_of(passage, self.outcome.owners)):
            return False
        key = (passage.title, passage.text)
        if key not in self._held:  # the same passage stands in many lists
            text = " ".join(passage.text.split()) if self._evidence else ""
            stands = self._wanted.stands_in("\n".join(key)) or any(sentence in text for sentence in self._evidence)
            self._held[key] = stands
        return self._held[key]

    @property
    def has_words(self) -> bool:
        """There are words to look for in passages. Those of a list are many, and do not stand in one passage."""
        return bool(self._wanted or self._evidence)

    def no_answer(self) -> Cause:
        """The pipeline came to no answer at all, and no step failed."""
        if self.stopped is not None:
            return Cause("truncated", f"no answer came: the run was stopped ({self.stopped})")
        skipped = [span for span in self.trace.spans if span.status == "skipped"]
        if not skipped:
            return Cause("wrongly_abstained", "no answer came, and no step says why")
        last = skipped[-1]
        return Cause(
            "wrongly_abstained", f"no answer came: {last.step!r} ({last.use}) was skipped, {last.reason}", last.step
        )


def stood(loss: Loss) -> tuple[int, float | None, str]:
    """Where a lost passage stood: its rank and score in the list, and both in words.

    A selector may put its list in another order before it cuts: then the rank is the one in that order, where the
    passages had the score that it reads.
    """
    items, name = list(loss.passages), loss.passages.ranked_by
    lost = items[loss.rank - 1]
    rank, ordered_by = loss.rank, reads(loss.span)
    if ordered_by is not None and all(ordered_by in passage.scores for passage in items):
        name = ordered_by
        items.sort(key=lambda passage: -passage.scores[ordered_by])
        rank = next(place for place, passage in enumerate(items, start=1) if passage is lost)
    score = None if name is None else lost.scores.get(name)
    return rank, score, f"rank {rank} of {len(items)}" + (f" ({name} {score:.3g})" if score is not None else "")


def reads(span: Span) -> str | None:
    """The score by which a selector orders its list."""
    name = None if span.decision is None else span.decision.details.get("score_name")
    return name if isinstance(name, str) else None


def of(span: Span) -> str:
    """A step in words: ``evidence (select.adaptive_k)``."""
    return f"{span.step} ({span.use})"
