"""Nodes in the words of a message."""

from __future__ import annotations

import pytest

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read_text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("five", "'five'"),
        ("'5'", "'5'"),
        ("5", "5"),
        ("0x10", "0x10"),
        ("2.50", "2.50"),
        ("true", "true"),
        ("", "nothing"),
        ("~", "nothing"),
        ("null", "null (nothing)"),
        ("''", "an empty text"),
        ("[]", "an empty list"),
        ("[1, 2]", "a list of 2"),
        ("{}", "an empty mapping"),
        ("{a: 1, b: 2}", "a mapping with 'a', 'b'"),
        ("{a: 1, b: 2, c: 3, d: 4, e: 5}", "a mapping with 'a', 'b', 'c' and 2 more"),
        ("${TEXT}", "${TEXT}, which holds text"),
        ("${NUMBER}", "${NUMBER}, which holds a whole number"),
        ("${REAL}", "${REAL}, which holds a number"),
        ("${FLAG}", "${FLAG}, which holds true or false"),
        ("${EMPTY}", "${EMPTY}, which holds nothing"),
        ("${NONE:-five}", "'five'"),
        ("x" * 100, "'" + "x" * 60 + "…'"),
    ],
)
def test_what_was_found(text: str, said: str) -> None:
    diagnostics = Diagnostics()
    env = {"TEXT": "secret", "NUMBER": "5", "REAL": "2.5", "FLAG": "true", "EMPTY": ""}
    root = read_text(f"a: {text}", "f", diagnostics, env)
    assert root is not None
    assert root.value["a"].describe() == said
