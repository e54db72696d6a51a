"""What is said before anything is spent, and the limits that cannot be kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import UsageError
from ragkit.optimize.announcement import check_limits, estimate
from ragkit.optimize.limits import Limits, Spent
from ragkit.optimize.stages import proposes
from ragkit.spec.load import load_text
from ragkit.spec.plan import Model, Plan

STEPS = "steps: {answer: {use: generate.direct%s}}\noutput: answer\n"


def plan(folder: Path, top: str, more: str = "") -> Plan:
    text = f"version: 1\n{top}\n{STEPS % more}"
    return load_text(text, "it", base=folder, catalogue=Catalogue(), env={})


PRICED = "lms: {it: {model: openai/gpt-4o-mini, max_tokens: 100}}\nlm: it"


def test_limits_that_can_be_kept_are_taken(tmp_path: Path) -> None:
    check_limits(plan(tmp_path, "lm: openai/any"), Limits(calls=3, minutes=1))
    check_limits(plan(tmp_path, PRICED), Limits(tokens=1000, cost=1.0))
    check_limits(plan(tmp_path, "lm: openai/gpt-4o-mini", ", max_tokens: 9"), Limits(cost=1.0))


@pytest.mark.parametrize("limits", [Limits(tokens=1000), Limits(cost=1.0)])
def test_replies_without_an_end_cannot_be_held_against_tokens(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(UsageError, match="nothing says how long a reply of the LM 'openai/gpt-4o-mini' may be"):
        check_limits(plan(tmp_path, "lm: openai/gpt-4o-mini"), limits)
    with pytest.raises(UsageError, match="'openai/other' may be \\(proposals\\)"):
        check_limits(plan(tmp_path, PRICED), limits, {"proposals": Model("openai/other")})


@pytest.mark.parametrize(
    ("optimizer", "strategy", "asks"),
    [("auto", None, True), ("gepa", None, True), ("bootstrap-rs", None, False),
     ("better-together", "bootstrap -> bootstrap-rs", False), ("better-together", "bootstrap -> copro", True)],
)  # fmt: skip
def test_proposals_are_bounded_too_where_an_optimiser_asks_for_them(
    optimizer: str, strategy: str | None, asks: bool, tmp_path: Path
) -> None:
    asked = SimpleNamespace(optimizer=optimizer, strategy=strategy, prompt_lm=None)
    found = plan(tmp_path, "lm: openai/gpt-4o-mini", ", max_tokens: 9")
    writes = proposes(found, asked)  # type: ignore[arg-type]
    assert (None if writes is None else writes.model) == ("openai/gpt-4o-mini" if asks else None)
    if writes is not None:
        with pytest.raises(UsageError, match=r"the LM 'openai/gpt-4o-mini' may be \(proposals\)"):
            check_limits(found, Limits(tokens=1000), {"proposals": writes})
    asked.prompt_lm = "nobody"
    with pytest.raises(UsageError, match="no LM is called 'nobody'"):
        proposes(found, asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ("lms: {it: {model: openai/no-such-model, max_tokens: 9}}\nlm: it", "'openai/no-such-model' is not known"),
        (
            "lms: {it: {model: openai/gpt-4o-mini, api_base: 'http://127.0.0.1:9/v1', max_tokens: 9}}\nlm: it",
            "'openai/gpt-4o-mini' at http://127.0.0.1:9/v1 is not known",
        ),
        (
            "lms: {it: {model: openai/gpt-4o-mini, max_tokens: 9, fallback: other}, "
            "other: {model: openai/nobody, max_tokens: 9}}\nlm: it",
            "'openai/nobody' is not known",
        ),
    ],
)
def test_a_price_that_is_not_known_cannot_be_held_against_money(tmp_path: Path, top: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"--max-cost cannot be kept: the price of the LM {said}"):
        check_limits(plan(tmp_path, top), Limits(cost=1.0))
    check_limits(plan(tmp_path, top), Limits(tokens=1000))


def test_a_price_that_the_file_declares_is_known(tmp_path: Path) -> None:
    own = "model: openai/own, api_base: 'http://127.0.0.1:9/v1', max_tokens: 9, price: {input: 0.2, output: 1}"
    check_limits(plan(tmp_path, f"lms: {{it: {{{own}}}}}\nlm: it"), Limits(cost=1.0))


def test_an_estimate_is_called_one() -> None:
    assert estimate(Spent(20, 0, 5000, 0.01), 10) == (
        "an estimate from the first trial: 2.0 LM requests, 500 tokens, 0.001 US dollars a question, 10 questions a "
        "trial at most"
    )
    assert estimate(Spent(20, 0, 5000, 0.0, 1, 20), 10) == (
        "an estimate from the first trial: 2.0 LM requests a question, 10 questions a trial at most"
    )
    assert estimate(Spent(), 10) is None
