"""``budget``, ``slo`` and ``objective``."""

from __future__ import annotations

import pytest

from ragkit.spec.plan import Budget
from ragkit.spec.written.objectives import METRICS
from tests.spec.compiling import codes_of, findings_of, plan_of

STEPS = "\nsteps: {found: {use: make.passages}}\noutput: found"


def test_a_budget_limits_what_it_names() -> None:
    plan = plan_of(f"budget: {{lm_calls: 3, tokens: 100, retrieval_calls: 0, seconds: 2}}{STEPS}")
    assert plan.budget == Budget(3, 100, 0, 2.0)
    assert plan_of(f"budget: {{seconds: 0.5}}{STEPS}").budget == Budget(seconds=0.5)
    assert plan_of(STEPS.lstrip()).budget == Budget()


@pytest.mark.parametrize(
    "given", ["{lm_calls: 1.5}", "{lm_calls: -1}", "{tokens: many}", "{seconds: 0}", "{second: 1}", "3"]
)
def test_a_budget_that_is_none_is_refused(given: str) -> None:
    assert len(codes_of(f"budget: {given}{STEPS}")) == 1


def test_an_objective_is_read_into_numbers() -> None:
    plan = plan_of(
        f"""objective:
  maximize: answer_f1
  subject_to: [p95_seconds < 2, "cost <= 1e-3", recall@5 >= 0.8]
  penalties: {{context_tokens: 0.001}}
{STEPS.lstrip()}"""
    )
    assert plan.objective == {
        "maximize": ("answer_f1",),
        "minimize": (),
        "subject_to": (("p95_seconds", "<", 2.0), ("cost", "<=", 0.001), ("recall@5", ">=", 0.8)),
        "penalties": {"context_tokens": 0.001},
    }


def test_several_objectives_are_read() -> None:
    plan = plan_of(f"objective: {{maximize: [answer_f1, recall@5], minimize: context_tokens}}{STEPS}")
    assert plan.objective is not None
    assert plan.objective["maximize"] == ("answer_f1", "recall@5")
    assert plan.objective["minimize"] == ("context_tokens",)


def test_profiles_are_read_with_their_levels() -> None:
    plan = plan_of(f"slo: {{fast: [p95_seconds < 2.5, 'recall@10 >= 0.9'], cheap: cost < 0.01, best: []}}{STEPS}")
    assert {name: [str(level) for level in levels] for name, levels in plan.slo.items()} == {
        "fast": ["p95_seconds < 2.5", "recall@10 >= 0.9"], "cheap": ["cost < 0.01"], "best": []
    }  # fmt: skip
    assert plan_of(STEPS.lstrip()).slo == {}


@pytest.mark.parametrize(
    "given",
    [
        "[fast]", "fast", "{p95_seconds: 2}", "{Fast: []}", "{tuned: []}", "{fast: 2}", "{fast: [p95_seconds]}",
        "{fast: [p95_second < 2]}", "{fast: [p95_seconds > 2]}", "{fast: [recall@5 < 0.9]}", "{fast: {cost: 1}}",
        "{a-b: []}", "{fast: }",
    ],
)  # fmt: skip
def test_service_levels_that_are_none_are_refused(given: str) -> None:
    assert len(codes_of(f"slo: {given}{STEPS}")) == 1


def test_the_error_for_a_level_the_wrong_way_says_the_right_one() -> None:
    (finding,) = findings_of(f"slo: {{fast: [recall@5 < 0.9]}}{STEPS}")
    assert finding.message == "'recall@5 < 0.9' promises nothing: 'recall@5' is better when it is higher"
    assert finding.allowed == "'recall@5 > 0.9'"


def test_one_constraint_needs_no_list() -> None:
    plan = plan_of(f"objective: {{maximize: mrr, subject_to: cost < 1}}{STEPS}")
    assert plan.objective is not None
    assert plan.objective["subject_to"] == (("cost", "<", 1.0),)


@pytest.mark.parametrize(
    "given",
    [
        "{}", "[mrr]", "{maximize: mr}", "{maximize: []}", "{maximize: mrr, minimise: cost}", "{maximize: cost}",
        "{maximize: mrr, minimize: recall}", "{maximize: [mrr, mrr]}", "{maximize: {mrr: 1}}", "{minimize: cost}",
        "{maximize: mrr, subject_to: [cost = 1]}", "{maximize: mrr, subject_to: [cost < much]}",
        "{maximize: mrr, subject_to: [{cost: 1}]}", "{maximize: mrr, penalties: {cost: true}}",
        "{maximize: mrr, penalties: [cost]}", "{maximize: mrr, penalties: {price: 1}}",
    ],
)  # fmt: skip
def test_an_objective_that_is_none_is_refused(given: str) -> None:
    assert len(codes_of(f"objective: {given}{STEPS}")) == 1


def test_a_cutoff_that_is_not_measured_is_told() -> None:
    (finding,) = findings_of(f"slo: {{good: [recall@7 > 1]}}{STEPS}")
    assert finding.code == "metric"
    assert "recall@k" in (finding.allowed or "")
    assert "k one of 1, 2, 3, 5, 10, 20" in (finding.allowed or "")


def test_metrics_say_which_way_is_better() -> None:
    assert METRICS["recall@20"] == METRICS["citation_recall"] == "higher"
    assert METRICS["p95_seconds"] == METRICS["cost"] == METRICS["lm_calls"] == "lower"
    assert {name for name, better in METRICS.items() if better == "lower"} == {
        "context_tokens", "trigger_rate", "retrieval_calls", "lm_calls", "prompt_tokens", "completion_tokens",
        "p50_seconds", "p95_seconds", "cost",
    }  # fmt: skip
