"""Names that steps, inputs, carried values and branches may have."""

from __future__ import annotations

import pytest

from ragkit.spec.written.names import OF_MODULE, OWN
from tests.spec.compiling import codes_of, plan_of, steps_of


@pytest.mark.slow
def test_the_list_of_taken_names_holds_every_public_attribute_of_a_dspy_module() -> None:
    import dspy

    public = {name for name in (*dir(dspy.Module), *vars(dspy.Module())) if not name.startswith("_")}
    assert public <= OF_MODULE, "DSPy has new attributes: add them to ragkit.spec.written.names"


@pytest.mark.parametrize("name", sorted(OWN | OF_MODULE))
def test_a_taken_name_is_refused_for_a_step(name: str) -> None:
    text = f"steps: {{{name}: {{use: make.passages}}, found: {{use: make.passages}}}}\noutput: found"
    assert codes_of(text) == ["name"]


@pytest.mark.parametrize("name", ["A", "aB", "a-b", "1a", "_a", "a b", "ä", "a.b", ""])
def test_a_name_of_other_characters_is_refused(name: str) -> None:
    text = f"steps: {{{name!r}: {{use: make.passages}}, found: {{use: make.passages}}}}\noutput: found"
    assert codes_of(text) == ["name"]


@pytest.mark.parametrize("name", ["a", "a1", "a_b", "a_", "class", "lambda", "none_of", "x" * 80])
def test_other_names_are_fine(name: str) -> None:
    assert name in steps_of(plan_of(f"steps: {{{name}: {{use: make.passages}}}}\noutput: {name}"))


@pytest.mark.parametrize("label", ["A", "1", "multi-hop", "no_answer", "a1"])
def test_labels_may_be_more_than_names(label: str) -> None:
    branch = "{steps: {found: {use: make.passages}}, output: found}"
    plan = plan_of(
        f"""
        steps:
          kind: {{use: route.any}}
          choose: {{use: flow.route, label: kind, branches: {{"{label}": {branch}}}}}
        output: choose
        """
    )
    assert f"choose.{label}.found" in steps_of(plan)


@pytest.mark.parametrize("label", ["a b", "a.b", "-a", "", "save", "forward"])
def test_but_not_everything(label: str) -> None:
    branch = "{steps: {found: {use: make.passages}}, output: found}"
    text = f"steps: {{c: {{use: flow.route, label: question, branches: {{'{label}': {branch}}}}}}}\noutput: c"
    assert codes_of(text) == ["name"]


def test_sister_scopes_may_use_the_same_names() -> None:
    branch = "{steps: {found: {use: make.passages}, few: {use: select.top, passages: found}}, output: few}"
    plan_of(f"steps: {{c: {{use: flow.route, label: question, branches: {{a: {branch}, b: {branch}}}}}}}\noutput: c")
