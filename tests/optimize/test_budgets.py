"""One budget for a whole optimisation: kept to the last request, whatever ends it, and gone on with when resumed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import EvaluationError, UsageError
from ragkit.evaluate.questions import read_questions
from ragkit.optimize.limits import SpentError
from ragkit.optimize.optimize import Optimized, optimize
from ragkit.optimize.studies import Asked, Studies, Study
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.testing import Fault, Said, ScriptedLM, in_process
from tests.optimize.prompt_parts import asked, written

MODEL = "openai/gpt-4o-mini"
QUESTIONS = asked(40, tune=20)
TEXT = f"""version: 1
lms: {{it: {{model: {MODEL}, max_tokens: 20, concurrency: 4}}}}
lm: it
slo: {{frugal: [completion_tokens < 8], best: []}}
steps:
  answer:
    use: lm.predict
    signature: "question -> answer: Answer"
    temperature: {{choice: [0.0, 0.5, 1.0], default: 0.0}}
output: answer
objective: {{maximize: correct}}
"""


def rule(given: Any) -> Any:
    """Right at 1.0 with ten tokens, at 0.5 mostly with five, and wrong at 0."""
    number = int(given.field("question").strip("?").split()[-1])
    temperature = given.settings.get("temperature") or 0.0
    right = temperature == 1.0 or (temperature == 0.5 and number % 4 > 0)
    tokens = {0.0: 2, 0.5: 5, 1.0: 10}[temperature]
    return Said({"answer": f"colour-{number}" if right else "grey"}, usage=(100, tokens), cost=0.0001)


class Ran:
    """A study, and the LM that it asks."""

    def __init__(self, folder: Path, given: Any = rule) -> None:
        self.file = written(folder, QUESTIONS, TEXT)
        self.project = Project.around(self.file)
        self.questions = read_questions(folder / "q.jsonl")
        self.lm = ScriptedLM(given, MODEL)
        self.study: Study = Studies(self.project).new("it", "p")
        self.told: list[str] = []

    def optimize(self, **more: Any) -> Optimized:
        with in_process(MODEL, self.lm):
            hash_ = load(self.file, catalogue=Catalogue(), corpora=self.project.corpora).hash
            given = {
                "name": "it", "pipeline": str(self.file), "data": str(self.questions.path), "hash": hash_,
                "sha256": self.questions.sha256, "only": "numbers", "maximize": (), "minimize": (), "subject_to": (),
                "trials": 6, "minutes": None, "calls": None, "held_out": 0.5, "seed": 0, "random": False,
                "out": None, **more,
            }  # fmt: skip
            return optimize(self.study, Asked(**given), self.questions, self.project, force=True, tell=self.told.append)


def test_profiles_get_their_points_and_the_card_says_what_was_spent(tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    card = ran.optimize(calls=500, tokens=200_000, cost=2.0).card
    assert {name: of["values"] for name, of in card["profiles"].items()} == {
        "frugal": {"answer.temperature": 0.5}, "best": {"answer.temperature": 1.0}
    }  # fmt: skip
    assert "profile: frugal" in ran.file.with_name("p.frugal.yaml").read_text("utf-8")
    sent, spent = len(ran.lm.requests), card["spent"]
    assert spent["lm_calls"] == sent == sum(of["lm_calls"] for of in spent["by_phase"].values())
    assert spent["cost"] == pytest.approx(0.0001 * sent)
    assert spent["limits"] == {"calls": 500, "tokens": 200_000, "cost": 2.0, "minutes": None}
    assert any("not more than 500 LM requests, 200,000 tokens, 2 US dollars" in text for text in ran.told)
    assert [point["choices"] for point in card["front"]] == [{"answer.temperature": n} for n in (0.0, 0.5, 1.0)]


@pytest.mark.parametrize(
    ("limit", "each"), [({"calls": 125}, 1), ({"tokens": 12_500}, 105), ({"cost": 0.0122}, 0.0001)]
)
def test_no_limit_is_exceeded(limit: dict[str, Any], each: float, tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    (most,) = limit.values()
    card = ran.optimize(**limit).card
    assert card["search"]["stopped"] is not None
    assert 0.3 * most < len(ran.lm.requests) * each <= most
    assert card["spent"]["lm_calls"] == len(ran.lm.requests)


def test_money_is_reckoned_by_the_price_that_the_file_declares(tmp_path: Path) -> None:
    def silent(given: Any) -> Any:
        return replace(rule(given), cost=None)

    ran = Ran(tmp_path, silent)
    own = "max_tokens: 20, api_base: 'http://127.0.0.1:9/v1', price: {input: 1.5, output: 6}"
    ran.file.write_text(TEXT.replace("max_tokens: 20", own), "utf-8")
    card = ran.optimize(cost=0.0244).card
    spent = card["spent"]
    tokens = {0.0: 2, 0.5: 5, 1.0: 10}
    cost = sum(150 + 6 * tokens[one.settings.get("temperature") or 0.0] for one in ran.lm.requests) / 1e6
    assert spent["cost"] == pytest.approx(cost)
    assert 0.3 * 0.0244 < cost <= 0.0244
    assert spent["unsaid"]["cost"] == 0


def test_what_does_not_pay_for_one_trial_is_told_and_can_be_raised(tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    with pytest.raises(SpentError, match="not one trial came to its end: of 1,500 tokens") as caught:
        ran.optimize(tokens=1500)
    assert "ragkit study resume it" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="--max-calls 70 leaves nothing to search with"):
        ran.optimize(calls=70)
    with pytest.raises(SpentError, match=r"--max-cost 0\.007 leaves nothing .* 0\.0096 by an estimate"):
        ran.optimize(cost=0.007)
    card = ran.optimize(tokens=100_000).card
    assert card["verdict"]["improved"]
    assert card["spent"]["lm_calls"] == len(ran.lm.requests)


def test_a_study_that_was_stopped_goes_on_with_what_is_left(tmp_path: Path) -> None:
    count = itertools.count(1)

    def stopping(given: Any) -> Any:
        if next(count) == 33:
            raise KeyboardInterrupt
        return rule(given)

    ran = Ran(tmp_path, stopping)
    with pytest.raises(KeyboardInterrupt):
        ran.optimize(calls=120)
    before = len(ran.lm.requests)
    assert before < 60
    card = ran.optimize(calls=120).card
    assert card["spent"]["lm_calls"] == len(ran.lm.requests) <= 120
    assert card["search"]["tried"][0]["choices"] == {"answer.temperature": 0.0}
    assert replace(ran.study.asked, calls=None).limits.calls is None


def test_limits_that_nothing_keeps_are_no_improvement(tmp_path: Path) -> None:
    found = Ran(tmp_path).optimize(subject_to=(("completion_tokens", "<", 0.0),))
    assert found.overlay is None
    assert found.card["verdict"]["sentence"] == "no improvement: no trial kept the limits"
    assert "| `answer.temperature` | 0.0 | – |" in found.page.read_text("utf-8")


@pytest.mark.parametrize("dies", [1, 61])
def test_where_every_question_fails_nothing_is_concluded(dies: int, tmp_path: Path) -> None:
    """From the beginning, or when it comes to judging: no value of 0 is taken for one, and the study goes on later."""
    count = itertools.count(1)
    works = False

    def dying(given: Any) -> Any:
        return rule(given) if next(count) < dies or works else Fault("auth")

    ran = Ran(tmp_path, dying)
    said = "every question fails" if dies == 1 else "what went well before fails now"
    with pytest.raises(EvaluationError, match=rf"{said}.* refuses the key") as caught:
        ran.optimize(random=False, trials=12)
    assert "ragkit study resume it" in (caught.value.hint or "")
    if dies == 1:
        assert len(ran.lm.requests) == 5, "a quarter of the questions is enough to know it"
    assert ran.study.card is None
    works = True
    assert ran.optimize(random=False, trials=12).card["verdict"]["improved"]


def test_an_overlay_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    ran = Ran(tmp_path)
    for out, said in ((tmp_path, "is a folder"), (tmp_path / "none" / "p.yaml", "which is not a folder")):
        with pytest.raises(UsageError, match=said):
            ran.optimize(out=str(out))
    assert not ran.lm.requests
