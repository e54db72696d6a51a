"""Budgets are reserved before a request leaves and settled for what it cost."""

from __future__ import annotations

import threading
import time

from ragkit.component import Calls
from ragkit.engine.budget import Purse
from ragkit.spec.plan import Budget
from ragkit.types import Usage


def test_a_step_that_cannot_be_paid_reserves_nothing() -> None:
    purse = Purse(Budget(lm_calls=3))
    assert purse.reserve(Calls(lm=2)) is None
    assert purse.reserve(Calls(lm=2)) == "lm_calls"
    assert purse.spent.lm_calls == 2
    assert purse.exhausted() is None
    assert purse.reserve(Calls(lm=1)) is None
    assert purse.exhausted() == "lm_calls"


def test_settling_replaces_the_reservation_by_what_was_spent() -> None:
    purse = Purse(Budget(lm_calls=5))
    purse.reserve(Calls(lm=4))
    purse.settle(Calls(lm=4), Usage(lm_calls=1, prompt_tokens=70, completion_tokens=None))
    assert purse.spent.lm_calls == 1
    assert purse.spent.prompt_tokens == 70
    assert purse.spent.completion_tokens is None, "what a server does not report is unknown, not 0"


def test_tokens_are_a_limit_on_the_next_lm_step_only() -> None:
    purse = Purse(Budget(tokens=100))
    assert purse.reserve(Calls(lm=1)) is None
    purse.settle(Calls(lm=1), Usage(lm_calls=1, prompt_tokens=90, completion_tokens=20))
    assert purse.exhausted() == "tokens"
    assert purse.reserve(Calls(lm=1)) == "tokens"
    assert purse.reserve(Calls(retrievals=1)) is None


def test_time_that_is_up_stops_loops_and_lm_steps() -> None:
    purse = Purse(Budget(seconds=0.01))
    assert purse.reserve(Calls(lm=1)) is None
    time.sleep(0.02)
    assert purse.exhausted() == "seconds"
    assert purse.reserve(Calls(lm=1)) == "seconds"
    assert purse.reserve(Calls(retrievals=1)) is None


def test_threads_never_reserve_more_than_there_is() -> None:
    purse = Purse(Budget(retrieval_calls=50))
    granted: list[bool] = []

    def spend() -> None:
        for _ in range(20):
            granted.append(purse.reserve(Calls(retrievals=1)) is None)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50
    assert purse.spent.retrieval_calls == 50


def test_without_limits_spending_is_still_counted() -> None:
    purse = Purse(Budget())
    purse.reserve(Calls(retrievals=2))
    purse.settle(Calls(retrievals=2), Usage(retrieval_calls=1))
    assert purse.spent.retrieval_calls == 1
    assert purse.exhausted() is None
