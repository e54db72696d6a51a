"""Variables in texts: the forms, what is wrong with others, and that nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.spec.reading.interpolate import escape, expand

ENV = {"A": "one", "B": "two", "EMPTY": "", "DOLLAR": "${A} $$ $B", "_x9": "under"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "one"),
        ("<${A}-${B}>", "<one-two>"),
        ("${_x9}", "under"),
        ("${EMPTY}", ""),
        ("${A:-other}", "one"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE:- a b }", " a b "),
        ("${NONE:-${B}}", "two"),
        ("${NONE:-<${NONE2:-${A}}>}", "<one>"),
        ("${NONE:-:-}", ":-"),
        ("${A:?is needed}", "one"),
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$one"),
        ("${NONE:-$$5}", "$5"),
        ("${NONE:-a}b}", "ab}"),
        ("costs $5 and $x, $", "costs $5 and $x, $"),
        ("{A} }{", "{A} }{"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    expansion = expand(text, ENV)
    assert expansion.problems == ()
    assert expansion.text == expected


def test_what_a_variable_holds_is_not_read_again() -> None:
    assert expand("${DOLLAR}", ENV).text == "${A} $$ $B"
    assert expand("${NONE:-${DOLLAR}}", ENV).text == "${A} $$ $B"


@pytest.mark.parametrize(
    ("text", "whole"),
    [("${A}", True), ("${NONE:-${A} x}", True), ("${A}${B}", False), (" ${A}", False), ("${A}}", False), ("$$", False)],
)
def test_a_text_that_is_one_variable_and_nothing_else(text: str, whole: bool) -> None:
    assert expand(text, ENV).whole is whole


def test_the_variables_that_were_read_are_named_with_what_they_hold() -> None:
    assert expand("${A} ${NONE:-${B}} ${A:-${B}} ${NONE:-x}", ENV).values == (("A", "one"), ("B", "two"), ("A", "one"))


@pytest.mark.parametrize(
    ("text", "code", "offset", "length", "said"),
    [
        ("x ${NONE}", "unset-variable", 2, 7, "'NONE' is not set"),
        ("${NONE:-${NONE2}}", "unset-variable", 8, 8, "'NONE2' is not set"),
        ("${NONE:?say which}", "unset-variable", 0, 18, "'NONE' is not set: say which"),
        ("${EMPTY:?}", "unset-variable", 0, 10, "'EMPTY' is not set"),
        ("a ${}", "bad-variable", 2, 3, "has no name"),
        ("${:-a}", "bad-variable", 0, 6, "has no name"),
        ("${1A}", "bad-variable", 0, 5, "does not begin with a name"),
        ("${ A}", "bad-variable", 0, 5, "does not begin with a name"),
        ("${A-b}", "bad-variable", 0, 6, "not a form that is known"),
        ("${A:+b}", "bad-variable", 0, 7, "not a form that is known"),
        ("${A b}", "bad-variable", 0, 6, "not a form that is known"),
        ("a ${A", "bad-variable", 2, 3, "never closed"),
        ("${", "bad-variable", 0, 2, "never closed"),
        ("${A:-${B}", "bad-variable", 0, 9, "never closed"),
        ("${A:-$$}", None, 0, 0, ""),
        ("$HOME/x", "bare-variable", 0, 5, "write '${HOME}'"),
    ],
)
def test_problems(text: str, code: str | None, offset: int, length: int, said: str) -> None:
    problems = expand(text, ENV).problems
    if code is None:
        assert problems == ()
        return
    assert [(p.code, p.offset, p.length) for p in problems] == [(code, offset, length)]
    assert said in problems[0].message


def test_a_default_that_is_not_needed_may_name_variables_that_are_not_set() -> None:
    assert expand("${A:-${NONE}}", ENV).problems == ()


def test_a_default_that_is_not_needed_is_still_checked_for_its_form() -> None:
    assert [p.code for p in expand("${A:-${B?}}", ENV).problems] == ["bad-variable"]


def test_every_problem_is_found() -> None:
    codes = [p.code for p in expand("${X} $FOO ${ } ${Y:?y} ${Z", ENV).problems]
    assert codes == ["unset-variable", "bare-variable", "bad-variable", "unset-variable", "bad-variable"]


def test_the_nearest_name_is_among_those_that_are_set() -> None:
    (problem,) = expand("${EMPTI}", ENV).problems
    assert problem.nearest_to == ("EMPTI", tuple(ENV))


def test_defaults_may_nest_but_not_without_end() -> None:
    deep = "${N:-" * 9 + "x" + "}" * 9
    assert [p.code for p in expand(deep, ENV).problems] == ["bad-variable"]
    assert expand("${N:-" * 8 + "x" + "}" * 8, ENV).text == "x"
    assert expand("${" * 20_000, ENV).problems


texts = st.text(alphabet=st.sampled_from("${}:-?AB x\n\\'\""), max_size=60)


@given(texts)
def test_an_escaped_text_reads_back(text: str) -> None:
    expansion = expand(escape(text), {})
    assert expansion.text == text
    assert expansion.problems == ()


@given(texts, texts)
def test_a_value_is_put_in_as_it_is(before: str, held: str) -> None:
    assert expand(f"{escape(before)}${{V}}!", {"V": held}).text == f"{before}{held}!"


@given(texts)
def test_any_text_gives_a_text_or_problems_within_it(text: str) -> None:
    expansion = expand(text, ENV)
    for problem in expansion.problems:
        assert 0 <= problem.offset < len(text)
        assert 0 < problem.length <= len(text) - problem.offset
        assert text[problem.offset] == "$"
