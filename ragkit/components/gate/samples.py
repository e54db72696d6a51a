"""``gate.samples``: several answers to the same question, each drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import Calls
from ragkit.components.generate.direct import Direct
from ragkit.errors import LMError
from ragkit.lm.signature import Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Result, Token


class Sampled(NamedTuple):
    """What ``gate.samples`` gives: the answers, and the tokens of each where a step reads them."""

    texts: list[str]
    logprobs: list[list[Token]] | None = None


class Samples(LMStep):
    """Asks the LM the same question several times, without documents, and gives all of its answers.

    Use it in front of a ``gate.uncertainty`` that measures how much answers differ: an LM that knows says the same each
    time. It is asked as ``generate.direct`` asks, at a temperature of 1 where none is set, and each request is a sample
    of its own, in the cache too.

    Cost: ``n`` LM requests, side by side within the LM's limit, all counted. Ports: ``texts`` (list of answers),
    ``logprobs`` (for each its tokens). Answers that are blank are left out, with a warning.

    Source: Kuhn et al. (arXiv 2302.09664, Section 4.1); ten samples are usual (AdaRAGUE, arXiv 2501.12835).

    Errors: one of the requests fails, the budget does not pay for all, or fewer than two answers are not blank.

    YAML::

        steps:
          draft: {use: generate.direct}
          samples: {use: gate.samples, n: 5}
          gate: {use: gate.uncertainty, method: lexical_similarity, samples: samples, threshold: 0.5}
          hits: {use: retrieve.hybrid, k: 10, when: gate.retrieve}
          informed: {use: generate.answer, passages: hits}
          answer: {use: flow.first, of: [informed, draft]}
        output: answer

    Python::

        from ragkit.components.gate.samples import Samples
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM(lambda asked: {"answer": "Paris"})
        step = Samples(Samples.Params(n=3), FakeScope(lm))         # the engine makes the scope of a step
        assert step.run("Where is the Louvre?").value.texts == ["Paris", "Paris", "Paris"]
    """

    class Params(LMParameters):
        """Parameters of ``gate.samples``."""

        n: int = ParameterField(10, ge=2, le=50, description="how many answers to ask for")

    signature: ClassVar[Signature] = Direct.signature

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One request for each sample."""
        return Calls(lm=params["n"])

    def run(self, question: str) -> Result[Sampled]:
        """Asks the LM ``n`` times."""
        replies = self.ask_many(self.params.n, question=question)
        said = [reply for reply in replies if reply.answer.strip()]
        if len(said) < 2:
            raise LMError(
                f"{len(replies) - len(said)} of {len(replies)} samples are blank: there is nothing to compare",
                hint="ask again; the trace has the replies",
            )
        warnings = []
        if len(said) < len(replies):
            warnings.append(f"{len(replies) - len(said)} of {counted(len(replies), 'sample')} are blank: left out")
        texts = [reply.answer.strip() for reply in said]
        tokens = [reply.tokens("answer") for reply in said]
        told = [each for each in tokens if each is not None]
        reason = f"{counted(len(texts), 'sample')}, {len(set(texts))} of them different"
        decision = Decision("answer", reason, details={"asked": self.params.n})
        return Result(Sampled(texts, told if len(told) == len(texts) else None), decision, tuple(warnings))
