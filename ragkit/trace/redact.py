"""Traces without content: numbers, ids, labels and decisions stay, texts become ``__REDACTED__``.

The placeholder is the one of OpenInference's own switches. Texts that a run worked on are replaced where they stand.
Sentences that components wrote about a run (reasons, warnings, error messages) stay, for they are what makes such a
trace worth keeping; but any of the run's texts that one repeats, and anything of several words in quotation marks, is
replaced there too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

from ragkit.trace.codec import Encoder
from ragkit.trace.contents import CONTENT_FIELDS, Content, content_fields, make_content
from ragkit.trace.values import TAG, ValueEncoder
from ragkit.types import Passage

REDACTED = "__REDACTED__"
KEPT_FIELDS = frozenset({"kind", "label", "passage_id", "doc_id", "role", "reason", "warnings"})
KEPT_CONTENT = frozenset({"id", "doc_id", "parent", "previous", "next", "parts"})
KEPT_KEYS = frozenset(
    {"id", "doc_id", "passage_id", "step", "use", "kind", "label", "route", "code", "place", "trace_id", "name", "hash"}
)
KEPT_TAGS = frozenset({"int", "float", "numpy", "Label"})
SENTENCES = frozenset({"reason", "message", "hint", "warnings", "stopped"})
_QUOTES = (('"', '"'), ("`", "`"), ("\u201c", "\u201d"), ("\u2018", "\u2019"), ("\u00ab", "\u00bb"))
_QUOTED = re.compile(
    "|".join([*(rf"{left}[^{right}]*\s[^{right}]*{right}" for left, right in _QUOTES), r"(?<!\w)'[^']*\s[^']*'(?!\w)"])
)
"""Anything of two words or more in quotation marks; an apostrophe inside a word opens none."""


class _Redacting(ValueEncoder):
    """Writes no text.

    ``hidden`` collects what was left out, so that sentences can be cleaned of it; ``labels``, which routers chose from
    the names in the file, are no texts.
    """

    def __init__(self, hidden: set[str], labels: Collection[str], **options: Any) -> None:
        super().__init__(**options)
        self.hidden = hidden
        self.labels = frozenset(labels)

    def _str(self, value: str) -> Any:
        if value in self.labels:
            return value
        self.hidden.add(value)
        return REDACTED

    def _record(self, value: Any) -> Any:
        kept = ValueEncoder(strict=self.strict)
        return self._tagged(
            type(value).__name__,
            {
                name: (kept if name in KEPT_FIELDS else self).value(getattr(value, name))
                for name in type(value).__dataclass_fields__
            },
        )


class RedactingEncoder(_Redacting, Encoder):
    """An encoder of a document without texts; ``hidden`` are those that it left out."""

    def __init__(self, sink: MutableMapping[str, bytes] | None = None, labels: Collection[str] = ()) -> None:
        super().__init__(set(), labels, sink=sink, strict=False)
        self.contents = lambda passages: list(map(self._content, passages))

    def _content(self, passage: Passage) -> Content:
        """The content of a passage: ids and numbers. It is never kept: each run must hear what it hides."""
        kept = content_fields(passage, ValueEncoder(strict=False))
        hidden = content_fields(passage, _Redacting(self.hidden, (), strict=False))
        return make_content({name: (kept if name in KEPT_CONTENT else hidden)[name] for name in CONTENT_FIELDS})


def scrub(sentence: str, hidden: Collection[str]) -> str:
    """A sentence without the texts that it repeats, and without quotations of several words."""
    for text in sorted((t.strip() for t in hidden), key=len, reverse=True):
        if len(text) > 2 and text != REDACTED and text.casefold() in sentence.casefold():
            sentence = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", REDACTED, sentence, flags=re.IGNORECASE)
    return _QUOTED.sub(REDACTED, sentence)


def redact_json(data: Any, hidden: Collection[str], key: str = "") -> Any:
    """A result document or an error without its texts: what is not known to be an id or a sentence is a text."""
    if isinstance(data, Mapping):
        if TAG in data:
            return data if data[TAG] in KEPT_TAGS else REDACTED
        kept = {"pipeline", "conditions", "scores", "usage"}
        return {name: value if name in kept else redact_json(value, hidden, name) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [redact_json(item, hidden, key) for item in data]
    if not isinstance(data, str) or key in KEPT_KEYS:
        return data
    return scrub(data, hidden) if key in SENTENCES else REDACTED


def scrub_json(data: Any, hidden: Collection[str]) -> Any:
    """Parameters and the like: kept, but for the texts of the run that were bound into them."""
    if isinstance(data, Mapping):
        return {name: scrub_json(value, hidden) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [scrub_json(item, hidden) for item in data]
    return REDACTED if isinstance(data, str) and len(data) > 2 and data in hidden else data


def redact_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request to an LM without its texts: model, roles, counts, times and kinds of failures stay."""
    return {
        name: [
            {key: REDACTED if key in ("content", "message") else value for key, value in one.items()} for one in value
        ]
        if name in ("messages", "failures")
        else REDACTED
        if name in ("reply", "thoughts", "logprobs")
        else value
        for name, value in request.items()
    }
