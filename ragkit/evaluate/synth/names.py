"""What a document is about: its name, and what kind of thing bears it ("ZipCache", a "quantization method")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragkit.evaluate.synth.abbreviations import abbreviations
from ragkit.evaluate.synth.clauses import is_noun, plain_clause
from ragkit.evaluate.synth.wordlist import word_set

_PROPOSES = r"(?:propos|introduc|present|develop|describ|design|releas|publish|creat|build|offer)\w*"
_COINED = r"[A-Z][\w+*^/-]*(?:[ -][A-Z0-9][\w+*^/-]*){0,3}"
_CALLED = re.compile(rf"\b(?:called|named|termed|dubbed|coined|namely)\s+[\"“]?({_COINED})(?![\w-]|, [A-Z])")
_PRESENTS = re.compile(rf"\b{_PROPOSES}\s+({_COINED})(?=[,:.]|\s+\()")
_BEFORE_ABBREVIATION = re.compile(
    rf"\b{_PROPOSES}\s+(?:(?!of\b|for\b|in\b|on\b|to\b|with\b|by\b|from\b|that\b|and\b)[\w-]+,?\s+){{0,7}}$"
)
_DESCRIBED_BEHIND = re.compile(r"\"?(?:\s*\([^()]*\))?,?\s*(?:,|\bis|\bwas|\bare)\s+(?:an?|the|our|one of the)\s+(.+)")
_DESCRIBED_BEFORE = re.compile(r"\b(?:an?|the)\s+([^,.;]+?),?\s+(?:called|named|termed|dubbed|coined)\s+[\"“]?$")
_QUALIFIED = re.compile(r"\s*\([^()]*\)\s*$")
_LONGEST_NAME = 6
# A description goes on behind its head noun with one of these.
_BEHIND_HEAD = word_set(
    """of for in on at with without to from by that which who whose where when and or but as into via through using
    under over between among across against during towards toward than within about around is was are were has have
    based called named used known trained developed proposed written directed released built made located founded
    produced published created born held played designed optimized optimised tailored aimed intended consisting
    comprising featuring containing covering including enabling allowing providing combining capable able
    specifically explicitly specially originally currently best first formerly situated native set may can will
    could might must should does did do had not"""
)
_NOUNS_IN_ING = word_set(
    """learning training tuning processing reasoning sampling scheduling serving pruning clustering encoding embedding
    ranking routing caching computing modeling modelling planning merging sharing setting building pipelining string
    ring king spring parsing reading writing fine-tuning finetuning pre-training pretraining decoding mapping
    testing forecasting monitoring engineering understanding meaning finding painting recording wing"""
)
_PRAISE = word_set("novel new simple yet effective efficient powerful innovative comprehensive first general")
_NO_HEAD = word_set(
    """versatile mobile agile lightweight century fraction number one ones way idea belief goal ability need lack
    observation fact assumption aim accurate robust fast aware free resilient intelligent smart best worst most
    least compact dense sparse simple quick inexpensive accessible adequate intuitive open"""
)
_KINDS = word_set(
    """framework method approach system model technique algorithm strategy mechanism scheme architecture pipeline
    library tool module protocol policy network benchmark dataset paradigm layer"""
)


class Description(NamedTuple):
    """A description such as "Danish footballer who plays for AGF": its noun phrase, that one's head, and the rest."""

    phrase: str
    head: str
    rest: str


def document_name(title: str, text: str) -> str | None:
    """The name of what a document is about; None where it has none that its title or its text tells.

    "ZipCache: Accurate and Efficient …" is about ZipCache, an article on what its text begins with, and a text that
    proposes "Adaptive Feature Transfer (AFT)" is about AFT.
    """
    plain = _QUALIFIED.sub("", title).strip().strip("\"“”'").strip()
    before, colon, _ = plain.partition(": ")
    if colon and len(before.split()) <= _LONGEST_NAME and _stands(before, text) and _is_name(before):
        return before
    if plain and len(plain.split()) <= _LONGEST_NAME and _begins(text.lstrip("\"“'").split(), plain.split()):
        return plain
    for found in abbreviations(text):
        if _BEFORE_ABBREVIATION.search(text, max(0, found.start - 120), found.start):
            return found.short
    for pattern in (_CALLED, _PRESENTS):
        match = pattern.search(text)
        if match is not None and _is_name(match[1]):
            return match[1]
    return None


