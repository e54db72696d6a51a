"""``generate.local``: a local language model writes on, and its entropy and attention say where it should search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Calls, Component, Need, Parameters
from ragkit.components.generate._ending import ending
from ragkit.components.generate._local_lm import LocalLM, Prompt, Writing
from ragkit.components.model_name import Model
from ragkit.lm.passages import numbered
from ragkit.trace.words import counted, one_line
from ragkit.types import Decision, Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.components.generate._rind import Span

TOLD = (
    "Answer the question by reasoning in short plain sentences. When the answer follows, end with the sentence: So the "
    "answer is: …"
)


class Locally(NamedTuple):
    """What ``generate.local`` gives.

    ``text`` is what stands: all complete sentences, or those before the one in which the model has to search.
    ``sentence`` is the first sentence that it wrote. ``triggered``: it has to search, and ``query`` says for what.
    ``finished``: it came to its end. ``score`` is the highest RIND, where it was looked at.
    """

    text: str
    sentence: str
    triggered: bool
    finished: bool
    query: str | None = None
    score: float | None = None


class Local(Component):
    """Writes on with a causal LM that runs in this process, and sees into it: DRAGIN's RIND and QFS.

    Use it in a loop for a method that needs attention, which no server gives. With ``threshold`` every token t_i that
    was written gets the score S_i = H_i · a_max(i) · s_i: the entropy of its distribution over the whole vocabulary,
    the most attention that a later token pays to it (last layer, mean of the heads), and 0 for function words and
    marks, else 1. At the first score above the threshold the model has to search: the sentences before that token's
    stand, and ``query`` holds the content words, of the question and of what was written before, that the token attends
    to most, in their order. Without ``threshold`` it writes and looks at nothing.

    ``attention: raw`` takes a_max as the paper's equation has it: a share of all the attention of a token, most of
    which goes to the prompt, so that scores are small and hang on its length. ``relative`` divides it by the mean of
    its sentence, as the authors' code does: the paper's thresholds, 0.6 to 1.5, belong to this one. Always the most
    probable token is written. Instructions come in the chat form of the model where it has one; one without goes on
    with plain text, to the end of the line. The text ends with the sentence that holds ``ending``; a last sentence that
    ``max_tokens`` broke off is dropped unless it is the only one.

    Cost: one pass of the model over the prompt and one for each token, on one question at a time; counted as an LM
    call, with its tokens. The model is loaded once for the process, in 32 bits on a CPU (four bytes a parameter).
    Ports: ``text``, ``sentence``, ``triggered``, ``finished``, ``query`` (nothing without a trigger), ``score``.

    Source: DRAGIN (Su et al., arXiv 2403.10081, Section 3.1 RIND, Section 3.2 QFS).

    Errors: the model is not there and cannot be had, needs code of its own, has no safetensors or no fast tokenizer;
    prompt and text are longer than it reads.

    YAML::

        steps:
          look: {use: generate.local, model: Qwen/Qwen2.5-1.5B-Instruct, so_far: {value: ""}, threshold: 1.0,
                 attention: relative}
          found: {use: retrieve.bm25, query: look.query, k: 3, when: look.triggered}
          again: {use: generate.local, model: Qwen/Qwen2.5-1.5B-Instruct, so_far: look.text, passages: found,
                  when: look.triggered}
          text: {use: flow.first, of: [again.text, look.text]}
          answer: {use: generate.conclude, text: text, passages: found}
        output: answer

    Python::

        from ragkit.components.generate.local import Local

        step = Local(Local.Params(model="models/tiny", threshold=1.0))       # cheap: nothing is loaded
        assert Local.calls({}).lm == 1
    """

    class Params(Parameters):
        """Parameters of ``generate.local``."""

        model: Model = Field(
            min_length=1, description="a folder (a relative one counts from the pipeline's file), or a name on the hub"
        )
        threshold: Annotated[float | None, BINDABLE] = Field(
            None, ge=0, description="the score above which it has to search; left out: nothing is looked at"
        )
        attention: Literal["raw", "relative"] = Field(
            "raw", description="attention as it is, or as a multiple of the mean of the sentence"
        )
        words: Annotated[int, BINDABLE] = Field(25, ge=1, description="the most words of a query")
        max_tokens: Annotated[int, BINDABLE] = Field(64, ge=1, description="the most tokens that are written")
        instructions: str = Field(TOLD, description="what the model is told to do")
        ending: str = Field("answer is", min_length=1, description="the words that the last sentence holds")
        device: str = Field(
            "auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="where the model runs: auto, cpu, cuda, mps"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.LOCAL_LM})
    deterministic: ClassVar[bool] = False
    span_kind: ClassVar[str] = "LLM"

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One: what a server would be asked."""
        return Calls(lm=1)

    def warm_up(self) -> None:
        """Loads the model."""
        LocalLM.load(self.params.model, self.params.device)

    def run(self, question: str, so_far: str, passages: Passages | None = None) -> Result[Locally]:
        """Writes on."""
        p = self.params
        lm = LocalLM.load(p.model, p.device)
        prompt = lm.prompt(p.instructions, numbered(passages) if passages else "", question, so_far)
        written = lm.write(prompt, p.max_tokens, p.threshold is not None)
        usage = Usage(lm_calls=1, prompt_tokens=len(written.read), completion_tokens=len(written.tokens))
        sentences, finished = self._sentences(written)
        first = written.text[slice(*sentences[0])] if sentences else ""
        if p.threshold is not None and sentences:
            seen = _Seen(prompt, written, sentences, p.attention == "relative")
            place, score = seen.trigger(p.threshold), float(seen.scores.max(initial=0.0))
            if place is not None:
                before = written.text[: sentences[seen.of[place]][0]].strip()
                query = " ".join(seen.query(place, p.words)) or question
                decision = seen.told(place, p.threshold, query)
                return Result(Locally(before, first, True, False, query, score), decision, usage=usage)
            decision = seen.told(None, p.threshold, "")
        else:
            score = None
            decision = Decision("answer", f"wrote {counted(len(sentences), 'sentence')}: “{one_line(written.text)}”")
        if not finished and len(sentences) > 1:
            sentences = sentences[:-1]
        text = written.text[: sentences[-1][1]].strip() if sentences else ""
        return Result(Locally(text, first, False, finished, None, score), decision, usage=usage)

    def _sentences(self, written: Writing) -> tuple[list[Span], bool]:
        """The sentences up to the one with ``ending``, and whether the text came to its end."""
        from ragkit.corpus.chunks.segmenting import sentence_spans

        spans = sentence_spans(written.text)
        words = ending(self.params.ending)
        last = next((place for place, span in enumerate(spans) if words.search(written.text, *span)), None)
        # The sentence may have been broken off at max_tokens: then it is no end yet.
        if last is None or (last == len(spans) - 1 and not written.finished and last > 0):
            return spans, written.finished
        return spans[: last + 1], last < len(spans) - 1 or written.finished


