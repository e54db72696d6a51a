"""``query.masked``: a sentence without the words that the LM was unsure of, as a query."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.hesitation import Measure, Which, certain, spans, words_of
from ragkit.trace.words import one_line
from ragkit.types import Decision, Result, Token


class Kept(NamedTuple):
    """What ``query.masked`` gives: the query, and it again as a list of one."""

    query: str
    queries: list[str]


class Masked(Component):
    """Searches with what an LM was about to say, less the words that it was unsure of, which may be wrong.

    Use it behind ``judge.confidence``. It costs nothing; ``query.spans`` lets an LM ask for each doubtful part instead,
    and has the same ports. Where no word is left, the question stands in its place. ``threshold`` is usually lower than
    that of the judge: one doubtful word doubts the sentence, but a query leaves out only what is likely to be wrong.

    Cost: none. Ports: ``query``, ``queries`` (a list of that one).

    Source: FLARE (arXiv 2305.06983, Section 3.2.2), the implicit query; words are left out whole, there tokens.

    Errors: the server gave no log-probabilities, or for an entropy no alternatives.

    YAML::

        steps:
          next: {use: generate.next_sentence, so_far: {value: ""}}
          sure: {use: judge.confidence, sentence: next.sentence, tokens: next.logprobs}
          ask: {use: query.masked, sentence: next.sentence, tokens: next.logprobs, when: {not: sure.confident}}
          found: {use: retrieve.bm25, query: ask, k: 2}
          answer: {use: generate.conclude, text: next.sentence, passages: found}
        output: answer

    Python::

        from ragkit.components.query.masked import Masked
        from ragkit.types import Token

        step = Masked(Masked.Params(threshold=0.4))
        tokens = [Token("Made", -0.1), Token(" in", 0.0), Token(" 19", -0.1), Token("98", -1.2), Token(".", 0.0)]
        assert step.run("When?", "Made in 1998.", tokens).value.query == "Made in"
    """

    class Params(Parameters):
        """Parameters of ``query.masked``."""

        measure: Measure = Field(
            "probability", description="what is looked at in each word: 'probability' or 'entropy'"
        )
        threshold: Annotated[float, BINDABLE] = Field(
            0.4, ge=0, description="a word below this probability, or above this entropy (nats), is left out"
        )
        words: Which = Field("all", description="which words can stand in the query: 'all', or 'content' words only")

    params: Params

    def run(self, question: str, sentence: str, tokens: list[Token] | None = None) -> Result[Kept]:
        """Leaves out the uncertain words."""
        p = self.params
        words = words_of(tokens, p.measure)
        query = certain(words, p.measure, p.threshold, p.words)
        left_out = spans(words, p.measure, p.threshold, p.words)
        reason = f"“{one_line(query)}”"
        if left_out:
            reason += ", without " + ", ".join(f"“{one_line(span)}”" for span in left_out)
        if not query:
            query, reason = question, "no word is left: the question stands in the query's place"
        decision = Decision("query", reason, threshold=p.threshold, details={"left out": left_out})
        return Result(Kept(query, [query]), decision)
