"""What the tokens of an LM cost, as a file declares it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.spec.load import load_text
from ragkit.spec.plan import Plan
from ragkit.spec.price import Price


@pytest.mark.parametrize(
    ("price", "tokens", "cost"),
    [
        (Price(0.5, 2.0), (1_000_000, 500_000, None), 1.5),
        (Price(0.5, 2.0), (1_000_000, 0, 400_000), 0.5),  # no price of its own: as any other token
        (Price(0.5, 2.0, 0.1), (1_000_000, 0, 400_000), 0.34),
        (Price(0.5, 2.0, 0.0), (1_000_000, 0, 1_000_000), 0.0),
        (Price(0.5, 2.0, 0.1), (100, 0, 200), 1e-5),  # more from the cache than there were: never below nothing
        (Price(0.0, 0.0), (1_000_000, 1_000_000, 0), 0.0),
        (Price(0.5, 2.0), (None, 10, None), None),
        (Price(0.5, 2.0), (10, None, None), None),
    ],
)
def test_what_a_request_cost(price: Price, tokens: tuple[int | None, ...], cost: float | None) -> None:
    assert price.cost(*tokens) == (None if cost is None else pytest.approx(cost))


def test_a_price_stands_at_the_lm_and_says_nothing_about_what_the_pipeline_does(tmp_path: Path) -> None:
    with_price = plan(tmp_path, ", price: {input: 0.15, output: 0.6, cached_input: 0.03}")
    assert with_price.models[0].price == Price(0.15, 0.6, 0.03)
    assert plan(tmp_path, ", price: {input: 1, output: 2}").models[0].price == Price(1.0, 2.0)
    assert plan(tmp_path, "").models[0].price is None
    assert with_price.hash == plan(tmp_path, "").hash


def plan(folder: Path, more: str) -> Plan:
    text = f"version: 1\nlms: {{it: {{model: openai/any{more}}}}}\nlm: it\n"
    text += "steps: {answer: {use: generate.direct}}\noutput: answer\n"
    return load_text(text, "it", base=folder, catalogue=Catalogue(), env={})
