"""``compress.strips``: passages cut into strips, those that fit the question first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.batches import each_alone
from ragkit.components.generate._sentences import Source, read_sentences
from ragkit.components.opening import open_reader
from ragkit.trace.words import counted
from ragkit.types import Decision, Passage, Passages, Result

SCORE = "sentence_cosine"
_WORD = re.compile(r"\w+")


class Strips(Component):
    """Cuts each passage into strips of a few sentences, scores them, and puts the best first: knowledge refinement.

    Use it where the unit that was found is bigger than the unit that is needed, and something behind it is to judge the
    pieces one by one: ``select.top_k`` keeps the best, ``select.llm_filter`` and ``judge.relevance`` have an LM read
    them. ``compress.extractive`` shortens passages to a number of tokens in their own order and is the better choice
    where nothing judges strips.

    A strip is up to ``sentences`` sentences of one passage, word for word, with the passage's title; strips of fewer
    than ``min_words`` words say too little and are dropped. It is a passage of its own, with an id made of the
    passage's (``p7/2`` is its second strip), true ``start`` and ``end`` in the document, and the passage among its
    ``parts``; its tokens are counted anew. Its score ``sentence_cosine`` is the cosine of its best sentence with the
    question. Scores of the passage are not the strip's and are left behind.

    Cost: no LM; sentence vectors are read from the index, and made on the spot, with a warning, for passages that are
    not in it. Shape: n passages in, at most ``most`` strips out, best first.

    Source: the decompose-then-recompose of CRAG (arXiv 2401.15884), Section 4.4, whose strips are about three
    sentences; a sentence encoder scores them in the place of its fine-tuned T5, and they stay apart in the place of
    being joined, so that a citation points to a strip.

    Errors: no index has been built.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 5}
          strips: {use: compress.strips, passages: found, sentences: 3, most: 12}
          evidence: {use: select.llm_filter, passages: strips}
        output: evidence

    Python::

        from ragkit.components.compress.strips import Strips
        from ragkit.types import Passages

        corpus = scope.corpus()                       # a scope opens the corpus of the step; the engine makes it
        step = Strips(Strips.Params(sentences=1), scope)
        strips = step.run("Where is the ranked list cut?", Passages([corpus.passage("adaptive-k#0")])).value
        assert strips[0].text == "It cuts the ranked list at the largest gap between neighbouring scores."
        assert (strips[0].id, strips[0].parts) == ("adaptive-k#0/2", ("adaptive-k#0",))
    """

    class Params(Parameters):
        """Parameters of ``compress.strips``."""

        sentences: Annotated[int, BINDABLE] = Field(3, ge=1, description="how many sentences a strip has at most")
        most: Annotated[int | None, BINDABLE] = Field(None, ge=1, description="keep so many strips; left out: all")
        min_words: Annotated[int, BINDABLE] = Field(4, ge=0, description="strips of fewer words are dropped")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Cuts and scores."""
        if not passages:
            return Result(Passages((), SCORE), Decision("compress", "there was nothing to cut", kept=0, of=0))
        p, reader = self.params, open_reader(self.scope)
        sources, warnings = read_sentences(passages, reader)
        vector = reader.encode([question])[0]
        strips = [strip for source in sources for strip in _cut(source, p.sentences, vector)]
        telling = [strip for strip in strips if len(_WORD.findall(strip.text)) >= p.min_words]
        best = sorted(telling, key=lambda strip: -strip.scores[SCORE])[: p.most]
        counts = reader.count_tokens([_whole(strip) for strip in best]) if best else []
        kept = [replace(strip, tokens=tokens) for strip, tokens in zip(best, counts, strict=True)]
        reason = f"{counted(len(passages), 'passage')} cut into {counted(len(strips), 'strip')}, {len(kept)} kept"
        if len(telling) < len(strips):
            reason += f"; {len(strips) - len(telling)} of fewer than {p.min_words} words dropped"
        details = {"strips": len(strips), "short": len(strips) - len(telling)}
        decision = Decision("compress", reason, kept=len(kept), of=len(strips), details=details)
        return Result(Passages(kept, SCORE), decision, warnings)

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages] | Exception]:
        """Cuts many lists, whose questions are encoded together; one that fails does not fail the others."""
        questions = [item["question"] for item in items if item["passages"]]
        if questions:
            open_reader(self.scope).encode(questions)  # the reader remembers them, so that run() need not encode again
        return each_alone(self.run, items)


def _cut(source: Source, sentences: int, vector: Any) -> Iterator[Passage]:
    """The strips of one passage, in its order; their token counts are still those of the passage."""
    passage = source.passage
    for number, first in enumerate(range(0, len(source.spans), sentences), start=1):
        spans = source.spans[first : first + sentences]
        start, end = spans[0][0], spans[-1][1]
        score = float((source.vectors[first : first + sentences] @ vector).max())
        shift = passage.start
        strip = replace(
            passage,
            id=f"{passage.id}/{number}",
            text=passage.text[start:end],
            start=None if shift is None else shift + start,
            end=None if shift is None else shift + end,
            parts=(passage.id,),
        )
        yield strip.with_scores({SCORE: score})


def _whole(passage: Passage) -> str:
    from ragkit.corpus.documents import passage_text

    return passage_text(passage.title, passage.text)
