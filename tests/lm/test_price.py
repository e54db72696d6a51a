"""What a request costs where the file declares a price: reckoned only where the server does not say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.lm.accounts import Dearest, charged
from ragkit.lm.cache import ResponseCache
from ragkit.lm.ledger import Ledger, page
from ragkit.lm.provider import Provider
from ragkit.lm.registry import open_lm
from ragkit.optimize.prompts.meter import Meter
from ragkit.spec.plan import Model
from ragkit.spec.price import Price
from ragkit.testing import ChatServer, Said, ScriptedLM, in_process

PRICE = Price(2.0, 10.0, 1.0)


def spent(said: Said, model: Model, cache: ResponseCache | None = None) -> tuple[Any, Meter, Ledger]:
    """What a request came to: for the question, for the account that pays, and all that was written down of it."""
    ledger, meter = Ledger(cache=cache), Meter(None)
    with in_process(model.model, ScriptedLM([said], model.model)), charged(meter), page(ledger):
        open_lm(model)("Why?")
    return ledger.usage.cost, meter, ledger


@pytest.mark.parametrize(
    ("said", "price", "cost"),
    [
        (Said("so", usage=(1000, 100)), PRICE, 0.003),
        (Said("so", usage=(1000, 100), cached_tokens=600), PRICE, 0.0024),
        (Said("so", usage=(1000, 100), cost=0.5), PRICE, 0.5),  # the server knows better
        (Said("so", usage=None), PRICE, None),
        (Said("so", usage=(1000, 100)), None, None),
    ],
)
def test_it_is_reckoned_where_the_server_does_not_say_it(said: Said, price: Price | None, cost: float | None) -> None:
    found, meter, ledger = spent(said, Model("scripted/lm", price=price))
    assert (found, meter.usage.cost) == (None if cost is None else pytest.approx(cost),) * 2
    assert ledger.requests[0]["usage"]["cost"] == found


def test_tokens_from_the_cache_stand_beside_those_of_the_prompt_where_the_provider_counts_so() -> None:
    said = Said("so", usage=(400, 100), cached_tokens=600)
    assert spent(said, Model("anthropic/any", price=PRICE))[0] == pytest.approx(0.0024)


def test_it_stands_in_the_place_of_the_list() -> None:
    assert Provider.of(Model("openai/gpt-4o-mini", price=PRICE)).price == Dearest(2e-6, 1e-5)
    assert Provider.of(Model("openai/any", api_base="http://127.0.0.1:9/v1", price=PRICE)).price == Dearest(2e-6, 1e-5)
    assert Provider.of(Model("openai/any", api_base="http://127.0.0.1:9/v1")).price is None
    assert Provider.of(Model("openai/any", price=Price(1.0, 1.0, 3.0))).price == Dearest(3e-6, 1e-6)


def test_a_kept_reply_has_the_price_of_the_day(tmp_path: Path) -> None:
    cache = ResponseCache(tmp_path / "responses.db")
    try:
        said = Said("so", usage=(1000, 100))
        for price, cost in ((PRICE, 0.003), (None, None), (Price(4.0, 20.0), 0.006)):
            found, meter, _ = spent(said, Model("scripted/lm", price=price), cache)
            assert found == (None if cost is None else pytest.approx(cost))
        assert meter.sent == 0
    finally:
        cache.close()


def test_over_http_at_an_address_of_ones_own() -> None:
    ledger = Ledger()
    with ChatServer([Said("so", usage=(1000, 100), cached_tokens=600)]) as server, page(ledger):
        open_lm(Model("openai/any", api_base=server.api_base, price=PRICE))("Why?")
    assert ledger.usage.cost == pytest.approx(0.0024)
