"""Ledgers: what is prepaid, what is reserved beyond, and what each question is told."""

from __future__ import annotations

import contextvars
import threading

import pytest

from ragkit.lm.ledger import BudgetSpentError, Ledger, current, page
from ragkit.types import Usage


def test_prepaid_requests_are_not_reserved_again():
    asked: list[int] = []
    ledger = Ledger(prepaid=2, reserve=lambda: asked.append(1))
    for _ in range(3):
        ledger.pay()
    assert (ledger.sent, ledger.reserved, len(asked)) == (3, 3, 1)


def test_a_request_that_cannot_be_paid_is_not_counted():
    ledger = Ledger(prepaid=1, reserve=lambda: "lm_calls")
    ledger.pay()
    with pytest.raises(BudgetSpentError, match="lm_calls"):
        ledger.pay()
    assert (ledger.sent, ledger.reserved, ledger.refused) == (1, 1, "lm_calls")


def test_a_page_holds_its_own_requests_and_the_ledger_all():
    ledger = Ledger()
    with page(ledger) as one:
        current().record({"n": 1})
        with page(ledger) as two:
            current().record({"n": 2})
    assert (one.requests, two.requests) == ([{"n": 1}], [{"n": 2}])
    assert ledger.requests == [{"n": 1}, {"n": 2}]


def test_outside_of_steps_a_request_is_on_a_loose_page():
    assert current().ledger is not current().ledger


def test_threads_write_into_the_ledger_of_their_context():
    ledger = Ledger()
    with page(ledger):
        threads = [
            threading.Thread(
                target=contextvars.copy_context().run, args=(lambda: current().ledger.spend(Usage(0, 2, 1)),)
            )
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (ledger.usage.prompt_tokens, ledger.usage.completion_tokens) == (40, 20)


def test_a_warning_is_told_once():
    ledger = Ledger()
    for _ in range(2):
        ledger.warn("careful")
    assert ledger.warnings == ["careful"]
