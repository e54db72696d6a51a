"""Syntax errors in lines and their indentation, in words that a person can act on: rules for ``wording``."""

from __future__ import annotations

import re

from ragkit.spec.plan import Position
from ragkit.spec.reading.lexical import ODD_BLANK
from ragkit.spec.reading.trouble import Rule, Trouble, Verdict

_TAB_INDENT = re.compile(r"( *\t[ \t]*)(?=\S)")
_KEY_LINE = re.compile(r"\s*(?:- +)*([^\s:#][^:#]*):(?: |$)")
_COLON_NO_BLANK = re.compile(r"\s*(?:- +)*([A-Za-z_][\w-]*):(?=[^\s:/])")
_ODD_INDENT = re.compile(f"[ \\t]*{ODD_BLANK.pattern}")
_BLOCK_HEADER = re.compile(r"[|>][+-]?[0-9]?[+-]?\s*$")


def tabs(trouble: Trouble) -> list[Verdict]:
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
            found.append(Verdict(position, message, match.group().count("\t"), "tab"))
    if not found:
        return [Verdict(trouble.position, "a tab cannot stand here; use blanks", code="tab")]
    return found[:20]


def _odd_blank(trouble: Trouble) -> Verdict | None:
    """An indentation made of other blanks than U+0020, on the line or on the one above, which they made a key."""
    for number in (trouble.position.line, trouble.line_above()[0]):
        match = _ODD_INDENT.match(trouble.places.line(number))
        if match is not None:
            position = Position(trouble.places.file, number, match.end())
            character = f"U+{ord(match.group()[-1]):04X}"
            return Verdict(
                position, f"{character} looks like a blank and is none; indent with blanks", code="odd-blank"
            )
    return None


def _second_colon(trouble: Trouble) -> Verdict | None:
    if "mapping values are not allowed" not in trouble.problem:
        return None
    inner = re.search(r":\s", trouble.before)
    if inner is not None:
        message = "a second ': ' on this line; put the value in quotes, or begin the inner mapping on the next line"
        return Verdict(trouble.position, message)
    number, above = trouble.line_above()
    glued = _COLON_NO_BLANK.match(above)
    if glued is not None:
        position = Position(trouble.places.file, number, glued.end())
        return Verdict(position, f"there must be a blank behind the ':' of {glued.group(1)!r}")
    key = _KEY_LINE.match(above)
    indent = len(trouble.line) - len(trouble.line.lstrip())
    if key is not None:
        position = Position(trouble.places.file, trouble.position.line, indent + 1)
        message = f"this line is indented under {key.group(1).strip()!r}, which has a value on its own line already"
        return Verdict(position, message, max(1, len(trouble.before) - indent))
    if number:
        start = len(above) - len(above.lstrip())
        position = Position(trouble.places.file, number, start + 1)
        return Verdict(position, "this line has no ':', expected 'key: value'", len(above.strip()))
    return None


def _no_colon(trouble: Trouble) -> Verdict | None:
    if "could not find expected ':'" not in trouble.problem or trouble.context_offset is None:
        return None
    position = trouble.places.at(trouble.context_offset)
    line = trouble.places.line(position.line)
    glued = _COLON_NO_BLANK.match(line)
    if glued is not None:
        place = Position(trouble.places.file, position.line, glued.end())
        return Verdict(place, f"there must be a blank behind the ':' of {glued.group(1)!r}")
    return Verdict(position, "this line has no ':', expected 'key: value'", len(line[position.column - 1 :].rstrip()))


def _block_end(trouble: Trouble) -> Verdict | None:
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
        return Verdict(position, message, max(1, len(trouble.line.strip())))
    if found in ("]", "}", ","):
        return Verdict(position, f"a {found!r} that nothing opens")
    ended = trouble.before.rstrip()[-1:]
    if ended in ("'", '"'):
        inner = "''" if ended == "'" else '\\"'
        message = f"text behind a closed quote; inside {ended}…{ended} write a quote as {inner}"
        return Verdict(position, message, len(trouble.line[position.column - 1 :].rstrip()))
    return Verdict(position, f"{trouble.token} cannot follow what stands before it on this line")


def _wide_blank_line(trouble: Trouble) -> Verdict | None:
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
    return Verdict(position, f"{message}; delete its blanks", len(trouble.places.line(widest)))


def _block_header(trouble: Trouble) -> Verdict | None:
    if "block scalar" not in trouble.context and "follow up line" not in trouble.problem:
        return None
    if "follow up line" in trouble.problem:
        return Verdict(trouble.position, "the first lines of this block text are indented more than those that follow")
    return Verdict(trouble.position, "after '|' or '>' only '+', '-', an indentation 1-9 or a comment may stand")


BLOCK_RULES: tuple[Rule, ...] = (_second_colon, _no_colon, _block_end, _block_header)
ODD_BLANK_RULE: Rule = _odd_blank
