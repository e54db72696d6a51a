"""What CONTRIBUTING.md tells a newcomer to write is a component."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from ragkit.component import check_class, input_ports, output_ports
from ragkit.types import Passage, Passages


def test_the_example_component_works(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "contributed_per_document.py").write_text(block, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    component = importlib.import_module("contributed_per_document").PerDocument
    check_class(component)
    assert [port.name for port in input_ports(component)] == ["passages"]
    assert [port.name for port in output_ports(component)] == ["passages"]

    found = Passages([Passage(f"{doc}-{n}", doc, "", "") for n in range(3) for doc in "ab"], "cosine")
    result = component(component.Params(most=2)).run(found)
    assert [p.id for p in result.value] == ["a-0", "b-0", "a-1", "b-1"]
    assert result.value.ranked_by == "cosine"
    assert (result.decision.kept, result.decision.of) == (4, 6)


def test_the_commands_it_names_are_targets(repository: Path) -> None:
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`?\bmake ([a-z]+)\b(?=`| +#)", text))
    assert named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
