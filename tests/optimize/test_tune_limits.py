"""The prompt stage at its limits: budgets, servers that fail, questions that are too few, and what stays of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from ragkit.errors import EvaluationError, UsageError
from ragkit.optimize.limits import Limits
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.tune import Asked, tune
from ragkit.optimize.spending import Spending
from ragkit.testing import Fault
from tests.optimize.prompt_parts import TWO_STEPS, asked, benched, pupil

CORRECT = Objective("correct")
QUESTIONS = asked(24)


@pytest.mark.parametrize("name", ["bootstrap-rs", "mipro", "gepa", "simba", "copro", "better-together"])
def test_a_spent_budget_ends_it_and_what_was_measured_counts(name: Any, tmp_path: Path) -> None:
    limit = 80
    spending = Spending(Limits(calls=limit))
    told: list[str] = []
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm), spending.during("prompts"):
        found = tune(bench, {}, QUESTIONS, CORRECT, Asked(name), told.append)
    assert limit - 20 <= len(lm.requests) <= limit
    assert found.record["spent"]["lm_calls"] == len(lm.requests) == spending.spent.calls
    assert found.record["stopped"] == "what was left did not pay for more" or str(limit) in found.record["stopped"]
    assert any(text.endswith("what was measured before counts") for text in told)
    assert found.record["validation"]["default"] == found.record["validation"]["best"] or found.prompts is not None


def test_what_was_found_before_the_budget_ended_is_kept(tmp_path: Path) -> None:
    spending = Spending(Limits(calls=330))
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _), spending.during("prompts"):
        found = tune(bench, {}, QUESTIONS, CORRECT, Asked("mipro"))
    assert found.record["stopped"] is not None
    assert found.prompts is not None
    assert found.record["validation"]["best"] > found.record["validation"]["default"]


@pytest.mark.slow
def test_the_most_thorough_settings_that_the_budget_pays_for_are_taken(tmp_path: Path) -> None:
    taken = []
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm):
        for calls in (2000, 500, 330):
            before = len(lm.requests)
            found = tune(bench, {}, QUESTIONS, CORRECT, Asked("mipro", calls=calls))
            assert found.record["stopped"] is None
            assert len(lm.requests) - before <= calls
            taken.append(found.record["settings"]["trials"])
        with pytest.raises(
            UsageError, match=r"the budget leaves 26 LM requests for prompts; 'mipro' takes up to 209 at its smallest"
        ):
            tune(bench, {}, QUESTIONS, CORRECT, Asked("mipro", calls=50))
    assert taken == sorted(taken, reverse=True)
    assert taken[0] > taken[-1]


def test_the_most_is_announced_before_the_first_proposal(tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm):
        found = tune(bench, {}, QUESTIONS, CORRECT, Asked("mipro"), lambda text: told.append((len(lm.requests), text)))
    sent, text = next((sent, text) for sent, text in told if "to choose by" in text)
    assert sent == 2 * len(QUESTIONS), "only the pipeline as it is has been run"
    assert told[0] == (0, f"prompts: the pipeline as it is, on 24 questions: at most {2 * len(QUESTIONS)} LM requests")
    assert f"{found.record['most']['lm_calls'] + 2 * 12:,} LM requests" in text


@pytest.mark.slow
def test_a_second_time_nothing_is_sent(tmp_path: Path) -> None:
    first, second = None, None
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _):
        first = tune(bench, {}, QUESTIONS, CORRECT, Asked("bootstrap-rs"))
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm):
        second = tune(bench, {}, QUESTIONS, CORRECT, Asked("bootstrap-rs"))
        assert not lm.requests
    assert first.prompts == second.prompts
    assert second.record["spent"]["lm_calls"] == 0
    assert second.record["spent"]["cached"] > 0


def test_interrupted_it_ends_at_once_and_the_cache_has_what_was_asked(tmp_path: Path) -> None:
    rule = pupil(QUESTIONS)
    count = [0]

    def stopped(asked_: Any) -> Any:
        count[0] += 1
        if count[0] == 100:
            raise KeyboardInterrupt
        return rule(asked_)

    with benched(tmp_path, QUESTIONS, stopped) as (bench, lm):
        with pytest.raises(KeyboardInterrupt):
            tune(bench, {}, QUESTIONS, CORRECT, Asked("bootstrap-rs"))
        before = len(lm.requests)
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm):
        found = tune(bench, {}, QUESTIONS, CORRECT, Asked("bootstrap-rs"))
        assert found.record["spent"]["cached"] > before / 2
    assert found.prompts is not None


def test_an_lm_that_proposes_nothing_readable_ends_it_with_the_reason(tmp_path: Path) -> None:
    rule = pupil(QUESTIONS)

    def mute(asked_: Any) -> Any:
        return rule(asked_) if asked_.field("question") in rule.knows else Fault("auth", "no key")

    told: list[str] = []
    with benched(tmp_path, QUESTIONS, mute) as (bench, _):
        found = tune(bench, {}, QUESTIONS, CORRECT, Asked("copro"), told.append)
    assert found.prompts is None
    assert "copro broke off: " in found.record["stopped"]
    assert "no key" in found.record["stopped"]
    assert any("no key" in text for text in told)


def test_where_every_question_fails_nothing_is_begun(tmp_path: Path) -> None:
    with (
        benched(tmp_path, QUESTIONS, lambda asked_: Fault("auth", "no key")) as (bench, _),
        pytest.raises(EvaluationError, match=r"every question fails: .*no key"),
    ):
        tune(bench, {}, QUESTIONS, CORRECT, Asked("mipro"))


def test_too_few_questions_have_the_metric(tmp_path: Path) -> None:
    with (
        benched(tmp_path, QUESTIONS[:5], pupil(QUESTIONS)) as (bench, _),
        pytest.raises(UsageError, match="5 tuning questions have the metric 'correct'; prompts need 6"),
    ):
        tune(bench, {}, QUESTIONS[:5], CORRECT, Asked("mipro"))


def test_prompts_that_break_a_limit_are_not_taken(tmp_path: Path) -> None:
    limited = Objective("correct", (("prompt_tokens", "<", 1.0),))
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _):
        found = tune(bench, {}, QUESTIONS, limited, Asked("bootstrap-rs", calls=400))
    assert found.prompts is None
    assert found.record["validation"]["best"] is None


@pytest.mark.slow
def test_nothing_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _):
        for name in ("bootstrap", "mipro", "gepa", "simba"):
            tune(bench, {}, QUESTIONS, CORRECT, Asked(name, calls=700))
    assert capsys.readouterr() == ("", "")


def test_two_lms_are_each_asked_their_own(tmp_path: Path) -> None:
    """SIMBA samples through one LM; each step keeps its own."""
    from ragkit.testing import ScriptedLM, in_process

    text = TWO_STEPS.replace('question -> notes"}', 'question -> notes", lm: scripted/other}')
    assert text != TWO_STEPS
    rule = pupil(QUESTIONS)
    with in_process("scripted/other", ScriptedLM(rule, "scripted/other")) as other:
        with benched(tmp_path, QUESTIONS, rule, text) as (bench, lm):
            found = tune(bench, {}, QUESTIONS, CORRECT, Asked("simba", calls=900))
        assert {tuple(one.wanted) for one in lm.requests} == {("answer",)}
        assert ("answer",) not in {tuple(one.wanted) for one in other.requests}
        assert {one.settings.get("temperature") for one in lm.requests} == {None, 1.0}
    assert found.prompts is not None


@pytest.mark.parametrize("name", ["gepa", "simba"])
def test_the_lm_that_proposes_reads_what_went_wrong(name: Any, tmp_path: Path) -> None:
    knows = pupil(QUESTIONS, base=0.4)
    count = itertools.count()

    def moody(given: Any) -> Any:
        """Sometimes right and sometimes not, where it is asked for samples: SIMBA learns from the difference."""
        said = knows(given)
        wrong = given.settings.get("temperature") == 1.0 and next(count) % 3 == 0 and "answer" in said
        return {**said, "answer": "nothing"} if wrong else said

    with benched(tmp_path, QUESTIONS, moody) as (bench, lm):
        tune(bench, {}, QUESTIONS, CORRECT, Asked(name, calls=1200, seed=1))
    proposals = [one.prompt for one in lm.requests if one.field("question") not in knows.knows]
    told = [text for text in proposals if "That is wrong: right is 'colour-" in text]
    assert told
    if name == "gepa":
        assert any("What this step was given holds a right answer, and what it made does not." in text for text in told)
        assert any("What this step made holds a right answer, which was lost later." in text for text in told)
        assert not any("retrieved" in text for text in told), "nothing is retrieved here, so that explains nothing"
