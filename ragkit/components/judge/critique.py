"""``judge.critique``: the best of several sentences, each judged with the passage it was written from."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import Calls
from ragkit.errors import UsageError
from ragkit.lm.passages import written
from ragkit.lm.reply import Reply
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted, number, one_line
from ragkit.types import Decision, Passages, Result

Relevance = Literal["relevant", "irrelevant"]
Support = Literal["fully supported", "partially supported", "not supported"]
SUPPORT: Mapping[str, float] = {"fully supported": 1.0, "partially supported": 0.5, "not supported": 0.0}
USEFULNESS: Mapping[int, float] = {1: -1.0, 2: -0.5, 3: 0.0, 4: 0.5, 5: 1.0}
"""Self-RAG's weights of the five grades of usefulness."""
SCORE = "critique"


class Criticised(NamedTuple):
    """What ``judge.critique`` gives: the best sentence, its passage (a list of one), its score, and all scores."""

    segment: str
    passages: Passages
    score: float
    scores: list[float]


class Verdict(NamedTuple):
    """One verdict."""

    relevance: str
    support: str
    usefulness: int

    def score(self, relevance: float, support: float, usefulness: float) -> float:
        """The weighted sum; the arguments are the weights."""
        return (
            relevance * (self.relevance == "relevant")
            + support * SUPPORT[self.support]
            + usefulness * USEFULNESS[self.usefulness]
        )


class Critique(LMStep):
    """Asks of each sentence whether its passage is relevant, supports it, and how useful it is; the best one is kept.

    Use it behind ``generate.segments``. The score of a pair is ``relevance`` · [the passage is relevant] + ``support``
    · {1 fully, 0.5 partially, 0 not supported} + ``usefulness`` · {−1, −0.5, 0, 0.5, 1} for the grades 1 to 5: from
    −0.5 to 2.5 with the weights 1, 1 and 0.5. Of equal ones the first, whose passage was found first, is kept. An empty
    sentence is not judged, and chosen only where all are empty.

    Cost: one LM request for each sentence, side by side, at most ``most``. Ports: ``segment``, ``passages`` (that of
    the best sentence, with its score as ``critique``), ``score``, ``scores`` (in the order of the sentences).

    Source: Self-RAG (arXiv 2310.11511, Section 3.3, Equation 4 and Appendix A.3). There the model's own reflection
    tokens have probabilities; a prompted LM says one word for each, which counts as probability 1.

    Errors: the LM cannot be reached, or a verdict is missing; more or fewer sentences than passages, or more than
    ``most``. Without sentences nothing is asked, and the sentence is empty.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 4}
          each: {use: generate.segments, passages: found, so_far: {value: ""}}
          best: {use: judge.critique, segments: each.segments, passages: each.passages}
          answer: {use: generate.conclude, text: best.segment, passages: best.passages}
        output: answer

    Python::

        from ragkit.components.judge.critique import Critique
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        lm = ScriptedLM([{"relevance": "relevant", "support": "partially supported", "usefulness": 5}])
        step = Critique(Critique.Params(), FakeScope(lm))  # the engine makes the scope of a step
        found = Passages([Passage("a", "a", "", "It cuts at a gap.")])
        assert step.run("Where does it cut?", ["It always cuts at a gap."], found).value.score == 2.0
    """

    class Params(LMParameters):
        """Parameters of ``judge.critique``."""

        relevance: float = ParameterField(1.0, ge=0, description="the weight of a relevant passage")
        support: float = ParameterField(1.0, ge=0, description="the weight of a supported sentence")
        usefulness: float = ParameterField(0.5, ge=0, description="the weight of usefulness")
        most: int = ParameterField(5, ge=1, le=50, description="the most sentences that are judged")

    signature: ClassVar[Signature] = Signature(
        "A sentence was written from a passage, as part of the answer to a question. Judge three things. Relevance: "
        "'relevant' where the passage holds information that helps to answer the question, else 'irrelevant'. Support: "
        "'fully supported' where the passage says all that the sentence says, 'partially supported' where it says a "
        "part of it, else 'not supported'. Usefulness of the sentence for someone who asked this question, whether or "
        "not it is supported: 5 a complete and helpful answer, 4 an answer that lacks details, 3 an acceptable start, "
        "2 about the matter but no answer, 1 no use at all.",
        inputs={
            "question": Field("the question"),
            "passage": Field("the passage"),
            "sentence": Field("the sentence"),
        },
        outputs={
            "relevance": Field("of the passage for the question", Relevance),
            "support": Field("of the sentence by the passage", Support),
            "usefulness": Field("of the sentence, from 1 to 5", Literal[1, 2, 3, 4, 5]),
        },
    )

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """A request for each sentence."""
        return Calls(lm=params["most"])

    def run(self, question: str, segments: list[str], passages: Passages) -> Result[Criticised]:
        """Asks for the verdicts, and chooses."""
        p = self.params
        if len(segments) != len(passages):
            raise UsageError(
                f"there are {counted(len(segments), 'sentence')} and {counted(len(passages), 'passage')}, and each "
                "sentence is judged with its own passage",
                hint="read both from the same generate.segments",
            )
        if len(segments) > p.most:
            raise UsageError(
                f"there are {counted(len(segments), 'sentence')}, and at most {p.most} are judged",
                hint="set the same 'most' on generate.segments and judge.critique",
            )
        judged = [place for place, segment in enumerate(segments) if segment.strip()]
        if not judged:
            return Result(Criticised("", Passages(), 0.0, []), Decision("judge", "there is no sentence to judge"))
        replies = self._ask_each(question, [(segments[place], written(passages[place])) for place in judged])
        verdicts = [Verdict(str(one.relevance), str(one.support), int(one.usefulness)) for one in replies]
        found = [one.score(p.relevance, p.support, p.usefulness) for one in verdicts]
        lowest = -p.usefulness
        scores = [lowest] * len(segments)
        for place, score in zip(judged, found, strict=True):
            scores[place] = score
        first = max(range(len(judged)), key=lambda one: (found[one], -one))
        best, verdict = judged[first], verdicts[first]
        reason = (
            f"“{one_line(segments[best])}” is the best of {len(judged)}, {number(scores[best])}: {verdict.relevance}, "
            f"{verdict.support}, usefulness {verdict.usefulness} of 5"
        )
        details = {
            "verdicts": {passages[place].id: list(one) for place, one in zip(judged, verdicts, strict=True)},
            "scores": [round(score, 4) for score in scores],
        }
        decision = Decision("judge", reason, kept=1, of=len(segments), score=scores[best], details=details)
        chosen = Passages([passages[best].scored(SCORE, scores[best])], SCORE)
        return Result(Criticised(segments[best], chosen, scores[best], scores), decision)

    def _ask_each(self, question: str, pairs: list[tuple[str, str]]) -> list[Reply]:
        from ragkit.lm.asking import side_by_side

        return side_by_side(
            [functools.partial(self.ask, question=question, passage=text, sentence=one) for one, text in pairs]
        )
