"""How the contestants take turns with the questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PEERS = str(Path(__file__).parents[2] / "benchmarks" / "peers")


def test_no_question_is_asked_twice_and_the_first_turn_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PEERS)
    from many import take_turns

    asked: list[str] = []
    called: list[str] = []

    def contestant(name: str, seconds: list[float]) -> Callable[[list[str]], float]:
        def call(questions: list[str]) -> float:
            asked.extend(questions)
            called.append(name)
            return seconds.pop(0)

        return call

    found = take_turns(
        {"a": contestant("a", [100.0, 1.0, 3.0, 2.0]), "b": contestant("b", [200.0, 2.0, 4.0, 9.0])},
        ["one?", "two?"],
        rounds=3,
    )
    assert found == {"a": [1.0, 3.0, 2.0], "b": [2.0, 4.0, 9.0]}
    assert "".join(called) == "abbaabba"
    assert len(set(asked)) == len(asked) == 16
    assert asked[0].startswith("one? (")
