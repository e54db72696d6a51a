"""``judge.confidence``: was the LM sure of every word of the sentence that it has just written?"""

from __future__ import annotations

import math
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.hesitation import Measure, Which, words_of
from ragkit.lm.step import ALTERNATIVES
from ragkit.trace.words import counted
from ragkit.types import Decision, Result, Token


class Sureness(NamedTuple):
    """What ``judge.confidence`` gives: the verdict, and the value of the word that the LM was least sure of."""

    confident: bool
    score: float


class Confidence(Component):
    """Looks at the log-probabilities of a sentence word by word; one uncertain word is enough to doubt it.

    Use it in a loop behind ``generate.next_sentence``: a sentence that the LM was sure of stands, for another one
    ``query.masked`` or ``query.spans`` makes a query, and the sentence is written anew. ``gate.uncertainty`` decides
    once, on a whole draft.

    With ``measure: probability`` a word is uncertain when one of its tokens is less probable than ``threshold``; with
    ``measure: entropy``, when the mean entropy of its tokens is above it, in nats over the few alternatives that the
    server tells. ``words: content`` leaves function words out of account. An instructed LM is sure of nearly
    everything it writes: a threshold from a paper may never be crossed, and should be chosen on the model's own values,
    which the trace has.

    Cost: none; the step that writes the sentence is asked for log-probabilities. Ports: ``confident`` (bool),
    ``score``: the lowest probability, or the highest entropy.

    Source: FLARE (arXiv 2305.06983, Section 3.2); with ``entropy`` and ``content`` what is left of DRAGIN's RIND (arXiv
    2403.10081, Section 3.1) without attention.

    Errors: the server gave no log-probabilities, or for an entropy no alternatives.

    YAML::

        steps:
          next: {use: generate.next_sentence, so_far: {value: ""}}
          sure: {use: judge.confidence, sentence: next.sentence, tokens: next.logprobs, threshold: 0.8}
          found: {use: retrieve.bm25, query: next.sentence, k: 2, when: {not: sure.confident}}
          answer: {use: generate.conclude, text: next.sentence, passages: found}
        output: answer

    Python::

        from ragkit.components.judge.confidence import Confidence
        from ragkit.types import Token

        step = Confidence(Confidence.Params(threshold=0.8))
        sure = step.run("In 1998.", [Token("In", -0.01), Token(" 19", -0.1), Token("98", -1.2), Token(".", 0.0)])
        assert not sure.value.confident and round(sure.value.score, 2) == 0.30
    """

    class Params(Parameters):
        """Parameters of ``judge.confidence``."""

        measure: Measure = Field(
            "probability", description="what is looked at in each word: 'probability' or 'entropy'"
        )
        threshold: Annotated[float, BINDABLE] = Field(
            0.8, ge=0, description="uncertain is a word below this probability, or above this entropy (nats)"
        )
        words: Which = Field("all", description="which words count: 'all', or 'content' words only")

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """A threshold that something can cross."""
        highest = math.log(ALTERNATIVES + 1)
        if params.measure == "probability" and params.threshold > 1:
            return f"'threshold' is {params.threshold:g}, and a probability is at most 1"
        if params.measure == "entropy" and params.threshold >= highest:
            return (
                f"'threshold' is {params.threshold:g}, and no entropy is above it: over a token and {ALTERNATIVES} "
                f"alternatives it is at most {highest:.2f}"
            )
        return None

    def run(self, sentence: str, tokens: list[Token] | None = None) -> Result[Sureness]:
        """Looks for an uncertain word."""
        p = self.params
        low = p.measure == "probability"
        words = [word for word in words_of(tokens, p.measure) if p.words == "all" or word.content]
        if not words:
            score = 1.0 if low else 0.0
            why = "there is no word to be unsure of"
            return Result(Sureness(True, score), Decision("gate", why, score=score, threshold=p.threshold))
        doubted = [word for word in words if word.uncertain(p.measure, p.threshold, p.words)]
        least = (min if low else max)(words, key=lambda word: word.value)
        share = f"{len(doubted)} of {counted(len(words), 'word')}"
        side = ("below" if low else "above") if doubted else ("not below" if low else "not above")
        reason = f"“{least.text}” has the {p.measure} {least.value:.3f}, {side} {p.threshold:g}: {share} uncertain"
        details = {
            "word": least.text,
            "place": words.index(least) + 1,
            "uncertain": {word.text: round(word.value, 4) for word in doubted},
        }
        decision = Decision("gate", reason, score=least.value, threshold=p.threshold, details=details)
        return Result(Sureness(not doubted, least.value), decision)
