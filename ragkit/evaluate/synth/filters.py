"""What is not kept, and why: each draft passes every filter or is counted under the first that it fails."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Literal, get_args

from ragkit.evaluate.checking.duplicates import plain
from ragkit.evaluate.metrics.answers import normalise, stands_in
from ragkit.evaluate.synth.clauses import is_noun
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import Material

Reason = Literal[
    "length", "deictic", "unfinished", "answer-in-question", "answer-not-in-gold", "evidence-not-in-gold",
    "names-its-title", "unspecific", "ambiguous", "answered-by-corpus", "duplicate", "not-found-back", "crosses-split",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)
MEANINGS: Mapping[Reason, str] = {
    "length": "shorter than 3 or longer than 40 words, or its answer longer than 12",
    "deictic": "points at something that is not there: this, these, our, the authors, above",
    "unfinished": "ends in the middle, or holds a formula, an address or a bracket without its partner",
    "answer-in-question": "the answer stands in the question",
    "answer-not-in-gold": "the answer stands in no gold document",
    "evidence-not-in-gold": "an evidence is no sentence of a gold document",
    "names-its-title": "the title of its document stands in the question: too easy",
    "unspecific": "its words are too common to mean one document",
    "ambiguous": "another document holds nearly all of its words as well",
    "answered-by-corpus": "a document answers it, though its kind says that none does",
    "duplicate": "asked already, or nearly (cosine above 0.95)",
    "not-found-back": "no retriever finds its gold documents (only with a round trip asked for)",
    "crosses-split": "its documents belong to both sides of the split",
}
_SHORTEST, _LONGEST, _LONGEST_ANSWER = 3, 40, 12
_DEICTIC = re.compile(
    r"\b(?:this|these|those(?! of| that| who| with)|such(?! as)|ours?|we|us|my|here|above|aforementioned"
    r"|the (?:former|latter)|the authors?|the proposed|the (?:present )?(?:paper|study|article)|the present)\b",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"(?:\b(?:and|or|of|the|an?|to|in|on|for|with|by|from|that|which|than|as|at|its|their|into|via|between|is|are|be|also"
    r"|both|not|but|along|together|such|late|early|lying|due|approx|respectively|e\.g|i\.e|et al)|[,;:(–—-])\s*\??$"
)
_FORMULA = re.compile(r"--|\$|\\|https?|www\.|[{}<>~]|&[a-z]+;|\[|\]|\?.*\?$")
_HALF_A_PAIR = re.compile(r"\b(?:between|both)\b(?!.*\b(?:and|or)\b)")
_ADJECTIVE = re.compile(r"(?:ive|ous|ful|ic|able|ible)$")
_SPECIFIC = 2.4
_SIMILAR = 0.85
_RIVALS = 10


class Filters:
    """The filters that need one draft and the corpus.

    Args:
        material: The corpus.
        titles: Let questions pass that hold the title of their document.
    """

    def __init__(self, material: Material, titles: bool = False) -> None:
        self._material = material
        self._titles = titles
        self._checks: tuple[tuple[Reason, Callable[[Draft], bool]], ...] = (
            ("length", self._length), ("deictic", self._deictic), ("unfinished", self._unfinished),
            ("answer-in-question", self._answer_in_question), ("answer-not-in-gold", self._answer_not_in_gold),
            ("evidence-not-in-gold", self._evidence_not_in_gold), ("names-its-title", self._names_its_title),
            ("unspecific", self._unspecific),
            ("answered-by-corpus", self._answered), ("ambiguous", self._ambiguous),
        )  # fmt: skip

    def fails(self, draft: Draft) -> Reason | None:
        """The first filter that the draft fails; None for one that passes."""
        return next((reason for reason, fails in self._checks if fails(draft)), None)

    def _length(self, draft: Draft) -> bool:
        words = len(draft.question.split())
        long = draft.kind != "aggregate" and draft.method != "sentence" and draft.kind != "multi"
        return (
            (draft.kind != "none" and words < _SHORTEST)
            or words > _LONGEST
            or (long and any(len(answer.split()) > _LONGEST_ANSWER for answer in draft.answers))
        )

    def _deictic(self, draft: Draft) -> bool:
        return draft.kind != "none" and _DEICTIC.search(draft.question) is not None

    def _unfinished(self, draft: Draft) -> bool:
        if draft.kind == "none":
            return False
        text = re.sub(r"____|(?:stand|short) for\?$|(?:consist|composed) of\?$", "", draft.question)
        last = re.sub(r"\W+$", "", text).rpartition(" ")[2]
        return (
            text.count("(") != text.count(")")
            or text.count('"') % 2 == 1
            or text.count("“") != text.count("”")
            or (last.islower() and _ADJECTIVE.search(last) is not None and not is_noun(last))
            or any(pattern.search(text) for pattern in (_FORMULA, _UNFINISHED, _HALF_A_PAIR))
        )

    def _answer_in_question(self, draft: Draft) -> bool:
        if draft.method == "which-of-two" or draft.kind in ("aggregate", "none"):
            return False
        return any(stands_in(answer, draft.question) for answer in draft.answers)

    def _answer_not_in_gold(self, draft: Draft) -> bool:
        if not draft.gold_ids or (draft.kind == "multi" and draft.method != "written"):
            return False  # what a program joins, "A and B", stands nowhere as a whole
        texts = [self._whole(id) for id in draft.gold_ids]
        found = [any(stands_in(answer, text) for text in texts) for answer in draft.answers]
        return not all(found) if draft.kind == "aggregate" else not any(found)

    def _evidence_not_in_gold(self, draft: Draft) -> bool:
        texts = [" ".join(self._whole(id).split()) for id in draft.gold_ids]
        return not all(any(" ".join(one.split()) in text for text in texts) for one in draft.evidence)

    def _names_its_title(self, draft: Draft) -> bool:
        if self._titles or draft.kind not in ("single", "multi"):
            return False
        asked = normalise(draft.question)
        titles = [self._material.indexed.get(id) for id in draft.gold_ids]
        if any(document and normalise(document.title) and normalise(document.title) in asked for document in titles):
            return draft.method != "which-of-two"
        return draft.method == "sentence" and any(
            name is not None and stands_in(name, draft.question)
            for name in (self._material.by_id[id].name for id in draft.gold_ids)
        )

    def _unspecific(self, draft: Draft) -> bool:
        if draft.kind != "single" or draft.method in ("abbreviation", "title"):
            return False
        told = math.fsum(self._material.vocabulary.weights(draft.question).values())
        return told < _SPECIFIC * math.log(1 + len(self._material.indexed))

    def _ambiguous(self, draft: Draft) -> bool:
        if draft.kind != "single":
            return False
        material = self._material
        weights = material.vocabulary.weights(draft.question)
        hits = material.reader.bm25([draft.question], 4 * _RIVALS)[0]
        gold = {material.indexed.number(id) for id in draft.gold_ids}
        rivals = [number for number in material.indexed.ranking(hits.indices)[:_RIVALS] if number not in gold]
        return any(material.share(weights, number) >= _SIMILAR for number in rivals)

    def _answered(self, draft: Draft) -> bool:
        """A question that needs no documents, but whose words all stand in one that also holds the answer."""
        if draft.kind != "none" or not draft.answers or not self._material.vocabulary.content(draft.question):
            return False
        holding = self._material.vocabulary.holding_all(draft.question)
        return any(stands_in(answer, self._material.whole(n)) for n in sorted(holding) for answer in draft.answers)

    def _whole(self, id: str) -> str:
        number = self._material.indexed.number(id)
        return "" if number is None else self._material.whole(number)


def key(draft: Draft) -> str:
    """What two drafts that ask the same have in common."""
    return plain(draft.question)
