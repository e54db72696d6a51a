"""``query.feedback``: the question and the words that its best passages have in common."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.cues import FUNCTION_WORDS
from ragkit.components.opening import open_reader
from ragkit.components.query._weighing import shares_of
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader

_SHORTEST = 2


class Expanded(NamedTuple):
    """What ``query.feedback`` gives: the expanded query, and the words that were added."""

    text: str
    words: list[str]


class Feedback(Component):
    """Expands the question by words of the best passages: pseudo-relevance feedback, without a model.

    Use it for short questions whose words the corpus puts otherwise, and search with it by words (``retrieve.bm25``);
    fuse what it finds with what the question finds. It drifts where the first passages are wrong.

    The first ``read`` passages are taken for relevant. A word's weight is its share of each passage, averaged by the
    passages' scores (the relevance model RM1), times its rarity in the corpus: ``log(N / n)`` where n of N passages
    have it. The ``terms`` best that the question does not have, in any inflection, are added; the question comes first
    ``repeat`` times, which weighs its words for BM25 as RM3 weighs the original query.

    Cost: no model; one look at the keyword index for each word of the passages. Shape: n passages in, a text out, and
    the added words.

    Source: Lavrenko and Croft, "Relevance-Based Language Models" (SIGIR 2001), method 1; RM3 is its mixture with the
    query (Abdul-Jaleel et al., TREC 2004). The factor of rarity is that of Carpineto et al. (ACM TOIS 2001), Section 3.

    Errors: no index has been built.

    YAML::

        steps:
          first: {use: retrieve.hybrid, k: 10}
          wider: {use: query.feedback, passages: first, terms: 10}
          more: {use: retrieve.bm25, query: wider.text, k: 10}
          both: {use: fuse.rrf, passages: [first, more], weights: [2, 1]}
        output: both

    Python::

        from ragkit.components.query.feedback import Feedback
        from ragkit.types import Passages

        step = Feedback(Feedback.Params(read=1, terms=2), scope)     # a scope opens the corpus of the step
        found = Passages([scope.corpus().passage("bm25#0")])
        expanded = step.run("How are passages ranked?", found).value
        assert len(expanded.words) == 2 and expanded.text.startswith("How are passages ranked?")
    """

    class Params(Parameters):
        """Parameters of ``query.feedback``."""

        read: Annotated[int, BINDABLE] = Field(5, ge=1, description="how many of the first passages are relevant")
        terms: Annotated[int, BINDABLE] = Field(10, ge=1, description="how many words to add")
        repeat: Annotated[int, BINDABLE] = Field(1, ge=1, description="how often the question stands in the query")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX})

    params: Params

    def warm_up(self) -> None:
        """Opens the index."""
        open_reader(self.scope)

    def run(self, question: str, passages: Passages) -> Result[Expanded]:
        """Expands the question."""
        read = passages[: self.params.read]
        weights = _weights(question, read, open_reader(self.scope))
        best = sorted(weights, key=lambda word: (-weights[word], word))[: self.params.terms]
        looked = f"the first {counted(len(read), 'passage')}"
        reason = (
            f"added {counted(len(best), 'word')} of {looked}: {', '.join(best[:5])}"
            if best
            else f"{looked} bring no word that the question does not have"
        )
        added = [{"word": word, "weight": round(weights[word], 5)} for word in best]
        decision = Decision("query", reason, details={"read": len(read), "words": len(weights), "added": added})
        return Result(Expanded(" ".join([question] * self.params.repeat + best), best), decision)


def _weights(question: str, read: Passages, reader: Reader) -> dict[str, float]:
    """The weight of each new word, under the spelling that is the most frequent among its inflections."""
    from ragkit.corpus.index.words import Words

    split, stem = Words("none", ()), Words(reader.manifest.bm25["stemmer"], ())
    asked = set(stem(question))
    shares = shares_of(read)
    whole = sum(shares)
    weights: dict[str, float] = {}
    spellings: dict[str, Counter[str]] = {}
    for passage, share in zip(read, shares, strict=True):
        words = split(f"{passage.title} {passage.text}")
        for word in words:
            if len(word) >= _SHORTEST and word not in FUNCTION_WORDS and not word.isdigit():
                (form,) = stem(word) or (word,)
                spellings.setdefault(form, Counter())[word] += 1
                weights[form] = weights.get(form, 0.0) + share / whole / len(words)
    new = [form for form in weights if form not in asked]
    spelled = [spellings[form].most_common(1)[0][0] for form in new]
    counts = reader.passage_counts(spelled)
    return {
        word: weights[form] * math.log(reader.count / count)
        for form, word, count in zip(new, spelled, counts, strict=True)
        if 0 < count < reader.count
    }
