"""A plan's description says all that the plan says, as plain data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.spec.describe import describe
from ragkit.spec.load import load_text
from ragkit.spec.plan import Graph, LoopFlow, MapFlow, PipelineFlow, Plan, RouteFlow
from tests.engine.parts import CATALOGUE

from .graph.samples import NAMES, described, graphs, nodes


def plan_of(text: str) -> Plan:
    return load_text(text, "p.yaml", base=Path.cwd(), catalogue=CATALOGUE, env={})


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_is_described_with_references_that_lead_somewhere(name: str) -> None:
    data = json.loads(json.dumps(described(name), allow_nan=False))
    assert data == described(name)
    found = list(nodes(data["graph"]))
    paths = [node["path"] for node in found]
    assert len(set(paths)) == len(paths)
    ports = {(node["path"], port["name"]) for node in found for port in node["outputs"]}
    inputs = {f"{graph['path']}@{entry['name']}" for graph in graphs(data["graph"]) for entry in graph["inputs"]}
    for graph in graphs(data["graph"]):
        own = {node["path"] for node in graph["nodes"]}
        for edge in graph["edges"]:
            assert edge["to"] in own
            assert edge["from"] in inputs or (edge["from"], edge["port"]) in ports
        for source in graph["output"].values():
            assert source["from"] in inputs or (source["from"], source["port"]) in ports


def steps(graph: Graph) -> list[str]:
    found = []
    for step in graph.steps:
        found.append(step.path)
        inner: list[Graph] = []
        if isinstance(step.flow, RouteFlow):
            inner = [branch.graph for branch in step.flow.branches.values() if branch.dropped is None]
        elif isinstance(step.flow, (MapFlow, LoopFlow)):
            inner = [step.flow.body]
        elif isinstance(step.flow, PipelineFlow):
            inner = [step.flow.graph]
        for each in inner:
            found += steps(each)
    return found


LOOP = """
version: 1
name: loop
description: two words
steps:
  found: {use: t.make, n: 2}
  ask:
    use: flow.loop
    max_rounds: 4
    carry: {last: {value: ""}, seen: {value: []}}
    steps:
      joined: {use: t.say, text: carry.last}
      hits: {use: t.make, query: joined, n: {from: pooled.count}}
      pooled: {use: t.pool, passages: [carry.seen, found]}
    next: {last: joined, seen: hits}
    until: {port: pooled.count, at_least: 9}
    output: hits
  best:
    use: t.keep
    passages: ask
    when: {any: [{port: ask.rounds, at_least: 2}, {not: {port: ask.stopped, is: until}}]}
  final: {use: flow.first, of: [best, ask]}
output: final
"""


def test_a_loop_with_everything() -> None:
    plan = plan_of(LOOP)
    data = describe(plan)
    by_path = {node["path"]: node for node in nodes(data["graph"])}
    assert list(by_path) == steps(plan.root)
    ask = by_path["ask"]
    assert ask["inputs"] == {"last": {"value": ""}, "seen": {"value": []}}
    assert ask["flow"]["max_rounds"] == 4
    assert ask["flow"]["until"] == "pooled.count at least 9"
    assert ask["flow"]["tests"]["until"] == [{"from": "ask.pooled", "port": "count", "text": "pooled.count"}]
    assert ask["flow"]["next"]["seen"]["from"] == "ask.hits"
    assert by_path["ask.joined"]["inputs"]["text"] == {"from": "ask@last", "port": "last", "text": "carry.last"}
    assert by_path["ask.hits"]["bound"] == {"n": {"from": "ask.pooled", "port": "count", "text": "pooled.count"}}
    assert [source["from"] for source in by_path["ask.pooled"]["inputs"]["passages"]] == ["ask@seen", "found"]
    assert by_path["best"]["when"] == "(ask.rounds at least 2 or not ask.stopped is 'until')"
    assert by_path["found"]["given"] == ["n"]
    assert by_path["found"]["params"] == {"n": 2, "prefix": "p"}
    (body,) = ask["graphs"]
    kinds = {(edge["from"], edge["to"]): edge["kind"] for edge in body["edges"] + data["graph"]["edges"]}
    assert kinds["ask.pooled", "ask.hits"] == "parameter"
    assert kinds["ask", "final"] == "data"
    whens = [edge for edge in data["graph"]["edges"] if edge["kind"] == "condition"]
    assert [(edge["from"], edge["port"]) for edge in whens] == [("ask", "rounds"), ("ask", "stopped")]


def test_the_order_of_the_file_is_that_of_the_nodes_only_where_references_allow() -> None:
    found = [node["path"] for node in nodes(describe(plan_of(LOOP))["graph"])]
    assert found.index("ask.pooled") < found.index("ask.hits")
