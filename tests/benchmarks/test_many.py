"""How the contestants take turns with the questions."""

from __future__ import annotations

from pathlib import Path

import pytest

PEERS = str(Path(__file__).parents[2] / "benchmarks" / "peers")


def test_no_question_is_asked_twice_and_the_first_turn_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PEERS)
    from many import take_turns

    asked: list[str] = []
    seconds = iter([100.0, 200.0, 1.0, 2.0, 3.0, 4.0, 2.0, 9.0])

    def call(questions: list[str]) -> float:
        asked.extend(questions)
        return next(seconds)

    assert take_turns({"a": call, "b": call}, ["one?", "two?"], rounds=3) == {"a": 2.0, "b": 4.0}
    assert len(set(asked)) == len(asked) == 16
    assert asked[0].startswith("one? (")
