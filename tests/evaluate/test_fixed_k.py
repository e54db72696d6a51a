"""Selectors against fixed k: the arithmetic against a plain reference, and what it must give in known cases."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ragkit.evaluate.fixed_k import GRID, MEASURES, baselines_of, fixed_cuts, fixed_k_curve, question_gains
from ragkit.evaluate.questions import Question
from ragkit.trace.model import Span, Trace
from ragkit.types import Decision, Parts, Passage, Passages
from tests.evaluate.components import make

Listed = Sequence[tuple[str, int | None]]
"""Documents and the tokens of their passages, best first."""


def row(listed: Listed, kept: int, gold: Sequence[str]) -> dict[str, Any]:
    """A row of one question whose selector kept the first ``kept`` of a list."""
    passages = Passages(Passage(f"{doc}#{n}", doc, "", "", {}, tokens) for n, (doc, tokens) in enumerate(listed))
    span = Span(0, None, "cut", "select.head", "CHAIN", "", 0)
    span.inputs, span.outputs = {"passages": passages}, {"passages": passages[:kept]}
    span.decision = Decision("select", "because", kept=kept, of=len(listed))
    trace = Trace("t", "?", {}, 0, spans=[span])
    question = Question("q", "?", (), dict.fromkeys(gold, 1.0))
    return {"baselines": fixed_cuts(question, trace, {})}


def measures(listed: Listed, k: int, gold: Sequence[str]) -> Mapping[str, float]:
    """Straight from the definitions."""
    head = {doc for doc, _ in listed[:k]}
    found = len(head & set(gold))
    return {
        "recall": found / len(gold),
        "all_gold": float(found == len(gold)),
        "f1": 2 * found / (len(head) + len(gold)),
        "tokens": float(sum(tokens or 0 for _, tokens in listed[:k])),
    }


DOCS = ["a", "b", "c", "d", "e"]
listings = st.lists(st.tuples(st.sampled_from(DOCS), st.integers(1, 30)), min_size=1, max_size=12)
questions = st.lists(
    st.tuples(listings, st.floats(0, 1), st.lists(st.sampled_from(DOCS), min_size=1, max_size=3, unique=True)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=50, deadline=None)
@given(questions)
def test_the_curve_is_the_mean_of_the_cuts(asked: list[tuple[Listed, float, list[str]]]) -> None:
    rows = [row(listed, round(share * len(listed)), gold) for listed, share, gold in asked]
    curve = fixed_k_curve(rows, "cut")
    assert [point["k"] for point in curve] == list(range(len(curve)))
    assert len(curve) == max(len(listed) for listed, _, _ in asked) + 1
    for point in curve:
        for name in (*MEASURES, "tokens"):
            expected = np.mean([measures(listed, int(point["k"] or 0), gold)[name] for listed, _, gold in asked])
            assert point[name] == pytest.approx(expected), (name, point["k"])


@settings(max_examples=50, deadline=None)
@given(questions)
def test_the_gain_is_selector_minus_the_interpolated_cut_of_equal_tokens(
    asked: list[tuple[Listed, float, list[str]]],
) -> None:
    kept = [round(share * len(listed)) for listed, share, _ in asked]
    rows = [row(listed, count, gold) for (listed, _, gold), count in zip(asked, kept, strict=True)]
    found = baselines_of(rows, resamples=20)["cut"]
    own = [measures(listed, count, gold) for (listed, _, gold), count in zip(asked, kept, strict=True)]
    spent = np.mean([each["tokens"] for each in own])
    assert found["n"] == len(rows)
    assert found["selector"]["tokens"] == pytest.approx(spent)
    assert found["equal_tokens"]["tokens"] == pytest.approx(spent), "the same mean tokens, exactly"
    k = found["equal_tokens"]["k"]
    low, part = int(k), k - int(k)
    for name in MEASURES:
        cut = [
            (1 - part) * measures(listed, low, gold)[name] + part * measures(listed, low + 1, gold)[name]
            for listed, _, gold in asked
        ]
        assert found["equal_tokens"][name] == pytest.approx(np.mean(cut))
        gain = np.mean([each[name] for each in own]) - np.mean(cut)
        assert found["equal_tokens"]["gain"][name]["mean"] == pytest.approx(gain, abs=1e-9)
        assert question_gains(rows)["cut"][name] == pytest.approx(
            [each[name] - value for each, value in zip(own, cut, strict=True)], abs=1e-9
        )


@settings(max_examples=50, deadline=None)
@given(questions)
def test_the_whole_k(asked: list[tuple[Listed, float, list[str]]]) -> None:
    rows = [row(listed, round(share * len(listed)), gold) for listed, share, gold in asked]
    found = baselines_of(rows, resamples=20)["cut"]
    best, equal = found["best_k"], found["equal_tokens"]
    curve = fixed_k_curve(rows, "cut")
    affordable = [point for point in curve if (point["tokens"] or 0) <= found["selector"]["tokens"] + 1e-9]
    assert best["recall"] == pytest.approx(max(point["recall"] or 0.0 for point in affordable))
    assert best["k"] == int(best["k"]) and best["k"] <= equal["k"] + 1e-9
    assert found["best_f1"]["f1"] == pytest.approx(max(point["f1"] or 0.0 for point in curve))


@settings(max_examples=50, deadline=None)
@given(st.lists(listings, min_size=2, max_size=5), st.integers(0, 12))
def test_a_selector_that_is_a_fixed_k_gains_nothing(lists: list[Listed], k: int) -> None:
    assume(all(len(listed) >= k for listed in lists))
    rows = [row(listed, k, ["a"]) for listed in lists]
    found = baselines_of(rows, resamples=50)["cut"]["equal_tokens"]
    assert found["k"] == pytest.approx(k)
    for name in MEASURES:
        gain = found["gain"][name]
        assert [gain["mean"], gain["low"], gain["high"]] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_selector_that_knows_gains() -> None:
    """Half of the questions have their gold first, half at rank 9; one k for all must pay for both."""
    easy = [("a", 10), *[("x", 10)] * 9]
    hard = [*[("x", 10)] * 8, ("a", 10), ("x", 10)]
    rows = [row(easy, 1, ["a"]) if number % 2 else row(hard, 9, ["a"]) for number in range(40)]
    found = baselines_of(rows)["cut"]
    assert found["equal_tokens"]["k"] == 5.0
    assert found["equal_tokens"]["recall"] == 0.5
    gain = found["equal_tokens"]["gain"]["recall"]
    assert gain["mean"] == 0.5 and 0.2 < gain["low"] < 0.5 < gain["high"] < 0.8
    assert found["selector"] == {
        "recall": 1.0,
        "all_gold": 1.0,
        "f1": pytest.approx(5 / 6),
        "tokens": 50.0,
        "passages": 5.0,
    }


@pytest.mark.slow
def test_the_interval_of_equal_tokens_lets_every_resample_choose_its_k() -> None:
    rng = np.random.default_rng(4)
    rows = []
    for _ in range(60):
        listed = [
            (doc, int(size))
            for doc, size in zip(rng.permutation(DOCS).tolist() * 2, rng.integers(5, 40, 10), strict=True)
        ]
        rows.append(row(listed, int(rng.integers(1, 10)), ["a", "b"]))
    found = baselines_of(rows, resamples=3000)["cut"]["equal_tokens"]["gain"]["recall"]
    drawn = []
    for _ in range(300):
        chosen = [rows[index] for index in rng.integers(0, 60, 60)]
        drawn.append(baselines_of(chosen, resamples=1)["cut"]["equal_tokens"]["gain"]["recall"]["mean"])
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.02)


def test_tokens_that_are_not_known_leave_only_what_needs_none() -> None:
    found = baselines_of([row([("a", 3), ("b", None)], 1, ["a"])])["cut"]
    assert found["equal_tokens"] is found["best_k"] is None
    assert found["selector"]["tokens"] is None
    assert found["best_f1"]["k"] == 1.0 and found["best_f1"]["tokens"] is None
    assert question_gains([row([("b", None)], 1, ["a"])]) == {}


def test_questions_that_do_not_count() -> None:
    assert row([("a", 1)], 1, []) == {"baselines": {}}
    rows = [{"baselines": {}}, row([("x", 1), ("a", 1)], 2, ["a"]), {"baselines": {}}]
    assert baselines_of(rows)["cut"]["n"] == 1
    assert question_gains(rows)["cut"]["recall"] == [None, 0.0, None]
    assert baselines_of([{"baselines": {}}]) == {}


def test_empty_lists() -> None:
    found = baselines_of([row([], 0, ["a"])])["cut"]
    assert found["equal_tokens"]["k"] == 0.0 and found["selector"]["recall"] == 0.0


def test_long_lists_are_kept_on_a_grid() -> None:
    assert GRID[:201] == list(range(201))
    assert all(left < right <= left * 1.02 + 1 for left, right in itertools.pairwise(GRID[200:]))
    long = [("x", 1)] * 5000 + [("a", 1)]
    stored = row(long, 5001, ["a"])["baselines"]["cut"]
    assert len(stored["tokens"]) < 400
    assert stored["tokens"][-1] == 5001 and stored["documents"][-1] == 2 and stored["found_at"] == [5001]
    rows = [row(long, 700, ["a"]), row(long[:100], 100, ["a"])]
    curve = fixed_k_curve(rows, "cut")
    at = next(index for index, k in enumerate(GRID) if k >= 300)
    assert curve[at]["tokens"] == (GRID[at] + 100) / 2
    assert curve[-1]["recall"] == 0.5


def test_merged_passages_count_for_the_documents_of_their_parts() -> None:
    merged = Passage("m", "a", "", "", {}, 5, parts=("a#0", "b#0"))
    span = Span(0, None, "cut", "select.head", "CHAIN", "", 0)
    span.inputs, span.outputs = {"passages": Passages([merged])}, {"passages": Passages([merged])}
    span.decision = Decision("select", "because")
    trace = Trace("t", "?", {}, 0, spans=[span])
    cut = fixed_cuts(Question("q", "?", (), {"a": 1.0, "b": 1.0}), trace, {"a#0": "a", "b#0": "b"})["cut"]
    assert cut["found_at"] == [1, 1] and cut["kept"]["gold"] == 2 and cut["documents"] == [0, 2]


def test_in_a_real_run_each_selector_has_its_own_input_and_maps_are_cut_element_by_element() -> None:
    steps = """
  words: {use: query.words}
  each:
    use: flow.map
    over: words
    max_items: 9
    steps:
      hits: {use: retrieve.find, found: [x, a, y]}
      some: {use: retrieve.find, found: [b, z]}
      both: {use: fuse.mix, passages: [hits, some]}
      kept: {use: select.head, passages: both, k: 2}
    output: kept
  pool: {use: fuse.mix, passages: each}
  last: {use: select.head, passages: pool, k: 1}
output: last
"""
    result = make(steps).run("two words")
    cuts = fixed_cuts(Question("q", "?", (), {"a": 1.0, "b": 1.0}), result.trace, {})
    assert set(cuts) == {"each.kept", "last"}
    assert cuts["each.kept"]["kept"] == {"passages": 4, "tokens": 40, "documents": 2, "gold": 1}
    assert cuts["each.kept"]["tokens"] == [0, 20, 40, 60, 80, 100]
    assert cuts["each.kept"]["found_at"] == [2, 4]
    assert cuts["last"]["kept"]["gold"] == 0 and cuts["last"]["tokens"] == [0, 10, 20]


def test_a_step_with_several_lists_is_no_selector() -> None:
    span = Span(0, None, "cut", "select.head", "CHAIN", "", 0)
    span.inputs = {"passages": Parts([Passages()])}
    span.outputs = {"passages": Passages()}
    span.decision = Decision("select", "because")
    assert fixed_cuts(Question("q", "?", (), {"a": 1.0}), Trace("t", "?", {}, 0, spans=[span]), {}) == {}
