"""Reading YAML: where each key, each value and each finding stands."""

from __future__ import annotations

import pytest

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read_text
from tests.spec.reading_text import tree


def test_every_key_and_value_has_its_place() -> None:
    root = tree("\n# comment\na:\n  bb: [x, {c: 1}]\n  ? dd\n  : |\n    text\n'e': *\n".replace("*", '"q"'))
    place = {"a": (3, 1), "e": (8, 1)}
    assert {key: (p.line, p.column) for key, p in root.keys.items()} == place
    inner = root.value["a"]
    assert (inner.position.line, inner.position.column) == (4, 3)
    assert (inner.keys["bb"].line, inner.keys["bb"].column) == (4, 3)
    items = inner.value["bb"]
    assert [(n.position.line, n.position.column) for n in items.value] == [(4, 8), (4, 11)]
    assert items.value[1].keys["c"].column == 12
    assert items.value[1].value["c"].position.column == 15
    assert (inner.keys["dd"].line, inner.keys["dd"].column) == (5, 5)
    assert (inner.value["dd"].position.line, inner.value["dd"].position.column) == (6, 5)
    assert root.value["e"].position.column == 6
    assert root.value["e"].quoted
    assert inner.value["dd"].quoted
    assert not items.value[0].quoted


def test_places_stand_behind_anchors() -> None:
    root = tree("a: &one 5\nb: &two\n  c: 1\nd: &three # why\n  [x]\ne: &four\nf: *two\n")
    assert root.value["a"].position.column == 9
    assert (root.value["b"].position.line, root.value["b"].position.column) == (3, 3)
    assert (root.value["d"].position.line, root.value["d"].position.column) == (5, 3)
    assert root.value["e"].value is None
    assert root.value["e"].position.line == 6
    assert root.value["f"] is root.value["b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_an_editor(end: str) -> None:
    root = tree(end.join(["a: 1", "", "b:", "  c: x", ""]))
    assert (root.value["b"].value["c"].position.line, root.value["b"].value["c"].position.column) == (4, 6)


def test_a_finding_names_its_place_in_the_document() -> None:
    diagnostics = Diagnostics()
    read_text("steps:\n  pool: {in: [a, '${NONE}']}\n", "f", diagnostics, {})
    assert diagnostics.errors[0].where == "steps.pool.in[1]"
