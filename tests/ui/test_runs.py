"""Runs in the background: one in each conversation, their events in order, also for who comes late."""

from __future__ import annotations

import threading

from ragkit.errors import UsageError


def heard(run) -> list[str]:
    return [event.text for event in run.events(0.01) if event is not None]


def test_who_comes_late_hears_everything_in_order() -> None:
    from ui.runs import Runs

    runs, go = Runs(), threading.Event()

    def work(run) -> None:
        run.note("first")
        go.wait(10)
        run.text("second")

    run = runs.start("a", "why?", work)
    assert runs.of("a") is run
    assert runs.start("a", "another?", work) is run
    assert runs.start("b", "elsewhere?", lambda other: other.note("not blocked")) is not run
    go.set()
    assert heard(run) == ["first", "second"]
    assert heard(run) == ["first", "second"]
    assert runs.of("a") is None


def test_what_could_not_begin_is_kept_until_the_next_question() -> None:
    from ui.runs import Runs

    def fail(run) -> None:
        raise UsageError("no")

    runs = Runs()
    run = runs.start("a", "why?", fail)
    assert heard(run) == []
    assert isinstance(run.error, UsageError)
    assert runs.of("a") is run
    assert runs.start("a", "again?", lambda other: None) is not run


def test_pieces_that_came_meanwhile_are_drawn_as_one() -> None:
    from ui.runs import Run

    run = Run("why?")
    run.note("found")
    for piece in ("a ", "b ", "c"):
        run.text(piece)
    run.note("checked")
    run.end()
    assert heard(run) == ["found", "a b c", "checked"]


def test_a_quiet_run_lets_its_page_look_up() -> None:
    from ui.runs import Run

    run = Run("why?")
    events = run.events(0.01)
    assert next(events) is None
    run.end()
    assert list(events) == []
