"""The search on a made-up pipeline whose best values are known: found, resumed, within its budget, and judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.optimize.journal import open_trials, queue_first
from ragkit.optimize.limits import SpentError
from ragkit.optimize.objective import Objective
from ragkit.optimize.parts import part
from ragkit.optimize.search import rungs_of, search
from ragkit.optimize.space import encoded
from ragkit.optimize.trials import Found, Tried, dominates
from ragkit.optimize.variant import Variant
from ragkit.optimize.verdict import front, judge
from ragkit.spec.plan import SearchMark
from ragkit.types import Turn

MARKS = (
    SearchMark("a.x", "range", 2, low=0, high=10, integer=True),
    SearchMark("a.y", "choice", "red", choices=("red", "green", "blue")),
)


class Bench:
    """Questions whose ``recall`` grows towards x = 7 and green, at a cost of 100 tokens for each x."""

    def __init__(self, gain: float = 0.05) -> None:
        self.runs = 0
        self.gain = gain
        self._seen: set[Any] = set()

    def went_well(self, choices: dict[str, Any], question: Question) -> None:
        """What it could be asked again."""

    def rows(self, choices: dict[str, Any], questions: list[Question], prompts: None = None) -> list[dict[str, Any]]:
        found = []
        for question in questions:
            key = (tuple(sorted(choices.items())), question.id)
            self.runs += key not in self._seen
            self._seen.add(key)
            noise = (int(question.id[1:]) * 7919 % 13) / 130
            value = 0.4 + self.gain * (7 - abs(choices["a.x"] - 7)) + self.gain * (choices["a.y"] == "green") + noise
            metrics = {"recall": value, "context_tokens": 100.0 * choices["a.x"]}
            found.append({"metrics": metrics, "error": None})
        return found


def _questions(n: int = 40, **more: Any) -> list[Question]:
    return [Question(f"q{i}", f"question {i}?", kind=("single", "multi")[i % 4 == 0], **more) for i in range(n)]


RECALL = Objective("recall")


def test_it_finds_what_is_best() -> None:
    found = search(Bench(), MARKS, _questions(), RECALL, 40)  # type: ignore[arg-type]
    assert found.tried[0].choices == {"a.x": 2, "a.y": "red"}
    assert found.tried[1].choices == {"a.x": 0, "a.y": "red"}
    assert found.best is not None
    assert found.best.choices == {"a.x": 7, "a.y": "green"}
    assert found.given_up > 5
    assert found.runs < 40 * 40 * 0.7, "bad trials were not given up early"


@pytest.mark.parametrize("seed", range(5))
def test_it_keeps_limits(seed: int) -> None:
    limited = Objective("recall", (("context_tokens", "<=", 400.0),))
    best = search(Bench(), MARKS, _questions(), limited, 40, seed=seed).best  # type: ignore[arg-type]
    assert best is not None
    assert best.choices == {"a.x": 4, "a.y": "green"}


def test_no_trial_within_the_limits_is_no_best() -> None:
    impossible = Objective("recall", (("context_tokens", "<", 0.0),))
    assert search(Bench(), MARKS, _questions(), impossible, 6).best is None  # type: ignore[arg-type]


def test_stopped_it_goes_on_where_it_was(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    bench = Bench()
    first = search(bench, MARKS, _questions(), RECALL, 10, journal=journal)  # type: ignore[arg-type]
    spent = bench.runs
    again = search(bench, MARKS, _questions(), RECALL, 10, journal=journal)  # type: ignore[arg-type]
    assert bench.runs == spent
    assert again.tried == first.tried
    more = search(Bench(), MARKS, _questions(), RECALL, 30, journal=journal)  # type: ignore[arg-type]
    assert more.tried[: len(first.tried)] == first.tried
    assert len(more.tried) + more.given_up == 30


def test_no_trial_begins_when_nothing_is_left() -> None:
    reasons = iter([None, None, None, "nothing is left"])
    found = search(Bench(), MARKS, _questions(10), RECALL, 40, spent=lambda: next(reasons))  # type: ignore[arg-type]
    assert found.stopped == "nothing is left"
    assert len(found.tried) + found.given_up == 3


class Poor(Bench):
    """A bench whose money ends with the fifth trial."""

    def rows(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
        found = super().rows(choices, questions)
        if self.runs > 100:
            raise SpentError("the 100 LM requests of this optimisation are spent")
        return found


def test_a_trial_that_was_not_paid_to_its_end_does_not_count(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    first = search(Poor(), MARKS, _questions(), RECALL, 40, journal=journal)  # type: ignore[arg-type]
    assert first.stopped == "the 100 LM requests of this optimisation are spent"
    assert len(first.tried) == 2
    more = search(Bench(), MARKS, _questions(), RECALL, 10, journal=journal)  # type: ignore[arg-type]
    assert more.tried[:2] == first.tried


def test_a_first_trial_that_was_broken_off_is_made_again(tmp_path: Path) -> None:
    class Killed(Bench):
        def rows(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
            raise KeyboardInterrupt

    journal = tmp_path / "trials.journal"
    with pytest.raises(KeyboardInterrupt):
        search(Killed(), MARKS, _questions(), RECALL, 40, journal=journal)  # type: ignore[arg-type]
    found = search(Bench(), MARKS, _questions(), RECALL, 10, journal=journal)  # type: ignore[arg-type]
    assert {"a.x": 2, "a.y": "red"} in [trial.choices for trial in found.tried]


def test_defaults_that_were_broken_off_see_every_question_however_bad_they_are(tmp_path: Path) -> None:
    class Killed(Bench):
        def rows(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
            raise KeyboardInterrupt

    journal = tmp_path / "trials.journal"
    with pytest.raises(KeyboardInterrupt):
        search(Killed(), MARKS, _questions(), RECALL, 40, journal=journal)  # type: ignore[arg-type]
    found = search(Bench(-0.05), MARKS, _questions(), RECALL, 3, journal=journal)  # type: ignore[arg-type]
    assert {"a.x": 2, "a.y": "red"} in [trial.choices for trial in found.tried], "the cheapest values are better"


def test_a_trial_that_ended_before_it_had_drawn_a_value_is_made_again(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    first = open_trials(journal, False, 0, 2, 1)
    queue_first(first, encoded({"a.x": 2, "a.y": "green"}, MARKS))
    first.ask()  # and then the process is killed
    found = search(Bench(), MARKS, _questions(), RECALL, 1, journal=journal)  # type: ignore[arg-type]
    assert [trial.choices for trial in found.tried] == [{"a.x": 2, "a.y": "green"}]


def test_what_is_given_up_for_a_broken_limit_is_known_to_the_sampler(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    limited = Objective("recall", (("context_tokens", "<=", 400.0),))
    found = search(Bench(), MARKS, _questions(), limited, 20, journal=journal)  # type: ignore[arg-type]
    assert found.given_up
    trials = open_trials(journal, False, 0, 2, 1).trials
    given_up = [trial for trial in trials if trial.state.name == "PRUNED"]
    assert all(trial.constraints == {"limit 0": trial.params["a.x"] * 100.0 - 400.0} for trial in given_up)


@pytest.mark.parametrize(
    ("questions", "rungs"), [(10, (5, 10)), (18, (9, 18)), (40, (10, 20, 40)), (4, (4,)), (6, (6,))]
)
def test_a_handful_of_questions_gives_no_trial_up(questions: int, rungs: tuple[int, ...]) -> None:
    assert rungs_of(questions) == rungs


def test_a_random_search_goes_on_too(tmp_path: Path) -> None:
    journal, bench = tmp_path / "random.journal", Bench()
    first = search(bench, MARKS, _questions(), RECALL, 6, at_random=True, journal=journal)  # type: ignore[arg-type]
    again = search(Bench(), MARKS, _questions(), RECALL, 6, at_random=True, journal=journal)  # type: ignore[arg-type]
    assert again == first
    assert again.runs == bench.runs


def test_a_trial_that_was_broken_off_is_none_of_those_asked_for(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    before = search(Poor(), MARKS, _questions(), RECALL, 40, journal=journal)  # type: ignore[arg-type]
    known: list[Tried] = []
    found = search(
        Bench(),
        MARKS,
        _questions(),
        RECALL,
        10,
        journal=journal,
        known=known.append,  # type: ignore[arg-type]
    )
    assert len(found.tried) + found.given_up == 10
    assert tuple(known) == before.tried, "what was found before the stop is told again, not run again"


def test_half_a_line_at_the_end_of_its_trials_is_dropped_and_damage_is_told(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    first = search(Bench(), MARKS, _questions(), RECALL, 3, journal=journal)  # type: ignore[arg-type]
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code": 4, "tri')
    again = search(Bench(), MARKS, _questions(), RECALL, 5, journal=journal)  # type: ignore[arg-type]
    assert again.tried[: len(first.tried)] == first.tried
    journal.write_bytes(b"half\n" + whole)
    with pytest.raises(UsageError, match=r"trials\.journal' is damaged"):
        search(Bench(), MARKS, _questions(), RECALL, 5, journal=journal)  # type: ignore[arg-type]


SEVERAL = Objective("recall", beside=("context_tokens",))


@pytest.mark.parametrize("seed", range(3))
def test_several_objectives_give_a_front(seed: int) -> None:
    found = search(Bench(), MARKS, _questions(), SEVERAL, 60, seed=seed)  # type: ignore[arg-type]
    kept = front(found.tried, SEVERAL)
    assert found.given_up > 5
    assert [trial.value for trial in kept] == sorted(trial.value for trial in kept)
    tokens = [trial.means["context_tokens"] for trial in kept]
    assert tokens == sorted(tokens)  # type: ignore[type-var]
    assert kept[-1].choices["a.x"] >= 6
    assert kept[-1].choices["a.y"] == "green"
    assert kept[-1] == found.best
    assert kept[0].choices["a.x"] == 0
    assert len(kept) >= 5


def test_several_objectives_keep_limits_too() -> None:
    limited = Objective("recall", (("context_tokens", "<=", 400.0),), beside=("context_tokens",))
    found = search(Bench(), MARKS, _questions(), limited, 40)  # type: ignore[arg-type]
    assert found.best is not None
    assert found.best.choices == {"a.x": 4, "a.y": "green"}
    assert all(trial.choices["a.x"] <= 4 for trial in front(found.tried, limited))


def test_several_objectives_go_on_where_they_were(tmp_path: Path) -> None:
    journal = tmp_path / "trials.journal"
    first = search(Bench(), MARKS, _questions(), SEVERAL, 10, journal=journal)  # type: ignore[arg-type]
    again = search(Bench(), MARKS, _questions(), SEVERAL, 20, journal=journal)  # type: ignore[arg-type]
    assert again.tried[: len(first.tried)] == first.tried


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_a_front_holds_all_that_nothing_beats_and_nothing_else(points: list[tuple[int, int, int]]) -> None:
    goals = [tuple(map(float, point)) for point in points]
    tried = [Tried(number, {}, one[0], (), {}, one) for number, one in enumerate(goals)]
    kept = {trial.goals for trial in front(tried, SEVERAL)}
    assert kept
    for one in goals:
        beaten = any(dominates(other, one) for other in goals)
        assert (one in kept) != beaten
    assert not any(dominates(one, other) for one in kept for other in kept)


def test_at_random_every_question_is_seen() -> None:
    found = search(Bench(), MARKS, _questions(), RECALL, 8, at_random=True)  # type: ignore[arg-type]
    assert (len(found.tried), found.given_up) == (8, 0)


def test_a_gain_is_an_improvement_on_questions_that_were_not_seen() -> None:
    bench = Bench()
    found = search(bench, MARKS, _questions(), RECALL, 30)  # type: ignore[arg-type]
    chance = search(Bench(), MARKS, _questions(), RECALL, 5, at_random=True)  # type: ignore[arg-type]
    verdict = judge(bench, RECALL, _questions(30), *_sides(found), _sides(chance)[1])  # type: ignore[arg-type]
    assert verdict.improved
    assert verdict.figures["gain"]["mean"] == pytest.approx(0.05 * 6)
    assert verdict.sentence.startswith("an improvement: +0.300")
    assert "gain_over_random" in verdict.figures


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_can_improve_it_says_so(seed: int) -> None:
    bench = Bench(gain=0.0)
    found = search(bench, MARKS, _questions(), RECALL, 20, seed=seed)  # type: ignore[arg-type]
    verdict = judge(bench, RECALL, _questions(30), *_sides(found), None)  # type: ignore[arg-type]
    assert not verdict.improved
    assert verdict.sentence.startswith("no improvement")


def _sides(found: Found) -> tuple[Variant, Variant | None]:
    """The defaults and the best of a search."""
    return Variant(found.tried[0].choices), None if found.best is None else Variant(found.best.choices)


def _tried(number: int, value: float, tokens: float) -> Tried:
    return Tried(number, {}, value, (), {"context_tokens": tokens})


def test_the_front_holds_what_nothing_beats_for_less() -> None:
    tried = [_tried(0, 0.5, 100), _tried(1, 0.4, 200), _tried(2, 0.9, 300), _tried(3, 0.9, 250), _tried(4, 0.5, 90)]
    assert [trial.number for trial in front(tried, RECALL)] == [4, 3]


def test_a_best_that_breaks_a_limit_on_new_questions_is_no_improvement() -> None:
    limited = Objective("recall", (("context_tokens", "<=", 400.0),))
    default, best = Variant({"a.x": 2, "a.y": "red"}), Variant({"a.x": 7, "a.y": "red"})
    verdict = judge(Bench(), limited, _questions(30), default, best, None)  # type: ignore[arg-type]
    assert not verdict.improved
    assert "break a limit" in verdict.sentence


def test_a_gain_that_nobody_knows_is_none() -> None:
    class Silent(Bench):
        def rows(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
            found = super().rows(choices, questions)
            return [
                {**row, "metrics": {**row["metrics"], "recall": None}} if choices["a.x"] == 7 else row for row in found
            ]

    default, best = Variant({"a.x": 2, "a.y": "red"}), Variant({"a.x": 7, "a.y": "red"})
    verdict = judge(Silent(), RECALL, _questions(30), default, best, None)  # type: ignore[arg-type]
    assert not verdict.improved
    assert verdict.sentence == "no improvement that is known: no held-out question has recall on both sides"
    assert verdict.figures["gain"]["mean"] is None


def test_a_gain_that_two_questions_have_is_none(tmp_path: Path) -> None:
    class Rare(Bench):
        def rows(self, choices: dict[str, Any], questions: list[Question], prompts: Any = None) -> list[dict[str, Any]]:
            found = super().rows(choices, questions)
            return [
                row if place < 2 else {**row, "metrics": {**row["metrics"], "recall": None}}
                for place, row in enumerate(found)
            ]

    default, best = Variant({"a.x": 2, "a.y": "red"}), Variant({"a.x": 7, "a.y": "red"})
    verdict = judge(Rare(), RECALL, _questions(30), default, best, None)  # type: ignore[arg-type]
    assert verdict.figures["gain"]["low"] > 0
    assert not verdict.improved
    assert verdict.sentence == (
        "no improvement that can be told: 2 held-out questions of 30 have recall on both sides, and 10 are needed"
    )


def test_parts_follow_the_key_split() -> None:
    questions = _split()
    parts = part(questions, 0.5, 0)
    assert (len(parts.tune), len(parts.report)) == (20, 12)
    assert parts.how == "by their key 'split'"


def _split(tune: int = 20, report: int = 12) -> list[Question]:
    return [
        replace(question, extra={"split": "tune" if place < tune else "report"})
        for place, question in enumerate(_questions(tune + report))
    ]


@pytest.mark.parametrize("other", [{}, {"split": "test"}, {"split": ["tune"]}])
def test_where_some_only_say_where_they_belong_none_is_drawn(other: dict[str, Any]) -> None:
    questions = [*_split(), Question("odd", "where?", extra=other)]
    with pytest.raises(UsageError, match="of 33 questions 1 have no 'split' of 'tune' or 'report', and the others"):
        part(questions, 0.5, 0)
    with pytest.raises(UsageError, match="of 33 questions 13 have no 'split'"):
        part([question for question in questions if question.extra != {"split": "report"}] + _questions(12), 0.5, 0)


def test_what_is_asked_on_both_sides_is_held_out_only() -> None:
    questions = _split()
    again = [replace(questions[25], id="again", question="Question 25"), replace(questions[0], id="twice")]
    again = [replace(question, extra={"split": "tune"}) for question in again]
    parts = part([*questions, *again], 0.5, 0)
    assert {question.id for question in parts.tune} == {*(f"q{number}" for number in range(20)), "twice"}
    assert parts.how.endswith("'split'; 1 question that the other part asks too left out of the first")
    turn = [replace(question, history=(Turn("user", "Hello."),)) for question in again[:1]]
    assert "again" in {question.id for question in part([*questions, *turn], 0.5, 0).tune}, "of another conversation"
    by_lot = part([*_questions(), *(replace(question, id=f"{question.id}b") for question in _questions())], 0.5, 0)
    assert not {q.question for q in by_lot.tune} & {q.question for q in by_lot.report}


def test_without_it_kinds_are_held_out_evenly_and_mixed_evenly() -> None:
    parts = part(_questions(80), 0.25, 3)
    assert [sum(q.kind == "multi" for q in of) for of in (parts.tune, parts.report)] == [15, 5]
    assert sum(q.kind == "multi" for q in parts.tune[:20]) == 5
    assert not {q.id for q in parts.tune} & {q.id for q in parts.report}
    assert part(_questions(80), 0.25, 3) == parts


def test_too_few_are_refused() -> None:
    with pytest.raises(UsageError, match="10 questions to search on and 8 held out are too few"):
        part(_questions(18), 0.5, 0)
