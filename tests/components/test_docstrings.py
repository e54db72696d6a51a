"""Each component's docstring says what it does and shows it: its YAML compiles, its Python runs."""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path

import pytest

from ragkit.component import FlowComponent
from ragkit.components.catalogue import Catalogue
from ragkit.spec.load import load_text
from tests.components.chunked_corpus import sentence_notes
from tests.components.fake_corpus import FakeScope, notes

CATALOGUE = Catalogue()
PIPELINES = Path(__file__).parents[2] / "pipelines"
"""Trained files that a snippet names lie beside the shipped pipelines."""
NAMES = [name for name in CATALOGUE.names() if not issubclass(CATALOGUE.get(name), FlowComponent)]


def snippet(use: str, language: str) -> str:
    """The indented block after ``YAML::`` or ``Python::`` in the docstring of a component."""
    lines = (inspect.getdoc(CATALOGUE.get(use)) or "").splitlines()
    assert lines.count(f"{language}::") == 1, f"{use}: the docstring needs exactly one '{language}::' block"
    rest = lines[lines.index(f"{language}::") + 1 :]
    block = []
    for line in rest:
        if line and not line.startswith(" "):
            break
        block.append(line)
    return textwrap.dedent("\n".join(block)).strip() + "\n"


@pytest.mark.parametrize("use", NAMES)
def test_the_python_snippet_runs(use):
    code = snippet(use, "Python")
    assert "assert " in code, "a snippet that asserts nothing shows nothing"
    reader = sentence_notes() if use.startswith("expand.") else notes()  # what climbs needs something above it
    exec(compile(code, f"<{use}>", "exec"), {"__name__": "__docs__", "scope": FakeScope(reader)})


@pytest.mark.parametrize("use", NAMES)
def test_the_yaml_snippet_compiles_and_uses_the_component(use):
    block = snippet(use, "YAML")
    lm = "" if block.startswith("lm") else "lm: openai/any\n"
    text = f"version: 1\nname: snippet\ncorpus: papers\n{lm}{block}"
    plan = load_text(text, f"{use}.yaml", base=PIPELINES, catalogue=CATALOGUE)
    assert use in {step.use for step in plan.root.steps}


@pytest.mark.parametrize("use", NAMES)
def test_the_docstring_says_what_it_costs_where_it_is_from_and_what_fails(use):
    text = inspect.getdoc(CATALOGUE.get(use)) or ""
    for word in ("Cost:", "Source:", "Errors:", "Use it"):
        assert word in text, f"{use}: the docstring has no {word!r}"