class _Seen:
    """What entropy and attention say of a text, token by token.

    Args:
        prompt: What the model read.
        written: What it wrote; with entropies and attention.
        sentences: The offsets of the sentences that count; tokens behind them do not.
        relative: Whether attention is divided by the mean of its sentence.
    """

    def __init__(self, prompt: Prompt, written: Writing, sentences: list[Span], relative: bool) -> None:
        from ragkit.components.generate import _rind as formulas

        assert written.entropies is not None and written.attention is not None
        self._formulas, self._prompt, self._written = formulas, prompt, written
        end = sentences[-1][1]
        self._tokens = [span for span in written.tokens if span[0] < end]
        n = len(self._tokens)
        self.of = [_sentence(sentences, span) for span in self._tokens]
        self.entropies = written.entropies[:n]
        received = formulas.strongest(written.attention[:n, len(written.read) : len(written.read) + n])
        self.attention = formulas.relative(received, self.of) if relative else received
        content = formulas.content_tokens(written.text, self._tokens)
        self.scores = formulas.rind(self.entropies, self.attention, content)

    def trigger(self, threshold: float) -> int | None:
        """The first token whose score is above the threshold."""
        return self._formulas.first_above(self.scores, threshold)

    def query(self, place: int, most: int) -> list[str]:
        """The words that the token attends to most."""
        head = self._prompt.text
        whole = head + self._written.text
        shifted = [(start + len(head), end + len(head)) for start, end in self._tokens]
        words = [
            span
            for start, end in (self._prompt.question, self._prompt.so_far, (len(head), shifted[place][0]))
            for span in self._formulas.content_words(whole, start, end)
        ]
        assert self._written.attention is not None
        read = self._written.read
        weights = self._written.attention[place, : len(read) + place]
        return self._formulas.formulate(whole, words, [*read, *shifted[:place]], weights, most)

    def told(self, place: int | None, threshold: float, query: str) -> Decision:
        """The decision, with the numbers of the token that triggered, or of the one that came nearest."""
        shown = int(self.scores.argmax()) if place is None else place
        start, end = self._tokens[shown]
        token = self._written.text[start:end].strip()
        score, entropy, attention = (float(one[shown]) for one in (self.scores, self.entropies, self.attention))
        side = "above" if place is not None else "not above"
        reason = f"“{token}” has {score:.3f} = entropy {entropy:.3f} × attention {attention:.3f}, {side} {threshold:g}"
        if place is not None:
            reason += f": search for “{one_line(query)}”"
        details = {"token": token, "place": shown + 1, "of": len(self._tokens), "sentence": self.of[shown] + 1,
                   "entropy": entropy, "attention": attention, "chat form": self._prompt.chat}  # fmt: skip
        return Decision("gate", reason, score=score, threshold=threshold, details=details)


def _sentence(sentences: list[Span], token: Span) -> int:
    """The number of the sentence in which a token begins or, where it begins in white space, ends."""
    return next((number for number, (_, end) in enumerate(sentences) if token[0] < end), len(sentences) - 1)
