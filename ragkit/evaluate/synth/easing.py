"""What is asked of a draft before it is kept: can it be harder, is it trivial, is it found back?"""

from __future__ import annotations

import random
from dataclasses import replace

from ragkit.evaluate.checking.reach import Reach, best_ranks
from ragkit.evaluate.questions import Question
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.figures import TRIVIAL
from ragkit.evaluate.synth.filters import Filters
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.wording import exchanged, shortened

_FREE = ("definition", "subject", "clause", "sentence", "amount", "result")
"""Methods whose questions may be worded otherwise."""


class Harder:
    """Exchanges abbreviations for what they stand for and leaves out what trails behind, while the filters agree."""

    def __init__(self, filters: Filters, forms: dict[str, str], rng: random.Random) -> None:
        self._filters = filters
        self._forms = forms
        self._rng = rng

    def __call__(self, draft: Draft) -> Draft:
        if draft.method not in _FREE:
            return draft

        def passes(text: str) -> bool:
            return self._filters.fails(replace(draft, question=text)) is None

        text = draft.question
        if self._rng.random() < 2 / 3:
            text = shortened(text, passes)
        other = exchanged(text, self._forms, self._rng)
        return replace(draft, question=other if passes(other) else text)


class Trivial:
    """Says that BM25 ranks the document first and that it holds most of the question's words."""

    def __init__(self, material: Material) -> None:
        self._material = material

    def __call__(self, draft: Draft) -> bool:
        material = self._material
        stems, there = material.vocabulary.content(draft.question), material.whole_of(draft.gold_ids[0])
        held = set(material.vocabulary.stems(there))
        if not stems or sum(stem in held for stem in stems) < TRIVIAL * len(stems):
            return False
        hits = material.reader.bm25([draft.question], 1)[0]
        return len(hits.indices) > 0 and material.indexed.of_passage(int(hits.indices[0])) == material.indexed.number(
            draft.gold_ids[0]
        )


class RoundTrip:
    """Says whether some retriever ranks a gold document of a draft high enough."""

    def __init__(self, material: Material, within: int) -> None:
        self._reach = Reach(material.reader, material.indexed, within)
        self._within = within

    def __call__(self, draft: Draft) -> bool:
        question = Question("", draft.question, gold=dict.fromkeys(draft.gold_ids, 1.0))
        return any(rank <= self._within for rank in best_ranks(self._reach.ranks([question])[0]).values())
