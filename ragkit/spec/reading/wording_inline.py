"""Syntax errors within a line, in words that a person can act on: rules for ``wording``."""

from __future__ import annotations

import re

from ragkit.spec.plan import Position
from ragkit.spec.reading.trouble import Rule, Trouble, Verdict


def _tag(trouble: Trouble) -> Verdict | None:
    if "tag" not in trouble.context and "tag handle" not in trouble.problem:
        return None
    start = trouble.context_offset if trouble.context_offset is not None else trouble.offset
    written = re.match(r"\S*", trouble.places.text[start:])
    text = written.group() if written is not None else "!"
    message = f"the tag {text!r} is not allowed; a pipeline file holds plain values only, put text in quotes"
    return Verdict(trouble.places.at(start), message, len(text), "tag")


def _braces(trouble: Trouble) -> Verdict | None:
    """``{k: ${NAME}}``: inside a flow collection the braces of a variable end the plain text."""
    if "flow" not in trouble.context and "flow" not in trouble.problem:
        return None
    dollar = trouble.before.rfind("${") if "${" in trouble.before else -1
    if dollar < 0 and trouble.before.endswith("$") and trouble.line[trouble.position.column - 1 :].startswith("{"):
        dollar = trouble.position.column - 2
    if dollar < 0:
        return None
    position = Position(trouble.places.file, trouble.position.line, dollar + 1)
    message = "inside { } and [ ] a '${…}' must stand in quotes, and is text then; a number needs a line of its own"
    return Verdict(position, message, 2)


def _anchor_name(trouble: Trouble) -> Verdict | None:
    if trouble.context not in ("while scanning an alias", "while scanning an anchor") or trouble.context_offset is None:
        return None
    position = trouble.places.at(trouble.context_offset)
    character = trouble.places.text[trouble.context_offset]
    what = "repeats an anchor" if character == "*" else "names an anchor"
    return Verdict(position, f"a value that begins with {character!r} {what}; put text in quotes")


def _unclosed(trouble: Trouble) -> Verdict | None:
    if trouble.context not in ("while parsing a flow sequence", "while parsing a flow mapping"):
        return None
    if trouble.context_offset is None:
        return None
    opener, closer = ("[", "]") if trouble.context.endswith("sequence") else ("{", "}")
    start = trouble.places.at(trouble.context_offset)
    found = trouble.problem.rpartition("got ")[2].strip("'\"<>")
    here = trouble.position
    if found == "stream end":
        return Verdict(start, f"this {opener!r} is never closed; add {closer!r}")
    if here.line != start.line:
        cause = "which begins a new key" if found == ":" else f"where {trouble.token} cannot be part of it"
        message = f"this {opener!r} is not closed before line {here.line}, {cause}; add {closer!r}, or a comma"
        return Verdict(start, message)
    message = f"expected ',' or {closer!r} before {trouble.token}"
    return Verdict(here, message)


def _open_quote(trouble: Trouble) -> Verdict | None:
    if "quoted scalar" not in trouble.context or trouble.context_offset is None:
        return None
    if "end of stream" in trouble.problem or "document separator" in trouble.problem:
        return Verdict(trouble.places.at(trouble.context_offset), "this quote is never closed")
    if "escape" in trouble.problem:
        start = trouble.places.text.rindex("\\", 0, trouble.offset + 1)
        written = trouble.places.text[start : start + 2]
        if len(written) < 2:
            return Verdict(trouble.places.at(trouble.context_offset), "this quote is never closed")
        digits = written[1] in "xuU"
        wrong = f"{written} needs more hexadecimal digits" if digits else f"{written} is no escape in double quotes"
        message = f"{wrong}; write \\\\ for a backslash, or use single quotes"
        return Verdict(trouble.places.at(start), message, 2, "bad-escape")
    return None


def _no_start(trouble: Trouble) -> Verdict | None:
    """A character that cannot begin a plain value."""
    if "cannot start any token" not in trouble.problem:
        return None
    character = trouble.places.text[trouble.offset : trouble.offset + 1]
    if character and character in "|>":
        return Verdict(trouble.position, f"block text ({character!r}) cannot stand inside {{ }} or [ ]; use quotes")
    return Verdict(trouble.position, f"a value cannot begin with {character!r}; put it in quotes")


def _node_content(trouble: Trouble) -> Verdict | None:
    if "expected the node content" not in trouble.problem:
        return None
    if trouble.offset >= len(trouble.places.text.rstrip()):
        return Verdict(trouble.position, "expected a value, found the end of the file; is a '[' or '{' left open?")
    return Verdict(trouble.position, f"expected a value, found {trouble.token}")


def _not_here(trouble: Trouble) -> Verdict | None:
    if "sequence entries are not allowed" in trouble.problem:
        return Verdict(trouble.position, "a list cannot begin on the line of its key; put '- ' on the next line")
    if "mapping keys are not allowed" in trouble.problem:
        return Verdict(trouble.position, "'? ' begins a key and cannot stand here; put text in quotes")
    return None


def _percent(trouble: Trouble) -> Verdict | None:
    if trouble.context != "while scanning a directive" or trouble.context_offset is None:
        return None
    return Verdict(trouble.places.at(trouble.context_offset), "a line cannot begin with '%'; put text in quotes")


def _document_start(trouble: Trouble) -> Verdict | None:
    if "<document start>" not in trouble.problem:
        return None
    number, above = trouble.line_above()
    if above.strip() == "...":
        place = Position(trouble.places.file, number, 1)
        return Verdict(place, "'...' ends the document, and more follows; delete this line", 3, "two-documents")
    return Verdict(trouble.position, f"{trouble.token} stands behind the end of the document")


INLINE_RULES: tuple[Rule, ...] = (
    _tag, _braces, _anchor_name, _unclosed, _open_quote, _no_start, _node_content, _not_here, _percent, _document_start,
)  # fmt: skip
