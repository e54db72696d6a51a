"""Metadata filters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.filters import compile_filter, well_formed
from ragkit.errors import UsageError

KNOWN = ("year", "kind", "sources", "title", "open")
PAPER = {"year": 2024, "kind": "survey", "sources": ["000", "003"], "title": "On cutting", "open": True}


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({}, True),
        ({"year": 2024}, True),
        ({"year": 2023}, False),
        ({"year": "2024"}, False),
        ({"year": 2024, "kind": "benchmark"}, False),
        ({"kind": ["benchmark", "survey"]}, True),
        ({"kind": []}, False),
        ({"sources": "003"}, True),
        ({"sources": ["001", "003"]}, True),
        ({"sources": {"contains": "000"}}, True),
        ({"sources": {"contains": "0"}}, False),
        ({"title": {"contains": "cut"}}, True),
        ({"year": {"at_least": 2024, "at_most": 2024}}, True),
        ({"year": {"at_least": 2025}}, False),
        ({"year": {"at_most": 2023.5}}, False),
        ({"kind": {"at_least": "s", "at_most": "t"}}, True),
        ({"kind": {"at_least": 1}}, False),
        ({"open": {"at_least": 0}}, False),
        ({"open": 1}, False),
        ({"open": True}, True),
        ({"year": {"is": 2024}}, True),
        ({"year": {"not": 2024}}, False),
        ({"kind": {"not": ["benchmark", "theory"]}}, True),
        ({"kind": {"not": ["survey"]}}, False),
        ({"year": {"in": [2023, 2024]}}, True),
        ({"not": {"year": 2024}}, False),
        ({"any": [{"year": 2023}, {"kind": "survey"}]}, True),
        ({"any": []}, False),
        ({"all": []}, True),
        ({"all": [{"year": 2024}, {"not": {"kind": "survey"}}]}, False),
    ],
)
def test_a_filter_says_whether_it_holds(where: dict[str, Any], holds: bool) -> None:
    assert compile_filter(where, KNOWN)(PAPER) is holds


@pytest.mark.parametrize("test", [{"is": 1}, {"at_least": 0}, {"at_most": 9}, {"in": [1]}, {"contains": "1"}])
def test_metadata_without_the_key_fails_every_test_but_not(test: dict[str, Any]) -> None:
    assert not compile_filter({"year": test}, KNOWN)({})
    assert compile_filter({"year": {"not": 1}}, KNOWN)({})


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"yeer": 2024}, "'yeer', which no document of the corpus has; did you mean 'year'?"),
        ({"year": {"atleast": 3}}, "unknown test 'atleast' on 'year' in a filter; did you mean 'at_least'?"),
        ({"year": {"in": 3}}, "'in' on 'year' in a filter takes a list, not 3"),
        ({"year": {"at_least": True}}, "a bound on 'year' in a filter is a number or a text, not True"),
        ({"any": {"year": 3}}, "'any' in a filter takes a list of filters"),
        ({"not": [{"year": 3}]}, "a filter is a mapping of metadata names to values, not [{'year': 3}]"),
        ([], "a filter is a mapping"),
    ],
)
def test_a_wrong_filter_is_refused_before_it_runs(where: Any, says: str) -> None:
    with pytest.raises(UsageError) as error:
        compile_filter(where, KNOWN)
    assert says in str(error.value)


def test_the_names_that_exist_are_told() -> None:
    with pytest.raises(UsageError) as error:
        compile_filter({"x": 1}, ("b", "a"))
    assert error.value.hint == "the metadata of this corpus: a, b"


values = st.one_of(st.integers(-3, 3), st.booleans(), st.sampled_from("abc"), st.lists(st.sampled_from("abc")))
metadata = st.dictionaries(st.sampled_from(KNOWN), values)
filters = st.recursive(
    st.dictionaries(
        st.sampled_from(KNOWN),
        st.one_of(values, st.fixed_dictionaries({"not": values}), st.fixed_dictionaries({"at_least": st.integers()})),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
    ),
    max_leaves=5,
)


@given(filters, filters, metadata)
def test_groups_follow_the_laws_of_logic(first: dict[str, Any], second: dict[str, Any], data: dict[str, Any]) -> None:
    def holds(where: dict[str, Any]) -> bool:
        return compile_filter(where, KNOWN)(data)

    assert holds({"not": first}) is not holds(first)
    assert holds({"any": [first, second]}) is (holds(first) or holds(second))
    assert holds({"all": [first, second]}) is (holds(first) and holds(second))


def test_the_form_is_checked_without_a_corpus() -> None:
    good = {"any": [{"year": {"at_least": 2020}}, {"not": {"kind": ["survey"]}}]}
    assert well_formed(good) is good
    assert well_formed(None) is None
    with pytest.raises(ValueError, match=r"unknown test 'min' on 'year' in a filter.* \(the tests: is"):
        well_formed({"not": {"year": {"min": 2020}}})
