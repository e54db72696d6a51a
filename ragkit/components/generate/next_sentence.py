"""``generate.next_sentence``: an LM writes on, one sentence at a time."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from ragkit.components.gate.methods.sentences import sentences_of
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.trace.words import counted, one_line
from ragkit.types import Decision, Passages, Result, Token

NONE_YET = "(nothing yet)"


class Continued(NamedTuple):
    """What ``generate.next_sentence`` gives: one sentence, and its own tokens where a step reads them."""

    sentence: str
    logprobs: list[Token] | None = None


class NextSentence(LMStep):
    """Writes the one sentence that comes next in the reasoning towards an answer.

    Use it in a ``flow.loop`` that looks something up between two sentences: what was just written says what to search
    for next, or how sure the LM was of it says whether to search at all. ``generate.append`` puts the sentence behind
    the others and knows when the answer was given; ``so_far`` is that text, empty at first.

    The passages are those of this round, or none. An LM that writes more than one sentence is read up to the end of
    the first; the decision says how many it wrote. ``logprobs`` are the tokens of that sentence alone.

    Cost: one LM request. Ports: ``sentence`` (empty where the LM wrote nothing), ``logprobs``.

    Source: IRCoT (arXiv 2212.10509, Section 3.1, the reason step) and FLARE (arXiv 2305.06983, Section 3.2, the
    temporary next sentence).

    Errors: the LM cannot be reached.

    YAML::

        steps:
          found: {use: retrieve.bm25, k: 4}
          first: {use: generate.next_sentence, passages: found, so_far: {value: ""}}
          more: {use: retrieve.bm25, query: first.sentence, k: 4}
          answer: {use: generate.answer, passages: more}
        output: answer

    Python::

        from ragkit.components.generate.next_sentence import NextSentence
        from ragkit.testing import FakeScope, ScriptedLM

        lm = ScriptedLM([{"sentence": "Adaptive-k cuts at a gap. So the answer is: at a gap."}])
        step = NextSentence(NextSentence.Params(), FakeScope(lm))      # the engine makes the scope of a step
        assert step.run("Where does it cut?", "").value.sentence == "Adaptive-k cuts at a gap."
    """

    signature: ClassVar[Signature] = Signature(
        "Answer the question by reasoning in plain sentences, one at a time. You are given numbered passages, of which "
        "some or all may be beside the point, the question, and what has been written so far. Write the one sentence "
        "that comes next and nothing else. Repeat nothing that stands there, and cite nothing. As soon as the answer "
        "follows from what stands there, the next sentence is: So the answer is: …",
        inputs={
            "passages": Field("the numbered passages"),
            "question": Field("the question"),
            "so_far": Field("what has been written so far"),
        },
        outputs={"sentence": Field("the next sentence")},
    )

    def run(self, question: str, so_far: str, passages: Passages | None = None) -> Result[Continued]:
        """Asks for the sentence."""
        from ragkit.corpus.chunks.segmenting import sentence_spans

        shown = numbered(passages or Passages())
        reply = self.ask(passages=shown, question=question, so_far=so_far.strip() or NONE_YET)
        written = reply.sentence.strip()
        spans = sentence_spans(written)
        sentence = written[slice(*spans[0])] if spans else ""
        tokens = reply.tokens("sentence")
        if tokens is not None:
            tokens = list(next((one.tokens for one in sentences_of(tokens)), ()))
        of = "" if len(spans) < 2 else f", the first of {counted(len(spans), 'sentence')}"
        reason = f"wrote “{one_line(sentence)}”{of}" if sentence else "wrote nothing"
        return Result(Continued(sentence, tokens), Decision("answer", reason, details={"sentences": len(spans)}))
