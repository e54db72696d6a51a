"""YAML syntax errors in words that a person can act on.

ruamel.yaml says where its scanner gave up and what it was doing; what the writer of the file did is often on an earlier
line. Each rule recognises one such situation from the parser's complaint and the lines around it.
"""

from __future__ import annotations

import re
import sys

from ruamel.yaml.error import YAMLError

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.lexical import Places
from ragkit.spec.reading.trouble import Trouble, Verdict, trouble_of
from ragkit.spec.reading.wording_block import BLOCK_RULES, ODD_BLANK_RULE, tabs
from ragkit.spec.reading.wording_inline import INLINE_RULES

_LONG_ESCAPE = re.compile(r"\\U([0-9A-Fa-f]{8})")


def explain(error: YAMLError, places: Places, diagnostics: Diagnostics) -> None:
    """Adds a finding for a syntax error; for tabs in the indentation one for each such line."""
    trouble = trouble_of(error, places)
    verdicts = tabs(trouble) or [_verdict(trouble)]
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


def _verdict(trouble: Trouble) -> Verdict:
    for rule in (ODD_BLANK_RULE, *INLINE_RULES, *BLOCK_RULES):
        verdict = rule(trouble)
        if verdict is not None:
            return verdict
    return Verdict(trouble.position, f"this cannot be read as YAML: {trouble.problem}")
