"""Phrases that several documents share: "knowledge distillation", "GSM8K"."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ragkit.evaluate.synth.clauses import is_noun
from ragkit.evaluate.synth.inflection import says
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.verbs import is_finite, is_only_a_verb, is_plural_noun_too
from ragkit.evaluate.synth.wordlist import FUNCTION_WORDS, word_set

_WORD = re.compile(r"[^\W_][\w*+-]*[^\W_]|[^\W_]")
_CLAUSE = re.compile(r"[^\w\s*+-]|\s-+\s")
_NAME = re.compile(r"[A-Z][^\W\d_A-Z]+(?:[ -](?:of|in|for|[A-Z][^\W\d_A-Z]*))*")
_LONGEST = 4
_WHOLE = 0.5
"""A phrase is whole where it is not part of a longer one in at least this share of the places where it stands."""
_NO_EDGE = word_set(
    """novel new simple effective efficient existing recent several various different many extensive significant large
    small high low better best good main key first second third one two three four five proposed wide full art based
    using used use previous prior current common important real paper work study method methods approach approaches
    results experiments performance framework frameworks system systems model models task tasks problem problems way
    ways number set range variety types type level levels time years year shows quality effectiveness efficiency
    improvement improvements analysis able unlike via towards within without strong comprehensive diverse multiple
    single specific additional further due given well also born known made left right part role group groups case
    cases effect effects rate rates factor factors data change changes author authors editor member members"""
)


_TAKES_OF = word_set(
    "mixture bag chain lack series pair kind end point quality proof state internet set tree field rule law"
)
"""Behind these an "of" makes a longer phrase, too."""


@dataclass(frozen=True, slots=True)
class SharedPhrase:
    """A phrase as it is mostly written, and the numbers of all documents of the corpus that hold it.

    ``is_topic`` is false for what is only capitalised words: a person, a place, a work.
    """

    text: str
    holding: frozenset[int]
    is_topic: bool


@dataclass(slots=True)
class _Seen:
    """Where a phrase was seen: in which documents, how it was spelt, how often, and how often it was whole."""

    numbers: set[int] = field(default_factory=set)
    spelt: Counter[str] = field(default_factory=Counter)
    times: int = 0
    whole: int = 0
    subject: bool = False


def shared_phrases(material: Material, least: int, most: int) -> list[SharedPhrase]:
    """The phrases that at least ``least`` and at most ``most`` documents of the corpus hold.

    A phrase is a run of up to four words that stands in a title or is written out for an abbreviation, so that it is a
    subject of its own, and that mostly is no part of a longer run; or a single word with a digit or a capital inside.
    Of phrases in the same documents the longest is kept. A phrase is left out where a document has only other words of
    its stems: whether "adaptive learners" mention "learning adaptability" is nothing to be measured with.
    """
    seen = _see(material)
    explained = {tuple(long.split()) for forms in material.explained.values() for long in forms}
    found = []
    for key, one in sorted(seen.items()):
        if not least <= len(one.numbers) <= most or not one.spelt or one.whole < _WHOLE * one.times:
            continue
        if not one.subject and len(key) > 1:
            continue
        text = _as_written(one.spelt, material)
        holding = material.mentioning(text)
        other = text.removesuffix("s") if text.endswith("s") else f"{text}s"
        if not material.mentioning(other) <= holding:
            continue  # "VLM" and "VLMs" have two stems, and a document with one of them mentions the other
        if least <= len(holding) <= most and all(_said(text, number, material) for number in holding):
            found.append(SharedPhrase(text, holding, key in explained or _NAME.fullmatch(text) is None))
    return list(_longest(found))


def _said(text: str, number: int, material: Material) -> bool:
    document = material.indexed[number]
    return says(document.title, text) or says(document.text, text)


def _see(material: Material) -> dict[tuple[str, ...], _Seen]:
    seen: dict[tuple[str, ...], _Seen] = defaultdict(_Seen)
    for document in material.documents:
        for text, is_title in ((document.title, True), (document.text, False)):
            for clause in _CLAUSE.split(text):
                words = _WORD.findall(clause)
                stems = [material.vocabulary.stems_of_word(word) for word in words]
                for start, end, whole in _runs(words):
                    key = tuple(stem for word in stems[start:end] for stem in word)
                    one = seen[key]
                    one.numbers.add(document.number)
                    one.times += 1
                    one.whole += whole
                    if is_title:
                        one.subject = True
                    else:
                        one.spelt[" ".join(words[start:end])] += 1
        for abbreviation in document.abbreviations:
            seen[tuple(material.vocabulary.stems(abbreviation.long))].subject = True
    return seen


def _runs(words: list[str]) -> Iterator[tuple[int, int, bool]]:
    """The runs of words that may be a phrase, and whether each is whole: no such word stands before or behind it."""
    may = [_may_stand(word) for word in words]
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            first, last = words[start], words[end - 1]
            if end - start == 1 and not _is_coined(first):
                continue
            if not (may[start] and may[end - 1] and is_noun(last)) or last.isdigit() or first[0].isdigit():
                continue
            if all(may[i] or words[i].lower() in ("of", "in", "for") for i in range(start + 1, end - 1)):
                behind = words[end : end + 1]
                goes_on = bool(behind) and (_continues(behind[0]) or (behind == ["of"] and last.lower() in _TAKES_OF))
                went_before = start > 0 and _is_content(words[start - 1]) and end - start > 1
                yield start, end, not goes_on and not went_before


def _is_content(word: str) -> bool:
    lower = word.lower()
    return not (lower in FUNCTION_WORDS or lower in _NO_EDGE or lower.endswith("ly") or is_finite(lower))


def _continues(word: str) -> bool:
    """Behind "contextual language" a "model" makes a longer phrase."""
    lower = word.lower()
    if lower in FUNCTION_WORDS or lower.endswith("ly"):
        return False
    return not is_finite(lower) or is_plural_noun_too(lower)


def _may_stand(word: str) -> bool:
    lower = word.lower()
    return len(word) > 1 and _is_content(lower) and not is_only_a_verb(lower)


def _is_coined(word: str) -> bool:
    letters = re.search(r"[^\W\d_]{2}", word) and not re.match(r"Ma?c[A-Z][a-z]", word)
    return len(word) >= 3 and bool(letters) and bool(re.search(r"\d|\w[A-Z]", word)) and not (
        word.isupper() and word.isalpha() and len(word) > 6
    )  # fmt: skip


def _as_written(spelt: Counter[str], material: Material) -> str:
    """The usual spelling; a capital that only the beginning of a sentence gave is taken away."""
    most = max(sorted(spelt), key=lambda text: (spelt[text], text.islower()))
    return material.vocabulary.uncapitalised(most)


def _longest(phrases: list[SharedPhrase]) -> Iterator[SharedPhrase]:
    by_holding: dict[frozenset[int], list[SharedPhrase]] = defaultdict(list)
    for phrase in phrases:
        by_holding[phrase.holding].append(phrase)
    for same in by_holding.values():
        yield max(same, key=lambda phrase: (len(phrase.text.split()), len(phrase.text)))
