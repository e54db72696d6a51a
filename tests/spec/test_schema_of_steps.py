"""The JSON Schema of a step: one key after the other, and steps of each form."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read_text
from tests.spec.schema_checks import as_written, complaints

PLAIN = 'version: 1\ninputs: {found: "list[Passage]"}\nsteps:\n  best:\n    use: select.top\n    passages: found\n'


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("k: 5", True),
        ("k: ${K:-5}", True),
        ("k: five", False),
        ("k: 5.5", False),
        ("k: -1", False),
        ("k: {choice: [1, 2], default: 1}", True),
        ("k: {choice: [1, ${K}], default: ${K}}".replace("${K}", '"${K}"'), True),
        ("k: {choice: [1, 2]}", False),
        ("k: {choice: [], default: 1}", False),
        ("k: {choice: [1, 1], default: 1}", False),
        ("k: {choice: [1, x], default: 1}", False),
        ("k: {choice: [1, 2], default: 1, step: 1}", False),
        ("k: {range: [1, 9], default: 2}", True),
        ("k: {range: [1, 9], step: 2, default: 3}", True),
        ("k: {range: [1, 9, 3], default: 2}", False),
        ("k: {range: [1, 9], step: 0, default: 2}", False),
        ("k: {range: [-1, 9], default: 2}", False),
        ("k: {range: [1, x], default: 2}", False),
        ("share: {range: [0.5, 1], default: 1}", True),
        ("share: {range: [0.5, 1.5], default: 1}", False),
        ("k: {range: [1, 9], log: maybe, default: 2}", False),
        ("k: {range: [1, 9], choice: [1], default: 1}", False),
        ("k: {range: [1, 9]}", False),
        ("k: {from: other.size}", True),
        ("k: {from: other.size, default: 1}", False),
        ("k: {from: 5}", False),
        ("share: {from: other.size}", False),
        ("k: {default: 1}", False),
        ("k: {}", False),
        ("when: judge.good", True),
        ("when: true", False),
        ("when: {not: a, any: [b]}", False),
        ("when: {port: a}", False),
        ("when: {port: a, is: 1, at_most: 2}", False),
        ("when: {port: a, is: null}", False),
        ("when: {is: 1}", False),
        ("when: {port: a, is: text}", True),
        ("when: {port: a, at_most: text}", False),
        ("when: {port: a, at_most: '${K}'}", True),
        ("when: {any: []}", False),
        ("enabled: false", True),
        ("enabled: {choice: [true, false], default: true}", True),
        ("enabled: {choice: [true, false]}", False),
        ("enabled: 1", False),
        ("needs_lm: drop", True),
        ("needs_lm: dropp", False),
        ("lm:", True),
        ("lm: 5", False),
        ("corpus: a/b", False),
        ("corpus: ${CORPUS}", True),
    ],
)
def test_one_key_of_a_step(line: str, accepted: bool, for_tests: jsonschema.Draft202012Validator) -> None:
    diagnostics = Diagnostics()
    env = {"K": "1", "CORPUS": "notes"}
    node = read_text(f"{PLAIN}    {line}\noutput: best\n", "f", diagnostics, env)
    diagnostics.raise_if_any()
    assert node is not None
    assert (complaints(for_tests, as_written(node)) == []) is accepted


@pytest.mark.parametrize(
    ("step", "accepted"),
    [
        (
            {"one_of": {"a": {"use": "select.top"}, "b": {"use": "order.reverse"}}, "default": "a", "passages": "x"},
            True,
        ),
        ({"one_of": {"a": {"use": "select.top", "enabled": True}}, "default": "a"}, False),
        ({"one_of": {"a": {"one_of": {}, "default": "x"}}, "default": "a"}, False),
        ({"one_of": {"a": {"k": 5}}, "default": "a"}, False),
        ({"one_of": {"A": {"use": "select.top"}}, "default": "A"}, False),
        ({"one_of": {"a": {"use": "select.top"}}, "default": "a", "use": "select.top"}, False),
        ({"one_of": {"a": {"use": "select.top"}}, "default": "a", "needs_lm": "drop"}, False),
        ({"one_of": {"a": {"use": "select.top"}}, "default": "a", "pasages": "x"}, False),
        ({"one_of": {"a": {"use": "${USE}", "anything": 1}}, "default": "a"}, True),
        ({"one_of": {}, "default": "a"}, False),
        ({"use": "${USE}", "anything": 1}, True),
        ({"use": "make.passages", "enabled": False}, False),
        ({"use": "make.passages", "enabled": True}, True),
    ],
)
def test_steps(step: dict[str, Any], accepted: bool, for_tests: jsonschema.Draft202012Validator) -> None:
    file = {"version": 1, "output": "a", "steps": {"a": step}}
    assert (complaints(for_tests, file) == []) is accepted
