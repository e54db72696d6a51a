"""Steps that take real time and do not depend on each other run side by side; cheap ones stay where they are."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from ragkit.engine.frame import Frame
from ragkit.engine.graph import RunGraph
from ragkit.ports import STR
from ragkit.spec.plan import Graph, Source

GRAPH = Graph("", (("question", STR),), (), 1, {"output": Source(0, 0, STR, "question")}, STR)


class FakeStep:
    def __init__(
        self, path: str, after: tuple[int, ...] = (), *, slow: bool = True, meet: threading.Barrier | None = None
    ):
        self.path, self.after, self.slow, self.meet = path, after, slow, meet
        self.ran_on: str | None = None
        self.error: Exception | None = None

    def run(self, frames: Sequence[Frame]) -> None:
        self.ran_on = threading.current_thread().name
        if self.meet is not None:
            self.meet.wait(timeout=5)
        if self.error is not None:
            raise self.error


def test_two_slow_steps_meet_at_a_barrier_that_a_serial_run_would_never_pass() -> None:
    barrier = threading.Barrier(2)
    left, right = FakeStep("left", meet=barrier), FakeStep("right", meet=barrier)
    join = FakeStep("join", (0, 1))
    RunGraph(GRAPH, [left, right, join]).run([])
    assert left.ran_on != right.ran_on
    assert join.ran_on == threading.current_thread().name


def test_a_chain_of_slow_steps_stays_on_the_callers_thread() -> None:
    steps = [FakeStep("a"), FakeStep("b", (0,)), FakeStep("c", (1,))]
    RunGraph(GRAPH, steps).run([])
    assert {step.ran_on for step in steps} == {threading.current_thread().name}


def test_a_cheap_step_does_not_leave_the_callers_thread() -> None:
    barrier = threading.Barrier(2)
    cheap = FakeStep("cheap", slow=False)
    RunGraph(GRAPH, [FakeStep("a", meet=barrier), cheap, FakeStep("b", meet=barrier)]).run([])
    assert cheap.ran_on == threading.current_thread().name


def test_a_step_waits_for_all_it_depends_on() -> None:
    order: list[str] = []
    lock = threading.Lock()

    class Recorder(FakeStep):
        def run(self, frames: Sequence[Frame]) -> None:
            with lock:
                order.append(self.path)

    shape = [("a", ()), ("b", ()), ("c", (0,)), ("d", (1, 2)), ("e", (0,)), ("f", (3, 4))]
    for _ in range(50):
        order.clear()
        RunGraph(GRAPH, [Recorder(path, after) for path, after in shape]).run([])
        assert sorted(order) == ["a", "b", "c", "d", "e", "f"]
        for path, after in shape:
            assert all(order.index(shape[i][0]) < order.index(path) for i in after)


def test_a_defect_on_a_lane_reaches_the_caller_after_the_others_ended() -> None:
    barrier = threading.Barrier(2)
    bad, good = FakeStep("bad", meet=barrier), FakeStep("good", meet=barrier)
    bad.error = RuntimeError("broken engine")
    after = FakeStep("after", (0, 1))
    with pytest.raises(RuntimeError, match="broken engine"):
        RunGraph(GRAPH, [bad, good, after]).run([])
    assert good.ran_on is not None
    assert after.ran_on is None
