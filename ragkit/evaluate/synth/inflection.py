"""Whether a text says a phrase, or only has words of the same stems: "adaptability", "adaptive" and "adapter" have one.

The keyword index finds words by their stems, which is right for a search. A question for the documents that *mention* a
phrase means the phrase: its words may be inflected ("models", "tuned"), but must not be other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"))
_SHORTEST = 2


def says(text: str, phrase: str) -> bool:
    """True where the words of a phrase stand in a text one after the other, each the same but for its inflection.

    Hyphens, spaces and capitals make no difference: "CIFAR-100" says "CIFAR100".
    """
    wanted = [frozenset(_bases(word)) for word in _words(phrase)]
    if not wanted:
        return False
    words = _words(text)
    if "".join(_words(phrase)) in "".join(words):
        return True
    found = [frozenset(_bases(word)) for word in words]
    return any(
        all(one & other for one, other in zip(wanted, found[start:], strict=False))
        for start in range(len(found) - len(wanted) + 1)
    )


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _bases(word: str) -> Iterator[str]:
    """What a word may be without its ending: "tuned" may be of "tun" and "tune", "planning" of "plann" and "plan"."""
    yield word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            base = word.removesuffix(ending) + instead
            yield base
            if not instead and len(base) > _SHORTEST and base[-1] == base[-2]:
                yield base[:-1]
