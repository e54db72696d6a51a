"""What an LM judge says as the objective: asked of every answer, paid from the one ledger, in every kind of search."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import EvaluationError, UsageError
from ragkit.evaluate.questions import read_questions
from ragkit.optimize.optimize import Optimized, optimize
from ragkit.optimize.studies import Asked, Studies
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.testing import Fault, ScriptedLM, in_process
from tests.optimize.prompt_parts import asked, pupil, written

QUESTIONS = asked(40, tune=20)
TEXT = """version: 1
lms: {it: {model: scripted/lm}, strict: {model: scripted/judge, temperature: 0.0}}
lm: it
steps:
  answer:
    use: lm.predict
    signature: "question -> answer: Answer"
    temperature: {choice: [0.0, 0.5, 1.0], default: 0.0}
output: answer
objective: {maximize: answer_judged}
"""
PROMPTS = TEXT.replace("    temperature: {choice: [0.0, 0.5, 1.0], default: 0.0}\n", "")


def wordy(given: Any) -> Any:
    """Says it in words of its own; the warmer, the righter."""
    number = int(given.field("question").strip("?").split()[-1])
    right = (given.settings.get("temperature") or 0.0) >= (number % 10) / 10
    return {"answer": f"I should say that it is colour-{number} indeed" if right else "I should say that it is grey"}


def by_words(given: Any) -> Any:
    """A judge who takes an answer for right where an accepted one stands in it."""
    right = json.loads(given.field("accepted"))[0] in given.field("answer")
    return {"reason": "it says so" if right else "it says otherwise", "correct": right}


class Ran:
    """A study, the LM of its pipeline and its judge."""

    def __init__(self, folder: Path, text: str = TEXT, lm: Any = wordy, judge: Any = by_words) -> None:
        self.file = written(folder, QUESTIONS, text)
        self.project = Project.around(self.file)
        self.questions = read_questions(folder / "q.jsonl")
        self.lm, self.judge = ScriptedLM(lm), ScriptedLM(judge)
        self.study = Studies(self.project).new("it", "p")
        self.told: list[str] = []

    @property
    def sent(self) -> int:
        """All that was sent, to whomever."""
        return len(self.lm.requests) + len(self.judge.requests)

    def optimize(self, **more: Any) -> Optimized:
        with in_process("scripted/lm", self.lm), in_process("scripted/judge", self.judge):
            hash_ = load(self.file, catalogue=Catalogue(), corpora=self.project.corpora).hash
            given = {
                "name": "it", "pipeline": str(self.file), "data": str(self.questions.path), "hash": hash_,
                "sha256": self.questions.sha256, "only": "numbers", "maximize": (), "minimize": (), "subject_to": (),
                "trials": 6, "minutes": None, "calls": None, "held_out": 0.5, "seed": 0, "random": False,
                "out": None, "judge": "strict", **more,
            }  # fmt: skip
            return optimize(self.study, Asked(**given), self.questions, self.project, force=True, tell=self.told.append)


def test_values_are_searched_for_what_the_judge_says(tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    found = ran.optimize(random=True)
    card = found.card
    assert card["verdict"]["improved"], card["verdict"]["sentence"]
    assert card["values"]["best"] == {"answer.temperature": 1.0}
    assert card["verdict"]["figures"]["sides"]["best"]["value"]["mean"] == 1.0
    assert card["conditions"]["judge"]["name"] == "scripted/judge"
    assert card["spent"]["lm_calls"] == ran.sent
    assert len(ran.judge.requests) > 20, "answers in words of their own are judged"
    assert "--judge strict" in card["again"]
    assert "Judge of the answers: `scripted/judge`, temperature 0" in found.page.read_text("utf-8")
    told = next(text for text in ran.told if text.startswith("LM requests at most"))
    assert "120 for values, as many for the random search, 120 for judging" in told, "two a run, three trials differ"
    assert "one of the 2 of a run goes to the judge, strict" in told


@pytest.mark.parametrize("calls", [130, *(pytest.param(each, marks=pytest.mark.slow) for each in (171, 240))])
def test_what_the_judge_is_asked_is_paid_from_the_one_budget(calls: int, tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    card = ran.optimize(calls=calls, trials=30).card
    assert 0.5 * calls < ran.sent == card["spent"]["lm_calls"] <= calls


def test_judging_is_kept_for_and_too_little_is_refused(tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    with pytest.raises(UsageError, match=r"--max-calls 80 leaves nothing to search with: .* up to 80 LM requests"):
        ran.optimize(calls=80)
    with pytest.raises(UsageError, match=r"--max-tokens cannot be kept: .*'scripted/judge' may be \(the judge\)"):
        own = "{model: scripted/lm, max_tokens: 9}"
        ran.file.write_text(TEXT.replace("{model: scripted/lm}", own), "utf-8")
        ran.optimize(tokens=10_000)
    assert not ran.sent


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bootstrap-rs", "gepa"])
def test_prompts_are_tuned_for_what_the_judge_says(name: Any, tmp_path: Path) -> None:
    ran = Ran(tmp_path, PROMPTS, pupil(QUESTIONS))
    card = ran.optimize(only="prompts", optimizer=name, calls=400).card
    assert card["verdict"]["improved"], card["verdict"]["sentence"]
    assert card["spent"]["lm_calls"] == ran.sent <= 400
    assert card["prompts"]["spent"]["lm_calls"] <= card["prompts"]["most"]["lm_calls"] + 2 * 20 + 2 * 10
    assert len(ran.judge.requests) > 20
    announced = next(text for text in ran.told if "with 2 LM requests each" in text)
    assert "LM requests" in announced
    if name == "gepa":
        reflected = [one for one in ran.lm.requests if "The judge says: it says otherwise" in one.prompt]
        assert reflected, "what the judge gives as its reason is told to the LM that writes proposals"


@pytest.mark.slow
def test_values_and_prompts_together(tmp_path: Path) -> None:
    rule = pupil(QUESTIONS)

    def cool(given: Any) -> Any:
        said = rule(given)
        return {"answer": "who knows"} if "answer" in said and given.settings.get("temperature") == 0.0 else said

    ran = Ran(tmp_path, TEXT, cool)
    card = ran.optimize(only=None, optimizer="bootstrap", calls=900, trials=9).card
    assert card["verdict"]["improved"], card["verdict"]["sentence"]
    assert card["values"]["best"]["answer.temperature"] > 0
    assert card["prompts"]["steps"]
    assert card["spent"]["lm_calls"] == ran.sent <= 900


def test_stopped_it_goes_on_with_the_same_judge_and_with_no_other(tmp_path: Path) -> None:
    count = itertools.count(1)

    def stopping(given: Any) -> Any:
        if next(count) == 12:
            raise KeyboardInterrupt
        return by_words(given)

    ran = Ran(tmp_path, judge=stopping)
    with pytest.raises(KeyboardInterrupt):
        ran.optimize()
    assert (ran.study.state, ran.study.stopped) == ("stopped", "interrupted")
    asked_ = ran.study.asked
    assert asked_.judge == "strict"
    ran.file.write_text(TEXT.replace("temperature: 0.0}}", "temperature: 0.5}}"), "utf-8")
    with pytest.raises(UsageError, match="the judge 'strict' is another than the one that the study 'it' was begun"):
        ran.optimize(judge_digest=asked_.judge_digest)
    ran.file.write_text(TEXT, "utf-8")
    card = ran.optimize(judge_digest=asked_.judge_digest).card
    assert card["verdict"]["improved"]
    assert card["spent"]["lm_calls"] == ran.sent
    assert (ran.study.state, ran.study.stopped) == ("done", None)


@pytest.mark.parametrize("dies", [1, 30])
def test_a_judge_that_dies_ends_the_search_and_nothing_is_concluded(dies: int, tmp_path: Path) -> None:
    count, works = itertools.count(1), False

    def dying(given: Any) -> Any:
        return by_words(given) if next(count) < dies or works else Fault("auth")

    ran = Ran(tmp_path, judge=dying)
    with pytest.raises(EvaluationError, match=r"the judge gives no verdict: .* refuses the key") as caught:
        ran.optimize()
    assert "ragkit study resume it" in (caught.value.hint or "")
    assert (ran.study.stopped or "").startswith("the judge gives no verdict")
    works = True
    assert ran.optimize().card["verdict"]["improved"]


def test_a_single_answer_that_the_judge_does_not_judge_is_counted(tmp_path: Path) -> None:
    def picky(given: Any) -> Any:
        return Fault("bad_request", "not that one") if given.field("question").endswith(" 3?") else by_words(given)

    ran = Ran(tmp_path, judge=picky)
    found = ran.optimize()
    card = found.card
    assert card["search"]["unjudged"] > 0
    assert all(trial["unjudged"] == 1 for trial in card["search"]["tried"])
    assert any("1 of 20 answers have no verdict of the judge and do not count" in text for text in ran.told)
    assert "without a verdict of the judge" in found.page.read_text("utf-8")
