"""Steps that wait for each other."""

from __future__ import annotations

import pytest

from tests.spec.compiling import codes_of, findings_of


def chain(names: str, more: str = "") -> str:
    """Steps of which each reads the next one and the last one the first."""
    following = f"{names[1:]}{names[0]}"
    pairs = zip(names, following, strict=True)
    steps = "".join(f"  {one}: {{use: order.reverse, passages: {two}}}\n" for one, two in pairs)
    return f"steps:\n{steps}{more}output: {names[0]}"


@pytest.mark.parametrize("names", ["a", "ab", "abc", "abcdefgh"])
def test_a_cycle_is_printed_as_a_loop(names: str) -> None:
    (finding,) = findings_of(chain(names))
    assert finding.code == "cycle"
    assert " -> ".join((*names, names[0])) in finding.message
    for one, two in zip(names, f"{names[1:]}{names[0]}", strict=True):
        assert f"{one} reads {two} at " in finding.message


def test_of_cycles_that_share_steps_a_shortest_one_is_told() -> None:
    text = """
        steps:
          a: {use: fuse.all, passages: [b, c]}
          b: {use: order.reverse, passages: d}
          d: {use: order.reverse, passages: a}
          c: {use: order.reverse, passages: a}
        output: a
        """
    (finding,) = findings_of(text)
    assert "a -> c -> a" in finding.message


def test_cycles_apart_are_told_apart() -> None:
    more = "  x: {use: order.reverse, passages: y}\n  y: {use: order.reverse, passages: x}\n"
    text = chain("ab", more).replace("output: a", "  all: {use: fuse.all, passages: [a, x]}\noutput: all")
    assert codes_of(text) == ["cycle", "cycle"]


def test_a_cycle_only_one_choice_makes_is_found_under_the_others() -> None:
    text = """
        steps:
          found: {use: make.passages}
          a:
            one_of: {plain: {use: order.reverse, passages: found}, odd: {use: order.reverse, passages: b}}
            default: plain
          b: {use: order.reverse, passages: a}
        output: b
        """
    (finding,) = findings_of(text)
    assert "a -> b -> a" in finding.message


def test_a_cycle_through_a_condition_and_a_bound_parameter() -> None:
    text = """
        steps:
          found: {use: make.passages}
          few: {use: select.top, passages: found, k: {from: size}}
          size: {use: query.size, text: words, when: enough.good}
          words: {use: query.talk}
          enough: {use: judge.enough, passages: few}
        output: few
        """
    (finding,) = [finding for finding in findings_of(text) if finding.code == "cycle"]
    assert "few -> size -> enough -> few" in finding.message


def test_a_loop_that_carries_a_value_round_is_no_cycle() -> None:
    text = """
        steps:
          ask:
            use: flow.loop
            max_rounds: 3
            carry: {seen: {value: []}}
            steps:
              hits: {use: make.passages}
              all: {use: fuse.all, passages: [carry.seen, hits]}
            next: {seen: all}
            output: all
        output: ask
        """
    assert codes_of(text) == []
