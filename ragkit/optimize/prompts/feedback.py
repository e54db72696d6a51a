"""What went wrong with one question, told to one step: attribution in words that a proposing LM can act on.

GEPA and SIMBA let an LM rewrite a step's instructions from examples with feedback. A score alone says that a question
failed; this says where: the first cause that the run's trace proves (``ragkit.evaluate.attribution``), how the gold
documents came through the steps, and whether the step that is rewritten was before, at or behind the failure.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ragkit.engine.result import RunResult
from ragkit.evaluate.causes.cause import CAUSES
from ragkit.evaluate.judge import METRIC
from ragkit.evaluate.metrics.answers import Wanted, normalise
from ragkit.evaluate.metrics.retrieval import documents
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.evaluate.steps import gives_answer, nodes, owners, step_passages
from ragkit.optimize.prompts.reach import Reach
from ragkit.trace.model import Span
from ragkit.trace.words import counted
from ragkit.types import Answer, Passage, Passages

_RETRIEVER = "RETRIEVER"
_EVERYWHERE = {"yes", "no", "true", "false"}
"""Answers that stand in many a text by accident."""
_OF_CITATIONS = ("citation_precision", "citation_recall")
_MEANINGS = {
    "citation_precision": "the share of its citations whose passage supports the sentence that cites it",
    "citation_recall": "the share of its sentences that are supported by what they cite",
    "answer_f1": "the words that it shares with the nearest accepted answer: it says too much or too little",
    "answer_em": "1 only where it is an accepted answer, word for word, and nothing else",
    "answer_rouge_l": "the longest run of words that it shares with an accepted answer",
    "set_f1": "the items of the list that it names, and those that it should not",
}
"""What metrics of answers measure, for an LM that is to raise them."""
_SHOWN = 3
_LONG = 300


class Feedback:
    """Feedback on one run of a question.

    Args:
        question: The question and what is known about its answer.
        result: Its run, live from the engine.
        row: Its scores.
        metric: What is to be raised.
    """

    def __init__(self, question: Question, result: RunResult, row: Row, metric: str = "correct") -> None:
        self._question = question
        self._result = result
        self._row = row
        self._metric = metric

    @property
    def right(self) -> bool:
        """Nothing is to be said against the run."""
        if self._metric == METRIC and self._row["metrics"].get(METRIC) is not None:
            return bool(self._row["metrics"][METRIC] == 1.0)
        return self._row["error"] is None and self._row["cause"] is None and self._row["metrics"]["correct"] != 0.0

    @property
    def lost(self) -> float | None:
        """What the run has of the metric, where that is not all of it."""
        value = self._row["metrics"].get(self._metric)
        return value if value is not None and value < 1.0 else None

    def whole(self) -> str:
        """On the run as a whole."""
        return "\n".join(self._happened())

    def to_step(self, path: str) -> str:
        """To one step: what happened, and what this step has to do with it.

        Args:
            path: The step's path, which is the name of its predictor.
        """
        return "\n".join([*self._happened(), *self._about(path)])

    def _happened(self) -> Iterator[str]:
        error, cause = self._row["error"], self._row["cause"]
        yield self._outcome()
        if self._metric == METRIC and (said := (self._row.get("judge") or {}).get("reason")):
            yield f"The judge says: {_short(said)}"
        if self.right and self.lost is not None:
            meaning = f", {_MEANINGS[self._metric]}" if self._metric in _MEANINGS else ""
            yield f"But its {self._metric} is {self.lost:.2f} of 1{meaning}."
            if self._metric in _OF_CITATIONS:
                yield self._cited()
        if error is not None:
            yield f"The run failed at step {error['step']!r}: {error['message']}"
        elif cause is not None and self._retrieves:
            yield f"Why: {CAUSES[cause['cause']]} ({cause['cause']}): {cause['detail']}."
        if not self.right:
            yield from self._way_of_gold()
            yield from (f"The corpus says: {_short(sentence)!r}" for sentence in self._question.evidence[:_SHOWN])

    def _outcome(self) -> str:
        question, answer = self._question, self._result.answer
        if not gives_answer(self._result.trace.graph):
            handed = f"The pipeline handed on {counted(len(self._result.passages), 'passage')}"
            return f"{handed}, {'with' if self.right else 'without'} what was to be found."
        if answer is None:
            gave = "The pipeline gave no answer"
        elif answer.abstained:
            gave = f"The answer says that there is none: {_short(answer.text)!r}"
        else:
            gave = f"The answer was {_short(answer.text)!r}"
        if self.right:
            known = self._metric == METRIC or self._row["metrics"]["correct"]
            return f"{gave}. That is right." if known else f"{gave}."
        if question.kind == "unanswerable":
            return f"{gave}. That is wrong: the corpus holds no answer, and the right reply says so."
        if question.answers:
            all_of = question.kind == "aggregate"
            listed = ", ".join(repr(_short(each)) for each in question.answers[: 10 if all_of else _SHOWN])
            return f"{gave}. That is wrong: right is {'the list of ' if all_of else ''}{listed}."
        return f"{gave}. That is wrong."

    def _cited(self) -> str:
        cited = [] if self._result.answer is None else self._result.answer.citations
        listed = "; ".join(f"[{each.number}] {_short(each.quote or each.passage_id)!r}" for each in cited[:_SHOWN])
        return f"It cites {listed}." if cited else "It cites nothing."

    def _way_of_gold(self) -> Iterator[str]:
        """For each gold document the rank that it had in each step's passages."""
        handed = {step: passages for step, passages in step_passages(self._result.trace).items() if passages}
        of_part = owners(handed.values())
        for gold in self._question.gold_ids[:_SHOWN]:
            places = []
            for step, passages in handed.items():
                found = documents(passages, of_part)
                rank = next((place for place, document in enumerate(found, start=1) if document == gold), None)
                stood = "not there" if rank is None else f"rank {rank}"
                places.append(f"{step}: {stood} of {len(found)} documents")
            if places:
                yield f"Gold document {gold!r} by step: {'; '.join(places)}."

    def _about(self, path: str) -> Iterator[str]:
        """What the step did, and where it stands to the failure."""
        for span in self._spans(path)[-1:]:
            if span.decision is not None:
                yield f"This step decided: {span.decision.reason}."
            yield from (f"Warning in this step: {warning}." for warning in span.warnings)
        if self.right:
            if self.lost is None:
                yield "Keep what this step does here."
            return
        yield from self._way_of_answer(path)
        failed_at = (self._row["error"] or self._row["cause"] or {}).get("step")
        if failed_at is None:
            if self._retrieves:
                yield "It is not one step that failed."
        elif failed_at == path:
            yield "This is the step that failed."
        elif failed_at in self._reach.behind(path):
            yield f"It failed later, in {self._named(failed_at)}, which works on what this step made."
            label = self._label(path, failed_at)
            if label is not None:
                kind = f", and the question is of kind {self._question.kind!r}" if self._question.kind else ""
                yield f"This step's label {label!r} chose the branch{kind}."
        elif path in self._reach.behind(failed_at):
            yield f"It failed before, in {self._named(failed_at)}: this step was not given what it needed."
        else:
            yield f"It failed in {self._named(failed_at)}, which neither reads this step nor is read by it."

    def _way_of_answer(self, path: str) -> Iterator[str]:
        """Whether an accepted answer stood in what a step was given, and in what it made."""
        wanted = Wanted(each for each in self._question.answers if normalise(each) not in _EVERYWHERE)
        if not wanted or self._question.kind == "aggregate":
            return
        spans = self._spans(path)
        made = any(wanted.stands_in(text) for span in spans for text in _texts(span.outputs.values()))
        given = any(wanted.stands_in(text) for span in spans for text in _texts(span.inputs.values()))
        if made:
            yield "What this step made holds a right answer, which was lost later."
        elif given:
            yield "What this step was given holds a right answer, and what it made does not."

    @functools.cached_property
    def _retrieves(self) -> bool:
        """The pipeline looks for documents at all: without, a missing one explains nothing."""
        return any(node["kind"] == _RETRIEVER for node in nodes(self._result.trace.graph))

    @functools.cached_property
    def _reach(self) -> Reach:
        return Reach(self._result.trace.graph)

    def _spans(self, path: str) -> list[Span]:
        return [span for span in self._result.trace.spans if span.step == path and span.status != "skipped"]

    def _label(self, path: str, route: str) -> str | None:
        """The label that a step gave to a route; None where it gave none."""
        graph: Mapping[str, Any] | None = self._result.trace.graph
        for node in nodes(graph):
            given = node["inputs"].get("label")
            if node["path"] == route and isinstance(given, Mapping) and given.get("from") == path:
                taken = [span for span in self._result.trace.spans if span.step == route and "label" in span.outputs]
                return str(taken[-1].outputs["label"]) if taken else None
        return None

    def _named(self, path: str) -> str:
        use = next((span.use for span in self._result.trace.spans if span.step == path), None)
        return repr(path) if use is None else f"{path!r} ({use})"


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """The texts in what a step was given, or made."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Answer):
            yield value.text
        elif isinstance(value, Passage):
            yield f"{value.title}\n{value.text}"
        elif isinstance(value, (list, tuple, Passages)):
            yield from _texts(value)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONG else f"{plain[: _LONG - 1]}…"
