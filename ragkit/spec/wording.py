"""YAML syntax errors in words that a person can act on.

ruamel.yaml says where its scanner gave up and what it was doing; what the writer of the file did is often on an earlier
line. Each rule below recognises one such situation from the parser's complaint and the lines around it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from ruamel.yaml.error import YAMLError

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.lexical import ODD_BLANK, Places
from ragkit.spec.plan import Position
from ragkit.spec.trouble import Trouble, trouble_of

_TAB_INDENT = re.compile(r"( *\t[ \t]*)(?=\S)")
_KEY_LINE = re.compile(r"\s*(?:- +)*([^\s:#][^:#]*):(?: |$)")
_COLON_NO_BLANK = re.compile(r"\s*(?:- +)*([A-Za-z_][\w-]*):(?=[^\s:/])")
_ODD_INDENT = re.compile(f"[ \\t]*{ODD_BLANK.pattern}")
_BLOCK_HEADER = re.compile(r"[|>][+-]?[0-9]?[+-]?\s*$")
_LONG_ESCAPE = re.compile(r"\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True, slots=True)
class _Verdict:
    position: Position
    message: str
    length: int = 1
    code: str = "syntax"


_Rule = Callable[[Trouble], "_Verdict | None"]


def explain(error: YAMLError, places: Places, diagnostics: Diagnostics) -> None:
    """Adds a finding for a syntax error; for tabs in the indentation one for each such line."""
    trouble = trouble_of(error, places)
    verdicts = _tabs(trouble) or [_verdict(trouble)]
    if any(finding.code == verdicts[0].code == "odd-blank" for finding in diagnostics.errors):
        return  # The parser went on after the first of them, and this is what came of it.
    for verdict in verdicts:
        diagnostics.add(verdict.position, "", verdict.message, code=verdict.code, length=verdict.length)


def explain_escape(offset: int, places: Places, diagnostics: Diagnostics) -> None:
    """Adds a finding for an escape beyond Unicode, the first behind ``offset``."""
    for match in _LONG_ESCAPE.finditer(places.text, offset):
        if int(match.group(1), 16) > sys.maxunicode:
            message = f"{match.group()} names no character; the last is \\U0010FFFF"
            position = places.at(match.start())
            diagnostics.add(position, "", message, code="bad-escape", length=len(match.group()))
            return
    diagnostics.add(places.at(offset), "", "what follows here cannot be read as YAML", code="syntax")


def _verdict(trouble: Trouble) -> _Verdict:
    for rule in _RULES:
        verdict = rule(trouble)
        if verdict is not None:
            return verdict
    return _Verdict(trouble.position, f"this cannot be read as YAML: {trouble.problem}")


def _odd_blank(trouble: Trouble) -> _Verdict | None:
    """An indentation made of other blanks than U+0020, on the line or on the one above, which they made a key."""
    for number in (trouble.position.line, trouble.line_above()[0]):
        match = _ODD_INDENT.match(trouble.places.line(number))
        if match is not None:
            position = Position(trouble.places.file, number, match.end())
            character = f"U+{ord(match.group()[-1]):04X}"
            return _Verdict(
                position, f"{character} looks like a blank and is none; indent with blanks", code="odd-blank"
            )
    return None


def _tabs(trouble: Trouble) -> list[_Verdict]:
    """The lines that are indented with tabs, when the parser gave up at a tab or on such a line."""
    line = trouble.position.line
    if "'\\t'" not in trouble.problem and not _TAB_INDENT.match(trouble.line):
        return []
    found = []
    for number in range(line, trouble.places.count + 1):
        match = _TAB_INDENT.match(trouble.places.line(number))
        if match is not None:
            position = Position(trouble.places.file, number, match.group().index("\t") + 1)
            message = "a tab in the indentation; YAML indents with blanks only"
            found.append(_Verdict(position, message, match.group().count("\t"), "tab"))
    if not found:
        return [_Verdict(trouble.position, "a tab cannot stand here; use blanks", code="tab")]
    return found[:20]


def _braces(trouble: Trouble) -> _Verdict | None:
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
    return _Verdict(position, message, 2)


def _unclosed(trouble: Trouble) -> _Verdict | None:
    if trouble.context not in ("while parsing a flow sequence", "while parsing a flow mapping"):
        return None
    if trouble.context_offset is None:
        return None
    opener, closer = ("[", "]") if trouble.context.endswith("sequence") else ("{", "}")
    start = trouble.places.at(trouble.context_offset)
    found = trouble.problem.rpartition("got ")[2].strip("'\"<>")
    here = trouble.position
    if found == "stream end":
        return _Verdict(start, f"this {opener!r} is never closed; add {closer!r}")
    if here.line != start.line:
        cause = "which begins a new key" if found == ":" else f"where {_token(trouble)} cannot be part of it"
        message = f"this {opener!r} is not closed before line {here.line}, {cause}; add {closer!r}, or a comma"
        return _Verdict(start, message)
    message = f"expected ',' or {closer!r} before {_token(trouble)}"
    return _Verdict(here, message)


def _token(trouble: Trouble) -> str:
    rest = trouble.places.text[trouble.offset : trouble.offset + 30].split("\n", 1)[0].strip()
    return repr(rest.split(" ", 1)[0]) if rest else "the end of the line"


def _open_quote(trouble: Trouble) -> _Verdict | None:
    if "quoted scalar" not in trouble.context or trouble.context_offset is None:
        return None
    if "end of stream" in trouble.problem or "document separator" in trouble.problem:
        return _Verdict(trouble.places.at(trouble.context_offset), "this quote is never closed")
    if "escape" in trouble.problem:
        start = trouble.places.text.rindex("\\", 0, trouble.offset + 1)
        digits = trouble.places.text[start + 1] in "xuU"
        written = trouble.places.text[start : start + 2]
        wrong = f"{written} needs more hexadecimal digits" if digits else f"{written} is no escape in double quotes"
        message = f"{wrong}; write \\\\ for a backslash, or use single quotes"
        return _Verdict(trouble.places.at(start), message, 2, "bad-escape")
    return None


def _no_start(trouble: Trouble) -> _Verdict | None:
    """A character that cannot begin a plain value."""
    if "cannot start any token" not in trouble.problem:
        return None
    character = trouble.places.text[trouble.offset : trouble.offset + 1]
    if character in "|>":
        return _Verdict(trouble.position, f"block text ({character!r}) cannot stand inside {{ }} or [ ]; use quotes")
    return _Verdict(trouble.position, f"a value cannot begin with {character!r}; put it in quotes")


def _second_colon(trouble: Trouble) -> _Verdict | None:
    if "mapping values are not allowed" not in trouble.problem:
        return None
    inner = re.search(r":\s", trouble.before)
    if inner is not None:
        message = "a second ': ' on this line; put the value in quotes, or begin the inner mapping on the next line"
        return _Verdict(trouble.position, message)
    number, above = trouble.line_above()
    glued = _COLON_NO_BLANK.match(above)
    if glued is not None:
        position = Position(trouble.places.file, number, glued.end())
        return _Verdict(position, f"there must be a blank behind the ':' of {glued.group(1)!r}")
    key = _KEY_LINE.match(above)
    indent = len(trouble.line) - len(trouble.line.lstrip())
    if key is not None:
        position = Position(trouble.places.file, trouble.position.line, indent + 1)
        message = f"this line is indented under {key.group(1).strip()!r}, which has a value on its own line already"
        return _Verdict(position, message, max(1, len(trouble.before) - indent))
    if number:
        start = len(above) - len(above.lstrip())
        position = Position(trouble.places.file, number, start + 1)
        return _Verdict(position, "this line has no ':', expected 'key: value'", len(above.strip()))
    return None


def _no_colon(trouble: Trouble) -> _Verdict | None:
    if "could not find expected ':'" not in trouble.problem or trouble.context_offset is None:
        return None
    position = trouble.places.at(trouble.context_offset)
    line = trouble.places.line(position.line)
    glued = _COLON_NO_BLANK.match(line)
    if glued is not None:
        place = Position(trouble.places.file, position.line, glued.end())
        return _Verdict(place, f"there must be a blank behind the ':' of {glued.group(1)!r}")
    return _Verdict(position, "this line has no ':', expected 'key: value'", len(line[position.column - 1 :].rstrip()))


def _block_end(trouble: Trouble) -> _Verdict | None:
    if "expected <block end>" not in trouble.problem:
        return None
    position = trouble.position
    found = trouble.problem.rpartition("found ")[2].strip("'<>")
    if not trouble.before.strip(" -"):
        blank = _wide_blank_line(trouble)
        if blank is not None:
            return blank
        if found == "-":
            message = "a list entry ('- ') among the keys of a mapping; indent it under its key"
        elif found in ("?", "key") and "collection" in trouble.context:
            message = "a key among the entries of a list; begin the line with '- ', or end the list by its indentation"
        else:
            column = trouble.places.at(trouble.context_offset or 0).column
            message = (
                f"this line is indented by {position.column - 1}, which fits no open block; the lines of the one that "
                f"begins on line {trouble.places.at(trouble.context_offset or 0).line} are indented by {column - 1}"
            )
        return _Verdict(position, message, max(1, len(trouble.line.strip())))
    if found in ("]", "}", ","):
        return _Verdict(position, f"a {found!r} that nothing opens")
    ended = trouble.before.rstrip()[-1:]
    if ended in ("'", '"'):
        inner = "''" if ended == "'" else '\\"'
        message = f"text behind a closed quote; inside {ended}…{ended} write a quote as {inner}"
        return _Verdict(position, message, len(trouble.line[position.column - 1 :].rstrip()))
    return _Verdict(position, f"{_token(trouble)} cannot follow what stands before it on this line")


def _wide_blank_line(trouble: Trouble) -> _Verdict | None:
    """Block text takes its indentation from its first line, and that may be one of nothing but blanks."""
    indent = trouble.position.column - 1
    number = trouble.position.line - 1
    widest = 0
    while number and not trouble.places.line(number).strip():
        widest = number if len(trouble.places.line(number)) > indent else widest
        number -= 1
    if not widest or not _BLOCK_HEADER.search(trouble.places.line(number)):
        return None
    position = Position(trouble.places.file, widest, 1)
    message = f"this line of blanks is indented more than the text below it, on line {trouble.position.line}"
    return _Verdict(position, f"{message}; delete its blanks", len(trouble.places.line(widest)))


def _node_content(trouble: Trouble) -> _Verdict | None:
    if "expected the node content" not in trouble.problem:
        return None
    if trouble.offset >= len(trouble.places.text.rstrip()):
        return _Verdict(trouble.position, "expected a value, found the end of the file; is a '[' or '{' left open?")
    return _Verdict(trouble.position, f"expected a value, found {_token(trouble)}")


def _not_here(trouble: Trouble) -> _Verdict | None:
    if "sequence entries are not allowed" in trouble.problem:
        return _Verdict(trouble.position, "a list cannot begin on the line of its key; put '- ' on the next line")
    if "mapping keys are not allowed" in trouble.problem:
        return _Verdict(trouble.position, "'? ' begins a key and cannot stand here; put text in quotes")
    return None


def _anchor_name(trouble: Trouble) -> _Verdict | None:
    if trouble.context not in ("while scanning an alias", "while scanning an anchor") or trouble.context_offset is None:
        return None
    position = trouble.places.at(trouble.context_offset)
    character = trouble.places.text[trouble.context_offset]
    what = "repeats an anchor" if character == "*" else "names an anchor"
    return _Verdict(position, f"a value that begins with {character!r} {what}; put text in quotes")


def _block_header(trouble: Trouble) -> _Verdict | None:
    if "block scalar" not in trouble.context and "follow up line" not in trouble.problem:
        return None
    if "follow up line" in trouble.problem:
        return _Verdict(trouble.position, "the first lines of this block text are indented more than those that follow")
    return _Verdict(trouble.position, "after '|' or '>' only '+', '-', an indentation 1-9 or a comment may stand")


def _tag(trouble: Trouble) -> _Verdict | None:
    if "tag" not in trouble.context and "tag handle" not in trouble.problem:
        return None
    start = trouble.context_offset if trouble.context_offset is not None else trouble.offset
    written = re.match(r"\S*", trouble.places.text[start:])
    text = written.group() if written is not None else "!"
    message = f"the tag {text!r} is not allowed; a pipeline file holds plain values only, put text in quotes"
    return _Verdict(trouble.places.at(start), message, len(text), "tag")


def _document_start(trouble: Trouble) -> _Verdict | None:
    if "<document start>" not in trouble.problem:
        return None
    number, above = trouble.line_above()
    if above.strip() == "...":
        place = Position(trouble.places.file, number, 1)
        return _Verdict(place, "'...' ends the document, and more follows; delete this line", 3, "two-documents")
    return _Verdict(trouble.position, f"{_token(trouble)} stands behind the end of the document")


_RULES: tuple[_Rule, ...] = (
    _odd_blank, _tag, _braces, _anchor_name, _unclosed, _open_quote, _no_start, _second_colon, _no_colon, _block_end,
    _node_content, _not_here, _block_header, _document_start,
)  # fmt: skip
