"""The forms of components: every parameter of every component has a widget that can show its default."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import UsageError
from ui.fields import Field, field_of, value_of
from ui.vocabulary import vocabulary

CATALOGUE = Catalogue()


def field(use: str, name: str) -> Field:
    return field_of(CATALOGUE.get(use).Params.model_fields[name])


def test_kinds() -> None:
    assert field("select.top_k", "k").kind in ("whole", "yaml")
    assert (field("select.adaptive_k", "buffer").kind, field("select.adaptive_k", "buffer").low) == ("whole", 0)
    assert field("select.adaptive_k", "max_tokens").optional
    assert field("select.adaptive_k", "tail").kind == "number"
    assert field("select.adaptive_k", "score").kind == "text"
    assert field("retrieve.hybrid", "fusion").options == ("convex", "rrf")
    assert field("retrieve.hybrid", "k").kind == "yaml"
    assert field("generate.answer", "abstain").kind == "bool"


def test_values_that_a_widget_cannot_show_are_written_as_yaml() -> None:
    whole = Field("whole", (), 1, 10)
    assert [whole.takes(value) for value in (1, 10, 0, 11, 2.5, True, "3", None)] == [True, True] + [False] * 6
    assert Field("number", optional=True).takes(None)
    assert not Field("text").takes("two\nlines")
    assert Field("choice", ("a", None)).takes("a")


@pytest.mark.parametrize("use", CATALOGUE.names())
def test_every_default_has_a_widget(use: str) -> None:
    for name, parameter in CATALOGUE.get(use).Params.model_fields.items():
        found = field_of(parameter)
        if not parameter.is_required():
            default = parameter.get_default(call_default_factory=True)
            assert found.takes(default) or json.dumps(default) is not None, name


@pytest.mark.parametrize(
    ("text", "value"), [("all", "all"), ("3", 3), ("[1, 2]", [1, 2]), ("{a: {b: 1}}", {"a": {"b": 1}}), ("", None)]
)
def test_values_are_read_like_in_a_file(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize("text", ["[1", "a: b: c", "1\nother: 2", "!!python/object:x {}"])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a value in YAML"):
        value_of(text)


def test_the_vocabulary_has_every_component_with_its_keys_and_ports() -> None:
    words = vocabulary(CATALOGUE, ["papers"])
    assert list(words["components"]) == list(CATALOGUE.names())
    cut = words["components"]["select.adaptive_k"]
    assert cut["ports"] == {"passages": "list[Passage]"}
    assert cut["keys"]["passages"]["kind"] == "reference"
    assert cut["keys"]["buffer"] == {
        "kind": "parameter", "doc": "how many to keep beyond the gap", "type": "integer", "default": 5,
    }  # fmt: skip
    assert words["components"]["retrieve.hybrid"]["keys"]["fusion"]["values"] == ["convex", "rrf"]
    assert words["components"]["flow.loop"]["ports"]["rounds"] == "int"
    assert words["top"]["output"]["kind"] == "reference"
    assert words["corpora"] == ["papers"]
    assert len(json.dumps(words)) < 400_000


def test_every_flow_component_has_its_ports_in_the_vocabulary() -> None:
    words = vocabulary(CATALOGUE, [])
    told = {use: each["ports"] for use, each in words["components"].items() if use.startswith("flow.")}
    for use, ports in told.items():
        source = (Path(__file__).parents[2] / "ragkit" / "components" / "flow" / f"{use[5:]}.py").read_text()
        named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"Ports?: [^\n]*(?:\n[^\n]+)*?\.", source))))
        assert named <= set(ports) | {"until", "while", "max_rounds", "max_failures", "budget"}, use
        assert "output" in ports
