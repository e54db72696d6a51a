"""Log-probabilities of the tokens of one field, out of those of a whole reply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ragkit.types import Token

_HEAD = re.compile(r"\[\[ ## (\w+) ## \]\]")


def tokens_of(field: str, reply: Sequence[Mapping[str, Any]]) -> tuple[Token, ...]:
    """The tokens of a field's text, without the marks and the white space around it.

    A token that lies across an end counts as inside when it holds a character of the text. A reply without marks is the
    text itself.

    Args:
        field: The name of an output field.
        reply: The tokens of the raw reply in order, as traces keep them: ``{"token", "logprob", "top"}``.
    """
    # Looked for in what the tokens spell: a server that splits a character among tokens spells it otherwise than the
    # reply, and offsets into the reply would be wrong from there on.
    spelled = "".join(str(one["token"]) for one in reply)
    start, end = _place(field, spelled)
    found = []
    at = 0
    for one in reply:
        size = len(one["token"])
        if at < end and at + size > start and spelled[max(at, start) : min(at + size, end)].strip():
            top = tuple((str(token), float(value)) for token, value in one["top"])
            found.append(Token(one["token"], float(one["logprob"]), top))
        at += size
    return tuple(found)


def _place(field: str, text: str) -> tuple[int, int]:
    heads = list(_HEAD.finditer(text))
    for number, head in enumerate(heads):
        if head[1] == field:
            return head.end(), heads[number + 1].start() if number + 1 < len(heads) else len(text)
    return (0, len(text)) if not heads else (0, 0)
