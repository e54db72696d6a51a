"""What an LM put around its fields, or wrote in their place: thoughts, a fence, bold marks, a JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
_FENCED = re.compile(r"\A```\w*[ \t]*\n(.*?)\n?```\Z", re.DOTALL)
_MARK = re.compile(r"^[ \t]*(?:[*_`#>]+[ \t]*)?(\[\[ ## \w+ ## \]\])[*_`]*", re.MULTILINE)
_BEGINS_AS_JSON = re.compile(r"\A\s*(?:```\w*\s*)?(?:\[\s*)?\{\s*(?:\"|\}|\Z)")
_PLACES = 50
"""How many braces of a reply are tried as the beginning of the object."""


def bare(reply: str) -> str:
    """The reply without thoughts before it, without a fence around its fields, and with its marks as DSPy writes them.

    Thoughts (``<think>…</think>``) may name fields too; those of a reply that breaks off in them are all of it.
    """
    text = _THOUGHTS.sub("", reply, count=1)
    fenced = _FENCED.match(text.strip())
    if fenced is not None and _MARK.search(fenced[1]):
        text = fenced[1]
    return _MARK.sub(r"\1", text)


def json_objects(reply: str, names: Collection[str]) -> list[Mapping[str, Any]]:
    """The different JSON objects of a reply that have all these keys, wherever they stand.

    Line breaks inside of texts, which JSON does not allow, are read; nothing else is mended.
    """
    decoder = json.JSONDecoder(strict=False)
    found: list[Mapping[str, Any]] = []
    at = reply.find("{")
    for _ in range(_PLACES):
        if at < 0:
            break
        end = at + 1  # a failure, or another object: perhaps what is sought stands inside of it
        try:
            one, last = decoder.raw_decode(reply, at)
            if set(names) <= one.keys():
                found += [one] if one not in found else []
                end = last
        except (ValueError, RecursionError):
            pass
        at = reply.find("{", end)
    return found


def begins_as_json(reply: str) -> bool:
    """Whether the reply was meant to be a JSON object."""
    return _BEGINS_AS_JSON.match(reply) is not None


def breaks_off(reply: str) -> bool:
    """Whether a reply that was meant to be a JSON object has no end."""
    return not reply.rstrip("`\n\t ").endswith(("}", "]"))


def chat_text(fields: Mapping[str, Any]) -> str:
    """A JSON object in the chat format; a key without a value is left out."""
    return "\n\n".join(
        f"[[ ## {name} ## ]]\n{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
        if value is not None
    )
