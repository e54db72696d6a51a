"""One rule over the words of a question, and whether it holds."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from ragkit.component import Parameters
from ragkit.components.cues import FUNCTION_WORDS, asks_for_list, asks_for_number
from ragkit.trace.words import counted

_WORD = re.compile(r"[^\W_]+(?:['’.^/-][^\W_]+)*")
_WILD = re.compile(r"[^\W_]+(?:['’.^/-][^\W_]+)*\*?|\*")


class Rule(Parameters):
    """A label, and the conditions under which a question gets it: all that are given must hold."""

    label: str = Field(min_length=1, description="the label of a question for which the conditions hold")
    words: list[str] = Field(
        default_factory=list,
        description="words or phrases of which one stands in the question, in any case; compar* is a beginning",
    )
    patterns: list[str] = Field(
        default_factory=list,
        description="forms of the whole question of which one fits: 'which * or *', where * is any words or none",
    )
    min_words: int | None = Field(None, ge=0, description="the question has at least so many words")
    max_words: int | None = Field(None, ge=0, description="the question has at most so many words")
    min_names: int | None = Field(None, ge=0, description="it names at least so many things: New York, GPT-4")
    max_names: int | None = Field(None, ge=0, description="it names at most so many things")
    asks_for: list[Literal["list", "number"]] = Field(
        default_factory=list, description="what its form asks for: one of these"
    )

    def wrong(self) -> str | None:
        """What is wrong between the conditions, as half a sentence."""
        if not self.model_fields_set - {"label"}:
            return "has no condition; a label for all that is left is what 'otherwise' is for"
        for name in ("words", "patterns"):
            blank = [text for text in getattr(self, name) if not split_pattern(text)]
            if blank:
                return f"has {blank[0]!r} in '{name}', which holds no word"
        for name in ("words", "names"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low > high:
                return f"has min_{name} {low} above max_{name} {high} and can never hold"
        return None

    def holds(self, question: Text) -> list[str] | None:
        """What holds, in words; None where a condition does not."""
        found = [
            self._one_of(self.words, question, whole=False),
            self._one_of(self.patterns, question, whole=True),
            _between(len(question.words), self.min_words, self.max_words, "word"),
            _between(len(question.names), self.min_names, self.max_names, "name"),
            self._asks(question),
        ]
        return None if None in found else [text for text in found if text]

    def _one_of(self, texts: Sequence[str], question: Text, *, whole: bool) -> str | None:
        if not texts:
            return ""
        for text in texts:
            pattern = split_pattern(text)
            if fits(pattern if whole else ["*", *pattern, "*"], question.words):
                return f"it has the form {text!r}" if whole else f"{text!r} stands in it"
        return None

    def _asks(self, question: Text) -> str | None:
        if not self.asks_for:
            return ""
        kind = next((kind for kind in self.asks_for if _FORMS[kind](question.raw)), None)
        return None if kind is None else f"it asks for a {kind}"


_FORMS = {"list": asks_for_list, "number": asks_for_number}


@dataclass(frozen=True, slots=True)
class Text:
    """A question as rules read it: as it was written, its words in small letters, the things it names."""

    raw: str
    words: Sequence[str]
    names: Sequence[str]

    @classmethod
    def of(cls, question: str) -> Text:
        """Reads a question."""
        return cls(question, _WORD.findall(_plain(question)), named(question))


@functools.lru_cache(maxsize=4096)
def split_pattern(text: str) -> tuple[str, ...]:
    """The words of a pattern; ``*`` stands for any words, ``compar*`` for what begins so."""
    return tuple(_WILD.findall(_plain(text)))


def fits(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """True when the pattern covers all the words.

    No regular expression stands behind it: at worst each word of the pattern is held once against each of the question
    (greedily, going back to the last ``*`` only), so no pattern and no question can make it slow.
    """
    at = place = 0
    star, resume = -1, 0
    while at < len(words):
        if place < len(pattern) and pattern[place] == "*":
            star, resume = place, at
            place += 1
        elif place < len(pattern) and _is(pattern[place], words[at]):
            place, at = place + 1, at + 1
        elif star >= 0:
            resume += 1
            place, at = star + 1, resume
        else:
            return False
    return all(word == "*" for word in pattern[place:])


def named(question: str) -> list[str]:
    """The things that a question names: runs of words with a capital, "New York", "Self-RAG", and codes, "GPT-4".

    The first word of a sentence has its capital by rule: it counts where it has another one or a digit, or where it
    opens a run and is no function word ("New York is …").
    """
    found: list[list[str]] = []
    for sentence in re.split(r"[.!?:;]\s+", question):
        words = _WORD.findall(sentence)
        run: list[str] = []
        for place, word in enumerate(words):
            if _is_name(word, first=place == 0, followed=len(words) > place + 1 and _has_capital(words[place + 1])):
                run.append(word)
            else:
                found.append(run)
                run = []
        found.append(run)
    return [" ".join(run) for run in found if run]


def _is_name(word: str, *, first: bool, followed: bool) -> bool:
    telling = any(letter.isupper() for letter in word[1:]) or (word[0].isalpha() and any(map(str.isdigit, word)))
    if telling or not _has_capital(word):
        return telling
    if first:
        return followed and word.lower() not in FUNCTION_WORDS
    return word != "I"


def _has_capital(word: str) -> bool:
    return word[0].isupper()


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _between(count: int, low: int | None, high: int | None, noun: str) -> str | None:
    if (low is not None and count < low) or (high is not None and count > high):
        return None
    if low is None and high is None:
        return ""
    bounds = [f"at least {low}"] if low is not None else []
    bounds += [f"at most {high}"] if high is not None else []
    return f"it has {counted(count, noun)} ({' and '.join(bounds)})"
