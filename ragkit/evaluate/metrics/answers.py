"""What an answer's text is worth against the accepted answers, the best of which counts.

Texts are normalised as the SQuAD script does it, in its order: lower case, then punctuation out, then the articles a,
an and the out, then white space made single. Articles come after lower case (so that "The" goes) and after punctuation.
Punctuation is ASCII's and every other character of Unicode's category P, so that typographic quotes go too. Marks of
citations, ``[1]`` or ``[1, 2]``, are no part of an answer and are taken out first.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence


class _Replaced(dict[int, int | str | None]):
    """A table for ``str.translate``: punctuation becomes ``instead``, all else stays. Filled as characters come."""

    def __init__(self, instead: str | None) -> None:
        self._instead = instead

    def __missing__(self, code: int) -> int | str | None:
        character = chr(code)
        out = character in string.punctuation or unicodedata.category(character).startswith("P")
        self[code] = found = self._instead if out else code
        return found


_REMOVED = _Replaced(None)
_SPACED = _Replaced(" ")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_IN_NUMBER = re.compile(r"(?<=\d)[.,](?=\d)")
_MARKS = re.compile(r"\s?\[\d{1,4}(?:\s*,\s*\d{1,4})*\](?!\()")
_WORDS = re.compile(r"[^\W_]+")


ANSWER_METRICS = ("answer_em", "answer_f1", "answer_contains", "answer_rouge_l")


def answer_metrics(answer: str, accepted: Sequence[str]) -> dict[str, float | None]:
    """The metrics of ``ANSWER_METRICS``, each for the accepted answer that fits best; None without accepted answers.

    An empty answer, which is also what an abstention counts as, is worth 0.
    """
    if not accepted:
        return dict.fromkeys(ANSWER_METRICS)
    if not answer.strip():
        return dict.fromkeys(ANSWER_METRICS, 0.0)
    values = (exact_match, token_f1, contains, rouge_l)
    return {name: value(answer, accepted) for name, value in zip(ANSWER_METRICS, values, strict=True)}


def without_marks(text: str) -> str:
    """The text without its citation marks."""
    return _MARKS.sub("", text)


def normalise(text: str) -> str:
    """The SQuAD normalisation: lower case, no punctuation, no articles, single spaces."""
    return _finish(unicodedata.normalize("NFC", text).lower().translate(_REMOVED))


def exact_match(answer: str, accepted: Sequence[str]) -> float | None:
    """1 where the answer equals an accepted one, normalised; None without accepted answers."""
    if not accepted:
        return None
    given = normalise(without_marks(answer))
    return float(any(given == normalise(each) for each in accepted))


def token_f1(answer: str, accepted: Sequence[str]) -> float | None:
    """The harmonic mean of precision and recall of the normalised tokens, counted as often as they occur."""
    if not accepted:
        return None
    given = normalise(without_marks(answer)).split()
    return max(_overlap(given, normalise(each).split()) for each in accepted)


def contains(answer: str, accepted: Sequence[str]) -> float | None:
    """1 where an accepted answer stands in the answer ("accuracy" in the literature); None without accepted ones.

    See ``Wanted`` for what standing in a text means.
    """
    return float(Wanted(accepted).stands_in(without_marks(answer))) if accepted else None


class Wanted:
    """Items that may stand in a text, normalised once; false without items.

    An item stands in a text where its words do, one after the other, both normalised. Whole words: "art" does not stand
    in "party". Since the normalisation joins what punctuation parted, both are also compared with blanks in the place
    of punctuation (but inside numbers): "MCTS" stands in "MCTS-based". An item of which the normalisation leaves
    nothing stands in no text.
    """

    def __init__(self, items: Iterable[str]) -> None:
        self._items = [
            [f" {each} " for each in (normalise(item), _spaced(item)) if each] for item in dict.fromkeys(items)
        ]

    def __bool__(self) -> bool:
        return bool(self._items)

    def stands_in(self, text: str) -> bool:
        """True where any of the items stands in the text."""
        if not self._items:
            return False
        texts = (f" {normalise(text)} ", f" {_spaced(text)} ")
        return any(form in text for forms in self._items for form, text in zip(forms, texts, strict=False))


def stands_in(item: str, text: str) -> bool:
    """True where one item stands in a text, as ``Wanted`` says."""
    return Wanted((item,)).stands_in(text)


def rouge_l(answer: str, accepted: Sequence[str]) -> float | None:
    """ROUGE-L: F1 of the longest common subsequence of lower-case words, without stemming (Lin 2004, Section 2.2)."""
    if not accepted:
        return None
    given = _WORDS.findall(without_marks(answer).lower())
    return max(_subsequence_f1(given, _WORDS.findall(each.lower())) for each in accepted)


def _spaced(text: str) -> str:
    return _finish(_IN_NUMBER.sub("", unicodedata.normalize("NFC", text).lower()).translate(_SPACED))


def _finish(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text).split())


def _overlap(given: Sequence[str], wanted: Sequence[str]) -> float:
    if not given or not wanted:
        return float(given == wanted)
    common = (Counter(given) & Counter(wanted)).total()
    return 2 * common / (len(given) + len(wanted))


def _subsequence_f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    if not given or not wanted:
        return 0.0
    return 2 * _longest_common(given, wanted) / (len(given) + len(wanted))


def _longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest common subsequence, a row at a time as the bits of one integer (Hyyrö 2004)."""
    places: defaultdict[str, int] = defaultdict(int)
    for place, word in enumerate(left):
        places[word] |= 1 << place
    full = (1 << len(left)) - 1
    row = full
    for word in right:
        matched = row & places[word]
        row = ((row + matched) | (row - matched)) & full
    return len(left) - row.bit_count()
