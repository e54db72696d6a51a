"""``judge.grounded``: which statements of an answer do the passages support?"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import BINDABLE
from ragkit.components.references import check_numbers
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Answer, Decision, Passages, Result

_MARKERS = re.compile(r"(?<![ \t])[ \t]*\[\d+(?:\s*[,;]\s*\d+)*\]")


class Grounding(NamedTuple):
    """What ``judge.grounded`` gives: the verdict, the share of supported statements, and those that are not."""

    grounded: bool
    score: float
    unsupported: list[str]


class Grounded(LMStep):
    """Asks an LM which statements of an answer are supported by its passages.

    Use it behind an answer that an LM wrote: to say more carefully what is not backed, to answer once more, or to
    search for what the unsupported statements claim. The statements are the answer's sentences, cut by rule and
    numbered, so that the LM has to judge and not to copy. ``score`` is the share that is supported, and the answer is
    ``grounded`` when that is at least ``threshold``. An answer that abstains claims nothing and is grounded. The judge
    reads what the passages say; whether they are right it cannot know.

    Cost: one LM request. Ports: ``grounded`` (bool), ``score`` (0 to 1), ``unsupported`` (list of sentences). The
    passages are those that reached the answer, or those of the port ``passages``.

    Source: the faithfulness measure of Ragas (Es et al., arXiv 2309.15217), Section 3, with sentences in the place of
    statements that an LM extracts; the supported tokens of Self-RAG (arXiv 2310.11511), Section 3, for a whole answer.

    Errors: the LM cannot be reached, or its reply has no list of numbers. Without passages, or without statements,
    nothing is asked. A number that no statement has is not taken into account, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 5}
          draft: {use: generate.answer, passages: found}
          check: {use: judge.grounded, answer: draft, threshold: 0.8}
          careful: {use: generate.extractive, passages: found, when: {not: check.grounded}}
          answer: {use: flow.first, of: [careful, draft]}
        output: answer

    Python::

        from ragkit.components.judge.grounded import Grounded
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Answer, Passage, Passages

        found = Passages([Passage("p1", "d1", "", "It cuts at the largest gap.")])
        draft = Answer("It cuts at the largest gap [1]. It was made in 1998.", (), found)
        step = Grounded(Grounded.Params(), FakeScope(ScriptedLM([{"supported": [1]}])))
        verdict = step.run(draft).value
        assert (verdict.score, verdict.unsupported) == (0.5, ["It was made in 1998."])
    """

    class Params(LMParameters):
        """Parameters of ``judge.grounded``."""

        threshold: Annotated[float, BINDABLE] = ParameterField(
            1.0, ge=0, le=1, description="grounded when at least this share of the statements is supported"
        )

    signature: ClassVar[Signature] = Signature(
        "You are given numbered passages and the numbered statements of an answer. Decide for each statement whether "
        "the passages support it: a reader who knows nothing but the passages would agree that it follows from them. "
        "A statement of which a part is not in the passages is not supported; neither is one that is true but not said "
        "there. Give the numbers of the supported statements.",
        inputs={"passages": Field("the numbered passages"), "statements": Field("the numbered statements")},
        outputs={"supported": Field("the numbers of the supported statements; an empty list for none", list[int])},
    )

    params: Params

    def run(self, answer: Answer, passages: Passages | None = None) -> Result[Grounding]:
        """Asks for the supported statements."""
        read = answer.passages if passages is None else passages
        claims = [] if answer.abstained else statements(answer.text)
        if not claims:
            why = "the answer abstains" if answer.abstained else "the answer has no text"
            return self._verdict([], 0, f"nothing is claimed: {why}", ())
        if not read:
            return self._verdict(claims, len(claims), "there are no passages to support it", ())
        asked = "\n".join(f"{number}. {claim}" for number, claim in enumerate(claims, start=1))
        reply = self.ask(passages=numbered(read), statements=asked)
        supported = check_numbers(reply.supported, len(claims))
        missing = [claim for number, claim in enumerate(claims, start=1) if number not in supported.numbers]
        reason = f"{len(supported.numbers)} of {counted(len(claims), 'statement')} supported"
        return self._verdict(missing, len(claims), reason, supported.told(len(claims), "statement"))

    def _verdict(self, unsupported: list[str], of: int, reason: str, warnings: tuple[str, ...]) -> Result[Grounding]:
        score = 1 - len(unsupported) / of if of else 1.0
        decision = Decision(
            "judge", reason, score=score, threshold=self.params.threshold,
            details={"statements": of, "supported": of - len(unsupported)},
        )  # fmt: skip
        return Result(Grounding(score >= self.params.threshold, score, unsupported), decision, warnings)


def statements(text: str) -> list[str]:
    """The sentences of an answer, without the numbers of its citations."""
    from ragkit.corpus.chunks.segmenting import sentence_spans

    plain = _MARKERS.sub("", text)
    return [sentence for start, end in sentence_spans(plain) if re.search(r"\w", sentence := plain[start:end])]
