"""``query.spans``: a question for each part of a sentence that the LM was unsure of."""

from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import BINDABLE
from ragkit.components.hesitation import Measure, Which, spans, words_of
from ragkit.components.query._wording import distinct
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Result, Token


class Asked(NamedTuple):
    """What ``query.spans`` gives: all questions as one query, and each by itself."""

    query: str
    queries: list[str]


class Spans(LMStep):
    """Lets an LM ask what would fill each doubtful part of a sentence, and searches with these questions.

    Use it behind ``judge.confidence`` where one sentence can be wrong in several places; ``query.masked`` has the same
    ports and asks no LM. Words that stand together and are uncertain are one part; at most ``most`` are asked about,
    from the first on. Where no word is so uncertain, the sentence itself is the query, and nothing is asked.

    Cost: one LM request, and one retrieval for each question. Ports: ``query`` (all in one text), ``queries``.

    Source: FLARE (arXiv 2305.06983, Section 3.2.2), the explicit query, with one request for all parts.

    Errors: the server gave no log-probabilities; the LM cannot be reached, or its reply has no list. Where it asks
    nothing, the sentence is the query, with a warning.

    YAML::

        steps:
          next: {use: generate.next_sentence, so_far: {value: ""}}
          sure: {use: judge.confidence, sentence: next.sentence, tokens: next.logprobs}
          ask:
            {use: query.spans, so_far: {value: ""}, sentence: next.sentence, tokens: next.logprobs,
             when: {not: sure.confident}}
          each: {use: flow.map, over: ask.queries, max_items: 3,
                 steps: {hits: {use: retrieve.bm25, query: item, k: 2}}, output: hits}
          found: {use: fuse.rrf, passages: [each]}
          answer: {use: generate.conclude, text: next.sentence, passages: found}
        output: answer

    Python::

        from ragkit.components.query.spans import Spans
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Token

        lm = ScriptedLM([{"questions": ["When was it made?"]}])
        step = Spans(Spans.Params(), FakeScope(lm))                # the engine makes the scope of a step
        tokens = [Token("Made", -0.1), Token(" in", 0.0), Token(" 1998", -1.2), Token(".", 0.0)]
        assert step.run("", "Made in 1998.", tokens).value.queries == ["When was it made?"]
        assert lm.requests[0].field("parts") == "1. 1998"
    """

    class Params(LMParameters):
        """Parameters of ``query.spans``."""

        measure: Measure = ParameterField(
            "probability", description="what is looked at: 'probability' or 'entropy' of the words"
        )
        threshold: Annotated[float, BINDABLE] = ParameterField(
            0.4, ge=0, description="asked about is a word below this probability, or above this entropy (nats)"
        )
        words: Which = ParameterField("all", description="which words are asked about: 'all', or 'content' words only")
        most: int = ParameterField(3, ge=1, le=20, description="the most parts that are asked about")

    signature: ClassVar[Signature] = Signature(
        "You are given a text and, numbered, the parts of its last sentence that may be wrong. For each part write one "
        "question to which exactly this part is the answer, so that it can be looked up. The question holds the names "
        "that the text is about, and not the part itself.",
        inputs={"text": Field("the text"), "parts": Field("the numbered parts")},
        outputs={"questions": Field("one question for each part, in their order", list[str])},
    )

    params: Params

    def run(self, so_far: str, sentence: str, tokens: list[Token] | None = None) -> Result[Asked]:
        """Asks for the questions."""
        p = self.params
        found = spans(words_of(tokens, p.measure), p.measure, p.threshold, p.words)
        parts = found[: p.most]
        if not parts:
            reason = "no word is that uncertain: the sentence is the query"
            return Result(Asked(sentence, [sentence]), Decision("query", reason, threshold=p.threshold))
        numbered = "\n".join(f"{number}. {part}" for number, part in enumerate(parts, start=1))
        reply = self.ask(text=f"{so_far.strip()} {sentence}".strip(), parts=numbered)
        queries, _ = distinct(reply.questions)
        warnings: tuple[str, ...] = ()
        if not queries:
            queries, warnings = [sentence], ("the LM asked nothing: the sentence stands in the query's place",)
        reason = f"{counted(len(queries[: p.most]), 'question')} about {counted(len(parts), 'uncertain part')}"
        if len(found) > p.most:
            reason += f"; {len(found) - p.most} more not asked about"
        details = {"parts": found, "queries": queries}
        decision = Decision("query", reason, threshold=p.threshold, details=details)
        return Result(Asked(" ".join(queries[: p.most]), queries[: p.most]), decision, warnings)
