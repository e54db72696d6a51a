"""Names in running text, found by how they are written: capitals, digits, quotation marks.

No dictionary and no model: "Eleanor of Aquitaine", "Self-RAG", "442nd Infantry Regiment", "A Chorus Line". Made for
languages that write names with capitals and little else (German writes every noun so).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragkit.components.cues import FUNCTION_WORDS

_TOKEN = re.compile(
    r"(?:[^\W_]\.){2,}|[^\W\d_]\.(?=\s+\w)|(?:Dr|Jr|Mr|Mrs|Ms|Prof|Sr|St)\.|[^\W_]+(?:[.'’&/+-][^\W_]+)*|[^\s\w]"
)
_INSIDE = frozenset("of the de la le du des van von der den di da del y & for".split())  # noqa: SIM905
"""What may stand between two words of one name."""
_MOST_INSIDE = 2
_POSSESSIVE = re.compile(r"['’](?:s|S)?$")
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,60})[\"”]")
_ENDS = frozenset(".!?:;()[]")


def proper_names(text: str) -> list[str]:
    """The names in a text, in the order in which they begin, each once; a quoted one also when it has no capital.

    A name is a run of words that begin with a capital or a digit, one of them with a capital, with little words between
    them ("Battle of the Somme"). A single word at the start of a sentence is a name only when it has a second capital
    or a digit, or stands elsewhere in the text inside a sentence.
    """
    tokens = list(_TOKEN.finditer(text))
    sure = {token.group() for at, token in enumerate(tokens) if _capital(token) and not _opens(tokens, at)}
    found = [(match.start(1), match[1].strip(" ,.;:!?")) for match in _QUOTED.finditer(text)]
    for first, last in _runs(tokens):
        opening = _opens(tokens, first)
        while opening and first <= last and tokens[first].group().lower() in FUNCTION_WORDS:
            first += 1
        if first == last and opening and not _marked(tokens[first].group()) and tokens[first].group() not in sure:
            continue
        if any(_capital(token) for token in tokens[first : last + 1]):
            name = text[tokens[first].start() : tokens[last].end()]
            found.append((tokens[first].start(), _POSSESSIVE.sub("", name)))
    return list(dict.fromkeys(name for _, name in sorted(found) if len(name) > 1))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without possessive endings: what two mentions of it have in common."""
    words = (_POSSESSIVE.sub("", word.lower()).rstrip(".") for word in _TOKEN.findall(name) if word[0].isalnum())
    return tuple(word for word in words if word)


def _runs(tokens: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """The first and the last token of each run of capitalised words and numbers."""
    at = 0
    while at < len(tokens):
        if not _strong(tokens[at]):
            at += 1
            continue
        first = last = at
        at += 1
        while at < len(tokens) and at - last <= _MOST_INSIDE + 1:
            if _strong(tokens[at]):
                last = at
            elif tokens[at].group() not in _INSIDE:
                break
            at += 1
        yield first, last
        at = last + 1


def _strong(token: re.Match[str]) -> bool:
    return _capital(token) or token.group()[0].isdigit()


def _capital(token: re.Match[str]) -> bool:
    return token.group()[0].isupper()


def _opens(tokens: list[re.Match[str]], at: int) -> bool:
    """True at the start of a sentence, where a capital says nothing."""
    return at == 0 or tokens[at - 1].group()[-1] in _ENDS


def _marked(word: str) -> bool:
    return any(letter.isupper() or letter.isdigit() for letter in word[1:])
