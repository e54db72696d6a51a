from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.synth.verbs import bases, form_of, is_finite, is_plural_noun_too, past, third_person


@pytest.mark.parametrize(
    ("base", "third", "gone"),
    [
        ("propose", "proposes", "proposed"),
        ("reach", "reaches", "reached"),
        ("identify", "identifies", "identified"),
        ("employ", "employs", "employed"),
        ("plan", "plans", "planned"),
        ("find", "finds", "found"),
        ("have", "has", "had"),
        ("do", "does", "did"),
        ("control", "controls", "controlled"),
    ],
)
def test_forms(base: str, third: str, gone: str) -> None:
    assert third_person(base) == third
    assert past(base) == gone
    assert (form_of(third).base, form_of(third).tense) == (base, "present")
    assert (form_of(gone).base, form_of(gone).tense) == (base, "past")


def test_what_stands_after_we() -> None:
    assert third_person("are") == "is"
    assert third_person("were") == "was"
    assert third_person("can") == "can"
    assert third_person("found") == "found"
    assert third_person("harbour") is None


def test_nouns_are_told() -> None:
    assert is_plural_noun_too("results")
    assert is_plural_noun_too("models")
    assert not is_plural_noun_too("introduces")
    assert not is_finite("harbours")


@given(st.sampled_from(sorted(bases())))
def test_every_form_leads_back_to_its_base(base: str) -> None:
    """Two bases may share a past (``found`` is of ``find``), never a third person."""
    third = third_person(base)
    assert third is not None
    found = form_of(third)
    assert found is not None
    assert found.base == base
    assert form_of(past(base)) is not None
