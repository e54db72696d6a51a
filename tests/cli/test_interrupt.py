"""Ctrl-C during a build ends it, also where its exception was raised inside a callback and dropped."""

from __future__ import annotations

import signal
import weakref

import pytest
import typer

from ragkit.cli import interrupt
from ragkit.cli.progress import ProgressBar
from ragkit.corpus.progress import BuildProgress
from ragkit.errors import UsageError

REPORT = BuildProgress("encoding", 1, 2)


class Thing:
    pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_a_callback_swallows_ends_the_build_at_its_next_report() -> None:
    with pytest.raises(KeyboardInterrupt), interrupt.remembered():
        thing = Thing()
        reference = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
        del thing  # Python drops what the callback raises
        assert reference() is None
        ProgressBar()(REPORT)
    ProgressBar()(REPORT)


def test_without_an_interruption_nothing_is_raised_and_the_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupt.remembered():
        ProgressBar()(REPORT)
    assert signal.getsignal(signal.SIGINT) is before


def test_one_who_handles_it_otherwise_is_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupt.remembered():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def swallowed(error: Exception) -> None:
    """A library that is stopped, and raises an error of its own instead."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise error from None


def test_an_error_that_took_its_place_is_an_interruption() -> None:
    with pytest.raises(KeyboardInterrupt), interrupt.remembered():
        swallowed(ImportError("initialization failed"))


@pytest.mark.parametrize("error", [UsageError("no such file"), typer.Exit(1)])
def test_what_was_foreseen_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)), interrupt.remembered():
        swallowed(error)


def test_an_error_without_an_interruption_stays_what_it_is() -> None:
    with pytest.raises(ImportError), interrupt.remembered():
        raise ImportError("initialization failed")
