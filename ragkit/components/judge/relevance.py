"""``judge.relevance``: an LM grades each passage by itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import Calls
from ragkit.lm.passages import written
from ragkit.lm.reply import Reply
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Label, Passage, Passages, Result

Grade = Literal["relevant", "partly relevant", "irrelevant"]
GRADES: Mapping[str, float] = {"relevant": 1.0, "partly relevant": 0.5, "irrelevant": 0.0}
SCORE = "llm_relevance"


class Graded(NamedTuple):
    """What ``judge.relevance`` gives.

    ``label`` says what the grades come to, ``relevant`` holds the accepted passages, ``passages`` all that were graded,
    ``best`` is the highest grade (0 to 1), ``found`` is true when a passage was accepted.
    """

    label: Label
    relevant: Passages
    passages: Passages
    best: float
    found: bool


class Relevance(LMStep):
    """Asks an LM of each passage by itself whether it helps to answer the question.

    Use it to decide what to do with what was found: answer, search once more, or look elsewhere. To clean a list
    cheaply, ``select.llm_filter`` asks once for all. Every passage gets the score ``llm_relevance``: 1 where it is
    relevant, 0.5 where it is so in part, 0 where it is not; the order of the list stays. ``label`` is ``correct`` when
    a passage is relevant, ``incorrect`` when none is even in part (or there are none), else ``ambiguous``.

    Cost: one LM request for each of the first ``most`` passages, side by side; further ones are left out, with a
    warning. Ports: ``label``, ``relevant``, ``passages``, ``best``, ``found``.

    Source: Yan et al., "Corrective Retrieval Augmented Generation" (arXiv 2401.15884), Section 4.2 and 4.3, with a
    prompted LM in the place of its trained evaluator and three grades in the place of its two thresholds.

    Errors: the LM cannot be reached, or a reply has no grade. Without passages nothing is asked.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 8}
          grades: {use: judge.relevance, passages: found, most: 8}
          again: {use: query.rewrite, when: {not: grades.found}}
          second: {use: retrieve.hybrid, query: again, k: 8}
          evidence: {use: flow.first, of: [second, grades.relevant]}
        output: evidence

    Python::

        from ragkit.components.judge.relevance import Relevance
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        lm = ScriptedLM([{"grade": "relevant"}])
        step = Relevance(Relevance.Params(), FakeScope(lm))        # the engine makes the scope of a step
        found = Passages([Passage("p1", "d1", "", "It cuts at a gap.", {"cosine": 0.8})], "cosine")
        grades = step.run("Where does it cut?", found).value
        assert grades.label == "correct" and grades.relevant[0].scores["llm_relevance"] == 1.0
    """

    class Params(LMParameters):
        """Parameters of ``judge.relevance``."""

        most: int = ParameterField(10, ge=1, le=100, description="how many passages to grade, from the first on")
        accept: Literal["relevant", "partly relevant"] = ParameterField(
            "partly relevant", description="the lowest grade of a passage in 'relevant'"
        )

    signature: ClassVar[Signature] = Signature(
        "Grade a passage by whether it helps to answer the question. 'relevant': it states the answer or a part of it. "
        "'partly relevant': it is about the matter that is asked about, but does not state the answer. 'irrelevant': "
        "it is about something else, even where it shares words with the question.",
        inputs={"question": Field("the question"), "passage": Field("the passage")},
        outputs={"grade": Field("the grade", Grade)},
    )

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """A request for each passage that is graded."""
        return Calls(lm=params["most"])

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The three that the grades can come to."""
        return ("correct", "ambiguous", "incorrect")

    def run(self, question: str, passages: Passages) -> Result[Graded]:
        """Asks for the grades."""
        judged = passages[: self.params.most]
        grades = [str(reply.grade) for reply in self._ask_each(question, judged.items)]
        graded = [p.scored(SCORE, GRADES[grade]) for p, grade in zip(judged, grades, strict=True)]
        bar = GRADES[self.params.accept]
        relevant = Passages([p for p in graded if p.scores[SCORE] >= bar], passages.ranked_by)
        best = max((GRADES[grade] for grade in grades), default=0.0)
        label = Label("correct" if best == 1.0 else "ambiguous" if best else "incorrect")
        counts = ", ".join(f"{grades.count(grade)} {grade}" for grade in GRADES)
        decision = Decision(
            "judge",
            f"{label}: of {counted(len(judged), 'passage')} {counts}",
            kept=len(relevant),
            of=len(passages),
            label=str(label),
            score=best,
            threshold=bar,
            details={"grades": grades},
        )
        left = len(passages) - len(judged)
        warnings = (f"{counted(left, 'passage')} of {len(passages)} not graded ('most') and left out",) if left else ()
        everything = Passages(graded, passages.ranked_by)
        return Result(Graded(label, relevant, everything, best, bool(relevant)), decision, warnings)

    def _ask_each(self, question: str, passages: Sequence[Passage]) -> list[Reply]:
        if not passages:
            return []
        from ragkit.lm.asking import side_by_side

        return side_by_side(
            [functools.partial(self.ask, question=question, passage=written(passage)) for passage in passages]
        )
