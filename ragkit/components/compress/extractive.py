"""``compress.extractive``: of each passage the sentences that matter for the question, in the passage's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.batches import each_alone
from ragkit.components.compress._choosing import Kept, choose
from ragkit.components.generate._question import read_question
from ragkit.components.generate._scoring import score_sentences
from ragkit.components.generate._sentences import OMISSION, Source, read_sentences
from ragkit.components.opening import open_reader
from ragkit.trace.words import counted
from ragkit.types import Decision, Passage, Passages, Result

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


class Extractive(Component):
    """Shortens passages to the sentences that matter for the question.

    Use it between retrieval and an answer, to send as much evidence in fewer tokens, or more passages in as many.
    Each passage keeps its best ``minimum`` sentences, in the order of the list and as far as the tokens go; then the
    best sentences of all passages are added, until the next one does not fit. The tokens are ``share`` of the list's,
    and at most ``max_tokens``: a limit that is kept. Sentences are scored as ``generate.extractive`` scores them: by
    their cosine with the question, the terms they share with it, and how well their passage fits.

    A kept sentence is word for word the document's; ``…`` stands where others were left out, and no quote that
    ``generate.extractive`` makes reaches over it. Sentences side by side keep what is between them. A passage keeps its
    id, title, scores and place; its tokens are counted anew. ``start`` and ``end`` remain true offsets in the document
    where one stretch was kept; where there are several they are null, and ``metadata`` has the stretches under
    ``kept_spans``. A citation's offsets are those in the shortened text.

    Measured on the 79 even-numbered questions of the paper corpus that have gold documents (the sentence weights were
    fitted to odd-numbered ones; hybrid, all-MiniLM-L6-v2): ten passages hold .972 of the gold documents, and a gold
    answer for .975 of the questions, in 1972 tokens; shortened by half they hold the same in 967. Whole passages in as
    many tokens, five, hold .936 and .962. A ``share`` of 0.4 leaves .972 and .949 in 769 tokens.

    Cost: about 15 milliseconds for ten passages, no LM; sentence vectors are read from the index. Shape: n passages in,
    at most n out.

    Source: extractive compression as in RECOMP (Xu, Shi, Choi, arXiv 2310.04408), Section 3, with this project's own
    sentence scores in the place of a trained encoder.

    Errors: no index has been built. A passage that gets no sentence is left out, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 10}
          evidence: {use: compress.extractive, passages: found, share: 0.5}
        output: evidence

    Python::

        from ragkit.components.compress.extractive import Extractive
        from ragkit.types import Passages

        found = Passages([scope.corpus().passage("adaptive-k#0")])    # the engine makes the scope of a step
        step = Extractive(Extractive.Params(share=0.5), scope)
        (short,) = step.run("At which gap between scores is the ranked list cut?", found).value
        assert short.text == "It cuts the ranked list at the largest gap between neighbouring scores."
        assert found[0].text[short.start : short.end] == short.text    # the passage begins its document
    """

    class Params(Parameters):
        """Parameters of ``compress.extractive``."""

        share: Annotated[float, BINDABLE] = Field(
            0.5, gt=0, le=1, description="keep at most this share of the list's tokens"
        )
        max_tokens: Annotated[int | None, BINDABLE] = Field(
            None, ge=1, description="and at most so many tokens of title and text"
        )
        minimum: Annotated[int, BINDABLE] = Field(
            1, ge=0, description="the sentences that each passage keeps first; 0: only the best of all count"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    passthrough = "passages"

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Shortens the list."""
        if not passages:
            return Result(passages, Decision("compress", "there was nothing to shorten", kept=0, of=0))
        reader = open_reader(self.scope)
        sources, warnings = read_sentences(passages, reader)
        whole = sum(p.tokens if p.tokens is not None else _tokens(p, reader) for p in passages)
        budget = int(self.params.share * whole)
        if self.params.max_tokens is not None:
            budget = min(budget, self.params.max_tokens)
        of = sum(len(source.spans) for source in sources)
        if budget >= whole:
            reason = f"kept all {counted(of, 'sentence')}: {counted(whole, 'token')} fit into {budget:,}"
            details = {"sentences": of, "sentences_of": of, "tokens": whole, "tokens_of": whole}
            decision = Decision("compress", reason, kept=len(passages), of=len(passages), details=details)
            return Result(passages, decision, warnings)
        vector = reader.encode([question])[0]
        language = reader.manifest.bm25["stemmer"]
        candidates = score_sentences(read_question(question, reader), vector, sources, language)
        ranked = [(c.source, c.sentence) for c in sorted(candidates, key=lambda c: -c.score)]
        kept = choose(
            ranked, lambda i, some: _tokens(_shortened(sources[i], some), reader), budget, self.params.minimum
        )
        return self._result(passages, sources, kept, whole, budget, warnings)

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages] | Exception]:
        """Shortens many lists, whose questions are encoded together; one that fails does not fail the others."""
        questions = [item["question"] for item in items if item["passages"]]
        if questions:
            open_reader(self.scope).encode(questions)  # the reader remembers them, so that run() need not encode again
        return each_alone(self.run, items)

    def _result(
        self, passages: Passages, sources: Sequence[Source], kept: Mapping[int, Kept], whole: int, budget: int,
        warnings: tuple[str, ...],
    ) -> Result[Passages]:  # fmt: skip
        short = [
            replace(_shortened(sources[place], some), tokens=tokens) for place, (some, tokens) in sorted(kept.items())
        ]
        lost = len(passages) - len(short)
        if lost:
            some = "1 passage was" if lost == 1 else f"{lost} passages were"
            warnings = (*warnings, f"{some} left out: no sentence of them fit into the {budget:,} tokens")
        count, of = sum(len(some.sentences) for some in kept.values()), sum(len(source.spans) for source in sources)
        tokens = sum(passage.tokens or 0 for passage in short)
        reason = f"kept {count} of {counted(of, 'sentence')}, {tokens:,} of {counted(whole, 'token')}"
        details = {"sentences": count, "sentences_of": of, "tokens": tokens, "tokens_of": whole, "budget": budget}
        decision = Decision("compress", reason, kept=len(short), of=len(passages), details=details)
        return Result(Passages(short, passages.ranked_by), decision, warnings)


def _shortened(source: Source, sentences: frozenset[int]) -> Passage:
    """A passage cut to some of its sentences; its token count is still the old one."""
    stretches: list[tuple[int, int]] = []
    last = None
    for sentence in sorted(sentences):
        start, end = source.spans[sentence]
        if last is not None and sentence == last + 1:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
        last = sentence
    passage = source.passage
    text = OMISSION.join(passage.text[start:end] for start, end in stretches)
    if passage.start is None:
        return replace(passage, text=text, start=None, end=None)
    places = [(passage.start + start, passage.start + end) for start, end in stretches]
    if len(places) == 1:
        return replace(passage, text=text, start=places[0][0], end=places[0][1])
    metadata = {**passage.metadata, "kept_spans": [list(place) for place in places]}
    return replace(passage, text=text, start=None, end=None, metadata=metadata)


def _tokens(passage: Passage, reader: Reader) -> int:
    from ragkit.corpus.documents import passage_text

    return reader.count_tokens([passage_text(passage.title, passage.text)])[0]
