"""An LM that stops answering in the middle of an optimisation: nothing is concluded from it, and it can go on later."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest

from ragkit.errors import EvaluationError
from ragkit.optimize.prompts.tune import Asked, tune
from ragkit.testing import Fault
from tests.optimize.prompt_parts import asked, benched, pupil
from tests.optimize.test_budgets import Ran, rule
from tests.optimize.test_tune import CORRECT

PROMPTS = asked(40)


def fault(given: Any) -> Any:
    return Fault("auth", "the key has run out")


@pytest.mark.parametrize("dies", [30, *(pytest.param(each, marks=pytest.mark.slow) for each in (22, 41, 59))])
def test_a_server_that_dies_after_a_good_trial_ends_the_search(dies: int, tmp_path: Path) -> None:
    """At the beginning of a trial, in the middle of one, and in its last questions: no value of 0 is taken for one."""
    count, works = itertools.count(1), False

    def dying(given: Any) -> Any:
        return rule(given) if works or next(count) < dies else fault(given)

    ran = Ran(tmp_path, dying)
    with pytest.raises(
        EvaluationError, match="what went well before fails now, so that nothing can be concl"
    ) as caught:
        ran.optimize(trials=12)
    assert caught.value.exit_code == 3
    assert "ragkit study resume it" in (caught.value.hint or "")
    assert ran.study.state == "stopped"
    assert "the key has run out" in (ran.study.stopped or "")
    assert len(ran.lm.requests) < dies + 20, "it does not ask on and on"
    works = True
    card = ran.optimize(trials=12).card
    assert card["verdict"]["improved"]
    assert all(trial["failed"] == 0 for trial in card["search"]["tried"])
    assert (ran.study.state, ran.study.stopped) == ("done", None)


def test_values_that_fail_every_question_have_no_value_and_the_search_goes_on(tmp_path: Path) -> None:
    def picky(given: Any) -> Any:
        return fault(given) if given.settings.get("temperature") == 0.5 else rule(given)

    ran = Ran(tmp_path, picky)
    found = ran.optimize(trials=9)
    card = found.card
    assert card["verdict"]["improved"]
    assert card["search"]["broken"] > 0
    assert not any(trial["choices"]["answer.temperature"] == 0.5 for trial in card["search"]["tried"])
    assert card["search"]["trials"] == 9
    said = [text for text in ran.told if "no value, for every one of its 5 questions failed" in text]
    assert len(said) == card["search"]["broken"]
    assert "the key has run out" in said[0]
    assert "without a value, for every question failed" in found.page.read_text("utf-8")


def test_gone_on_with_values_that_fail_it_knows_by_earlier_trials_that_the_lm_answers(tmp_path: Path) -> None:
    stops = True

    def picky(given: Any) -> Any:
        if given.settings.get("temperature") == 0.5:
            if stops:
                raise KeyboardInterrupt
            return fault(given)
        return rule(given)

    ran = Ran(tmp_path, picky)
    with pytest.raises(KeyboardInterrupt):
        ran.optimize(trials=9)
    stops = False
    card = ran.optimize(trials=9).card
    assert card["search"]["broken"] > 0
    assert card["verdict"]["improved"]


def test_a_failure_in_passing_is_asked_once_more(tmp_path: Path) -> None:
    count = itertools.count(1)

    def shaky(given: Any) -> Any:
        return fault(given) if next(count) in (3, 25) else rule(given)

    ran = Ran(tmp_path, shaky)
    card = ran.optimize(trials=4).card
    assert all(trial["failed"] == 0 for trial in card["search"]["tried"])
    assert card["spent"]["lm_calls"] == len(ran.lm.requests)


def test_questions_that_fail_for_themselves_are_counted_and_told(tmp_path: Path) -> None:
    def picky(given: Any) -> Any:
        number = int(given.field("question").strip("?").split()[-1])
        return Fault("bad_request", "not that") if number in (3, 25, 26) else rule(given)

    ran = Ran(tmp_path, picky)
    found = ran.optimize(trials=4, random=True)
    card = found.card
    assert all(trial["failed"] == 1 for trial in card["search"]["tried"])
    assert card["search"]["failed"] == len(card["search"]["tried"])
    assert card["search"]["random"]["failed"] > 0
    assert card["verdict"]["figures"]["sides"]["default"]["errors"] == 2
    assert any(
        text.startswith("trial 1 of 4: 1 of 20 questions failed and count as 0; the first: ") for text in ran.told
    )
    assert any(text.startswith("random search, trial 1 of") and "failed and count as 0" in text for text in ran.told)
    assert any(text.startswith("judging default: 2 of 20 questions failed and count as 0") for text in ran.told)
    page = found.page.read_text("utf-8")
    assert "of a question failed and counts as 0" in page
    assert "default: 2 questions failed and count as 0; the first: " in page


def test_a_server_that_dies_while_seconds_are_measured_is_told(tmp_path: Path) -> None:
    dead = False
    knows = pupil(PROMPTS)

    def dying(given: Any) -> Any:
        return fault(given) if dead else knows(given)

    with benched(tmp_path, PROMPTS, dying) as (bench, _):
        assert bench.rows({}, PROMPTS[:2])
        dead = True
        with pytest.raises(EvaluationError, match="what went well before fails now"):
            bench.alone({}, PROMPTS[:2])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bootstrap-rs", "gepa", "simba"])
def test_a_server_that_dies_under_an_optimiser_of_prompts_ends_it(name: Any, tmp_path: Path) -> None:
    """What an optimiser measured after that is worth 0, whatever it tried."""
    lock, seen = threading.Lock(), itertools.count(1)
    knows = pupil(PROMPTS)

    def dying(given: Any) -> Any:
        with lock:
            number = next(seen)
        return knows(given) if number < 120 else fault(given)

    with benched(tmp_path, PROMPTS, dying) as (bench, lm):
        with pytest.raises(EvaluationError, match="what went well before fails now"):
            tune(bench, {}, PROMPTS[:30], CORRECT, Asked(name, calls=900))
        assert 120 <= len(lm.requests) < 160


def test_a_failure_in_passing_under_an_optimiser_is_asked_once_more(tmp_path: Path) -> None:
    lock, seen = threading.Lock(), itertools.count(1)
    knows = pupil(PROMPTS)

    def shaky(given: Any) -> Any:
        with lock:
            number = next(seen)
        return fault(given) if number in (100, 130) else knows(given)

    with benched(tmp_path, PROMPTS, shaky) as (bench, _):
        record = tune(bench, {}, PROMPTS[:30], CORRECT, Asked("bootstrap-rs", calls=900)).record
    assert record["failed"] == 0
    assert record["stopped"] is None