def _stands(name: str, text: str) -> bool:
    lower, wanted = text.lower(), name.lower()
    at = lower.find(wanted)
    while at >= 0:
        if not lower[at - 1 : at].isalnum() and not lower[at + len(wanted) : at + len(wanted) + 1].isalnum():
            return True
        at = lower.find(wanted, at + 1)
    return False


def _begins(text: list[str], title: list[str]) -> bool:
    """The text begins with the title; a person's middle names may stand between its words."""
    if text[: len(title)] == title:
        return True
    people = len(title) in (2, 3) and all(word[:1].isupper() for word in title)
    return people and text[:1] == title[:1] and title[-1] in text[1:5] and all(w[:1].isupper() for w in text[:2])


def _is_name(name: str) -> bool:
    """Coined or capitalised throughout: "FedHyper", "A^2FM", "Just One Byte", no "Large language models"."""
    parts = name.split()
    if len(parts) == 1:
        return name[0].isalnum() and name not in ("We", "It", "This", "A", "An", "The", "Our", "In")
    return all(part[0].isupper() or part[0].isdigit() for part in parts)


def definition(name: str, sentences: Sequence[str]) -> tuple[Description, str] | None:
    """How a text describes the bearer of a name, and the sentence: "ZipCache, a … method", "X is a … song"."""
    for sentence in sentences:
        at = sentence.find(name)
        while at >= 0:
            end = at + len(name)
            if not sentence[at - 1 : at].isalnum() and not sentence[end : end + 1].isalnum():
                for match in (_DESCRIBED_BEHIND.match(sentence, end), _DESCRIBED_BEFORE.search(sentence[:at])):
                    found = describe(plain_clause(match[1])) if match is not None else None
                    if found is not None:
                        return found, sentence
            at = sentence.find(name, end)
    return None


def describe(text: str) -> Description | None:
    """Takes a description apart, the article left out; None where its head is no noun that one can ask for."""
    words = text.split()
    while words and (words[0].lower().strip(",") in _PRAISE or words[0] in ("and", "yet", "but", "highly")):
        words = words[1:]
    end = next((i for i, word in enumerate(words) if i and _ends_phrase(words, i)), len(words))
    if end and words[end - 1].endswith((",", ":", ";", ".")):
        words[end - 1] = words[end - 1].rstrip(",:;.")
    head = words[end - 1] if end else ""
    simple = head.rpartition("-")[2]
    if not simple.isalpha() or not simple.islower() or len(simple) < 3:
        return None
    if simple in _NO_HEAD or not is_noun(simple):
        return None
    return Description(" ".join(words[:end]), head, " ".join(words[end:]))


def _ends_phrase(words: list[str], at: int) -> bool:
    word = words[at].lower().strip(",.;:()")
    if words[at - 1].endswith((",", ":", ";")) and word not in _PRAISE and not _is_adjective(words[at - 1], words[at]):
        return True
    if words[at].startswith("("):
        return True
    if word in ("and", "or", "but", "yet") and _describes(words[at - 1]):
        return False  # "an accurate and efficient method"
    return word in _BEHIND_HEAD or (word.endswith("ing") and word not in _NOUNS_IN_ING and not _goes_on(words, at))


def _describes(word: str) -> bool:
    return word.lower() in _NO_HEAD or not is_noun(word.lower())


def _is_adjective(left: str, right: str) -> bool:
    """In "a fast, scalable method" the comma parts two adjectives."""
    return _describes(left.rstrip(",")) and right[:1].islower()


def _goes_on(words: list[str], at: int) -> bool:
    """True for a participle in front of a noun ("an existing method"): what follows it is no article or preposition."""
    after = words[at + 1].lower().strip(",.;:") if at + 1 < len(words) else ""
    if after in _KINDS:
        return True
    return at <= 1 and bool(after) and after not in _BEHIND_HEAD and after not in ("the", "a", "an", "its", "their")
