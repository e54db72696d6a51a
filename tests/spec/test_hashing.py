"""The hash of a plan: what changes it and what does not."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from tests.components_for_tests import CATALOGUE, TopK
from tests.spec.compiling import GOOD, plan_of

BASE = """
name: it
description: what it is
corpus: papers
lm: a/b
lms: {small: c/d}
budget: {lm_calls: 3}
x-note: anything
inputs: {limit: {type: int, default: 3}}
steps:
  found: {use: make.indexed, n: 5}
  size: {use: query.size, text: question}
  few: {use: select.top, passages: found, k: {from: limit}, when: {port: size, at_least: 3}}
  any: {use: flow.first, of: [few, found]}
  ask:
    use: flow.loop
    max_rounds: 3
    carry: {last: {value: ""}}
    steps:
      draft: {use: generate.write, passages: any}
      same: {use: judge.unchanged, before: carry.last, after: draft.text}
    next: {last: draft.text}
    until: same
    output: draft
output: ask
"""


def test_it_is_sixteen_hex_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", plan_of(BASE).hash)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: it", "name: other"),
        ("description: what it is", "# nothing"),
        ("x-note: anything", "x-note: [something, else]"),
        ("lms: {small: c/d}", "lms: {tiny: c/d}"),
        ("n: 5}", "n: 5, prefix: p}"),
        ("k: {from: limit}", "k: {from: limit}, share: 1.0"),
        ("of: [few, found]", "of: [few, found.passages]"),
        ("until: same", "until: same.unchanged"),
        ("lm: a/b", "lm: a/b # a comment"),
        ("n: 5}", "n: {choice: [5, 9], default: 5}}"),
    ],
)
def test_what_changes_nothing_keeps_it(old: str, new: str) -> None:
    assert old in BASE
    assert plan_of(BASE.replace(old, new)).hash == plan_of(BASE).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("corpus: papers", "corpus: notes"),
        ("lm: a/b", "lm: a/c"),
        ("budget: {lm_calls: 3}", "budget: {lm_calls: 4}"),
        ("budget: {lm_calls: 3}", "budget: {lm_calls: 3, seconds: 2}"),
        ("default: 3", "default: 4"),
        ("n: 5", "n: 6"),
        ("at_least: 3", "at_least: 4"),
        ("at_least: 3", "at_most: 3"),
        ("when: {port: size", "when: {port: size.half"),
        ("of: [few, found]", "of: [found, few]"),
        ("max_rounds: 3", "max_rounds: 4"),
        ('{value: ""}', "{value: x}"),
        ("until: same", "until: {not: same}"),
        ("passages: found, k", "passages: {value: []}, k"),
        ("k: {from: limit}", "k: {from: size}"),
        ("make.indexed, n: 5", "make.indexed, n: 5, corpus: notes"),
        ("output: ask", "output: {answer: ask, passages: any}"),
    ],
)
def test_what_changes_the_plan_changes_it(old: str, new: str) -> None:
    assert old in BASE
    assert plan_of(BASE.replace(old, new)).hash != plan_of(BASE).hash


def test_another_version_of_a_component_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan_of(BASE).hash
    monkeypatch.setattr(TopK, "version", 2)
    assert plan_of(BASE).hash != before


def shuffled(value: Any, source: random.Random) -> Any:
    """The same data with the keys of every mapping in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(inner, source)) for key, inner in value.items()]
        source.shuffle(items)
        return dict(items)
    return [shuffled(inner, source) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("file", sorted(GOOD.glob("*.yaml")), ids=lambda file: file.stem)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_keeps_it(file: Path, seed: int, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    for part in (GOOD / "parts").iterdir():
        (parts / part.name).write_bytes(part.read_bytes())
    document = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    writer = YAML()
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    with (tmp_path / file.name).open("w", encoding="utf-8") as out:
        writer.dump(shuffled(document, random.Random(seed)), out)
    before: Plan = load(file, catalogue=CATALOGUE, env={})
    after: Plan = load(tmp_path / file.name, catalogue=CATALOGUE, env={})
    assert after.hash == before.hash
    assert (after.calls, after.width) == (before.calls, before.width)
    assert len(after.critical_path) == len(before.critical_path)
