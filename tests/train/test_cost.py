"""Fitting route.cost: losses that know which branch fails where, measured costs, and policies beside it."""

from __future__ import annotations

import pytest

from ragkit.components.route._features import feature_names, question_features
from ragkit.components.route._predicted import read_branches
from ragkit.components.route.cost import Arm, Cost
from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.train.cost import fit_cost
from ragkit.train.outcomes import Outcomes
from tests.components.fake_corpus import notes

EASY = [f"What is number {i}?" for i in range(20)]
HARD = [f"Which of the two, {i} or {i + 1}, is older, and what do both share?" for i in range(20)]


def outcomes(cheap_on_hard: float | None = 0.0, **spent: float | None) -> Outcomes:
    """A cheap branch that is wrong on hard questions, and a dear one that never is."""
    questions = [Question(str(i), text) for i, text in enumerate([*EASY, *HARD])]
    cheap = [{"correct": 1.0 if q.question in EASY else cheap_on_hard, "context_tokens": 100.0} for q in questions]
    dear = [{"correct": 1.0, "context_tokens": 1000.0, **spent} for _ in questions]
    return Outcomes(questions, {"cheap": cheap, "dear": dear})


def params(weight: float = 0.0001) -> Cost.Params:
    return Cost.Params(labels={"cheap": Arm(), "dear": Arm()}, weights={"context_tokens": weight})


def test_it_learns_where_the_cheap_branch_fails() -> None:
    fitted = fit_cost(notes(), outcomes(), params(0.0004), repeats=3)
    policies = {row["policy"]: row for row in fitted.report["policies"]}
    assert policies["always cheap"]["right"]["mean"] == 0.5
    assert policies["oracle"]["right"]["mean"] == policies["always dear"]["right"]["mean"] == 1.0
    assert policies["oracle"]["spent"]["context_tokens"] == pytest.approx(550)
    assert policies["chosen"]["right"]["mean"] > 0.9
    assert policies["chosen"]["spent"]["context_tokens"] < 700
    assert sum(fitted.report["shares"].values()) == pytest.approx(1)
    reader = notes()
    branches = read_branches(fitted.state["branches"], ["cheap", "dear"], feature_names(reader.dimensions), "it")
    easy, hard = branches["cheap"].losses(question_features(reader, [EASY[0], HARD[0]]))
    assert easy < 0.3 < 0.7 < hard
    assert branches["dear"].model is None
    assert branches["dear"].wrong == pytest.approx(1 / 42, abs=1e-4), "never wrong so far is not never"


def test_the_dearer_the_tokens_the_rarer_the_dear_branch() -> None:
    shares = [fit_cost(notes(), outcomes(), params(w), repeats=2).report["shares"]["dear"] for w in (0.0001, 0.002)]
    assert shares[0] > 0.4
    assert shares[1] == 0.0


def test_added_questions_teach_and_are_not_counted() -> None:
    """Twenty easy questions to be counted, and hard ones added: the cheap branch was wrong on these only."""
    fitted = fit_cost(notes(), outcomes(), params(0.0004), added=range(20, 40), repeats=2)
    assert (fitted.report["questions"], fitted.report["added"], fitted.report["left_out"]) == (20, 20, 0)
    policies = {row["policy"]: row for row in fitted.report["policies"]}
    assert policies["always cheap"]["right"]["mean"] == 1.0
    assert policies["oracle"]["spent"]["context_tokens"] == 100
    alone = fit_cost(notes(), Outcomes(outcomes().questions[:20], {k: v[:20] for k, v in outcomes().metrics.items()}),
                     params(0.0004), repeats=2)  # fmt: skip
    assert alone.state["branches"]["cheap"]["model"] is None
    reader = notes()
    branches = read_branches(fitted.state["branches"], ["cheap", "dear"], feature_names(reader.dimensions), "it")
    easy, hard = branches["cheap"].losses(question_features(reader, [EASY[0], HARD[0]]))
    assert easy < 0.3 < 0.7 < hard


def test_too_little_is_known() -> None:
    whole = outcomes()
    few = Outcomes(whole.questions[:10], {label: of[:10] for label, of in whole.metrics.items()})
    with pytest.raises(UsageError, match=r"of 10 questions it is known for 10 .*; at least 20"):
        fit_cost(notes(), few, params())


def test_questions_that_cannot_be_judged_are_left_out() -> None:
    assert fit_cost(notes(), outcomes(None), params(), repeats=1).report["left_out"] == 20


def test_a_weighted_cost_must_be_known() -> None:
    with pytest.raises(UsageError, match=r"a weight for 'context_tokens', which is not known of every run"):
        fit_cost(notes(), outcomes(context_tokens=None), params())
