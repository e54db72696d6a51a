"""Text, Mermaid and DOT: well-formed, complete, and nothing in a name is taken for the language."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ragkit.spec.graph import render
from ragkit.spec.graph.drawing import Drawing, drawing

from .samples import NAMES, described, hostile, nodes

ALL = [pytest.param(described, name, id=name) for name in NAMES] + [pytest.param(lambda _: hostile(), "", id="hostile")]


@pytest.mark.parametrize("name", NAMES)
def test_the_text_has_a_line_for_each_step(name: str) -> None:
    description = described(name)
    lines = render(description, "text").splitlines()
    for node in nodes(description["graph"]):
        wanted = re.compile(rf"├─ {node['name']} +{re.escape(node['use'])}( |$)")
        assert any(map(wanted.search, lines)), node["path"]
    inner = sum(len(node["graphs"]) for node in nodes(description["graph"]))
    assert sum("└─ output" in line for line in lines) == 1 + inner


def test_the_text_of_a_loop() -> None:
    from ragkit.spec.describe import describe

    from ..test_describe import LOOP, plan_of

    drawn = """\
loop: two words
├─ found      t.make  n=2  ← question
├─ ask        flow.loop  at most 4 rounds, until pooled.count at least 9  ← last: '', seen: []
│  ├─ joined  t.say  ← carry.last
│  ├─ pooled  t.pool  ← [carry.seen, found]
│  ├─ hits    t.make  n ← pooled.count  ← question, query: joined
│  ├─ ↻ last  ← joined
│  ├─ ↻ seen  ← hits
│  └─ output  ← hits
├─ best       t.keep  when (ask.rounds at least 2 or not ask.stopped is 'until')  ← ask
├─ final      flow.first  ← [best, ask]
└─ output     ← final"""
    assert render(describe(plan_of(LOOP))) == drawn


def edges_of(made: Drawing) -> set[tuple[str, str]]:
    return {(arrow.source, arrow.target) for arrow in made.arrows}


@pytest.mark.parametrize("name", NAMES)
def test_the_drawing_has_every_step_and_every_edge(name: str) -> None:
    description = described(name)
    made = drawing(description)
    boxes = {box.id for box in made.boxes}
    assert len(boxes) == len(made.boxes)
    found = list(nodes(description["graph"]))
    assert {node["path"] for node in found} <= boxes
    assert all(arrow.source in boxes and arrow.target in boxes for arrow in made.arrows)
    exits = {node["path"] for node in found if node["graphs"]}
    reached = edges_of(made)
    for graph in [description["graph"], *(inner for node in found for inner in node["graphs"])]:
        for edge in graph["edges"]:
            if "@" not in edge["from"]:
                source = f"{edge['from']}!" if edge["from"] in exits else edge["from"]
                assert (source, edge["to"]) in reached
    forward = {(a.source, a.target) for a in made.arrows if a.style != "back"}
    left = set(boxes)
    while left:  # an order exists: no cycle but those that are drawn as such
        free = {box for box in left if not any(s in left and t == box for s, t in forward)}
        assert free
        left -= free


MERMAID_LINE = re.compile(
    r"""flowchart\ TD
    | (\ {4})+ (?P<node>n\d+) (\[|\(\[|\{\{|\() "[^"<>]*(<b>|</b>|<br/>|[^"<>])*" (\]|\]\)|\}\}|\))
    | (\ {4})+ subgraph\ g\d+\["[^"]*"\] | (\ {4})+ end
    | \ {4}(?P<source>n\d+)\ (-->|-\.->)(\|"[^"]*"\|)?\ (?P<target>n\d+)""",
    re.VERBOSE,
)


@pytest.mark.parametrize(("make", "name"), ALL)
def test_mermaid_is_well_formed(make: Any, name: str) -> None:
    description = make(name)
    lines = render(description, "mermaid").splitlines()
    matches = [MERMAID_LINE.fullmatch(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    depth = 0
    for line in lines:
        depth += line.strip().startswith("subgraph") - (line.strip() == "end")
        assert depth >= 0
    assert depth == 0
    declared = [match["node"] for match in matches if match and match["node"]]
    made = drawing(description)
    assert sorted(declared) == sorted(f"n{number}" for number in range(len(made.boxes)))
    drawn = [(match["source"], match["target"]) for match in matches if match and match["source"]]
    assert len(drawn) == len(made.arrows)
    assert {end for pair in drawn for end in pair} <= set(declared)


def read_dot(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The nodes and edges of a DOT text, by a reader of DOT's grammar that knows as much of it as is written here."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|->|[{}\[\]=]|[^\s{}\[\]="]+', text)
    position = 0
    names: list[str] = []
    edges: list[tuple[str, str]] = []

    def attributes(at: int) -> int:
        if at < len(tokens) and tokens[at] == "[":
            at += 1
            while tokens[at] != "]":
                assert tokens[at + 1] == "=", tokens[at : at + 4]
                at += 3
            at += 1
        return at

    def statements(at: int) -> int:
        while tokens[at] != "}":
            if tokens[at] == "subgraph":
                assert tokens[at + 2] == "{"
                at = statements(at + 3)
            elif tokens[at + 1] == "->":
                edges.append((tokens[at], tokens[at + 2]))
                at = attributes(at + 3)
            elif tokens[at + 1] == "=":
                at += 3
            else:
                if tokens[at] not in ("graph", "node", "edge"):
                    names.append(tokens[at])
                at = attributes(at + 1)
        return at + 1

    assert tokens[0] == "digraph"
    assert tokens[2] == "{"
    position = statements(3)
    assert position == len(tokens)
    return names, edges


@pytest.mark.parametrize(("make", "name"), ALL)
def test_dot_is_well_formed(make: Any, name: str) -> None:
    description = make(name)
    names, edges = read_dot(render(description, "dot"))
    made = drawing(description)
    assert len(names) == len(set(names)) == len(made.boxes)
    assert len(edges) == len(made.arrows)
    assert {end for edge in edges for end in edge} <= set(names)


def test_hostile_words_are_words() -> None:
    mermaid = render(hostile(), "mermaid")
    assert "<script" not in mermaid
    assert "#60;script#62;" in mermaid
    dot = render(hostile(), "dot")
    assert '\\"x\\"' in dot
    assert "\x07" not in dot + mermaid + render(hostile(), "text")
    assert render(hostile(), "json")
