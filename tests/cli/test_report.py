"""What a person reads of an evaluation, block by block; never wider than the terminal."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ragkit.cli import report as view
from ragkit.evaluate.report import report_of

LEVEL = {"mean": 0.5, "low": 0.25, "high": 0.75, "n": 8}
POINT = {"k": 4.5, "recall": 0.9, "all_gold": 0.8, "f1": 0.6, "tokens": 1200.0}
CARD: dict[str, Any] = {
    "pipeline": {"name": "adaptive", "hash": "0123456789abcdef", "file": "pipelines/adaptive.yaml"},
    "overlay": None, "corpus_version": {"papers": "000001-aaaa"}, "citations": "verbatim", "judge": None,
    "models": {"encoder of papers": {"name": "all-MiniLM-L6-v2"}, "openai/x": {"name": "openai/x"}},
    "data": {"file": "questions.jsonl", "sha256": "d", "n": 0, "of": 0}, "mode": "batch", "seconds": 8.25, "resumed": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def found() -> dict[str, Any]:
    """The report of nothing, to be filled in."""
    return report_of([], copy.deepcopy(CARD))


def lines(found: dict[str, Any]) -> list[list[str]]:
    text = view.report(found)
    assert max(map(len, text.splitlines())) <= 80
    return [line.split() for line in text.splitlines()]


def test_the_head_says_what_was_measured_on_what(found: dict[str, Any]) -> None:
    found["n"], found["conditions"]["data"]["of"] = 5, 193
    found["conditions"] |= {"resumed": 2, "mode": "single", "overlay": {"file": "found.yaml"}}
    found["errors"] = 1
    head, *conditions = view.report(found).splitlines()
    assert head == "adaptive on questions.jsonl: 5 of 193 questions one by one, 8.2 s for 3 · 1 failed"
    told = " ".join(conditions[:2])
    for part in ("pipeline 01234567", "corpus papers 000001-aaaa", "all-MiniLM-L6-v2", "LM openai/x", "found.yaml"):
        assert part in told


def test_judge_and_entailment_model_are_named(found: dict[str, Any]) -> None:
    found["conditions"] |= {"citations": {"name": "nli"}, "judge": {"name": "openai/judge"}}
    found["judge"] = {"lm_calls": 12, "cost": 0.0312}
    text = view.report(found)
    assert "citations by nli" in text
    assert "judged by openai/judge: 12 requests, cost 0.0312" in text


def test_tokens_and_costs_that_no_server_told_are_said_to_be_unknown(found: dict[str, Any]) -> None:
    found["usage"] |= {"lm_calls": 12, "prompt_tokens": None, "cost": None}
    told = " ".join(view.report(found).split())
    assert "tokens and costs are not known: the server did not say them for each of 12 LM requests" in told
    found["usage"] |= {"prompt_tokens": 480, "cost": 0.1}
    assert "not known" not in view.report(found)


def test_metrics_that_no_question_has_are_left_out(found: dict[str, Any]) -> None:
    found["metrics"] |= {"recall": LEVEL, "context_tokens": {"mean": 1234.5, "low": 1000.0, "high": 2000.0, "n": 8}}
    found["metrics"] |= {"p95_seconds": {"mean": 0.012, "low": None, "high": None, "n": 1}}
    shown = lines(found)
    assert ["recall", "0.500", "0.250", "to", "0.750", "8"] in shown
    assert ["context_tokens", "1,234", "1,000", "to", "2,000", "8"] in shown
    assert ["p95_seconds", "12", "ms", "-", "1"] in shown
    assert not any(line[:1] == ["mrr"] for line in shown)


def test_what_costs_nothing_and_always_happens_is_left_out(found: dict[str, Any]) -> None:
    nothing = {"mean": 0.0, "low": 0.0, "high": 0.0, "n": 8}
    found["metrics"] |= {"lm_calls": nothing, "cost": nothing, "trigger_rate": {**LEVEL, "mean": 1.0}}
    shown = {line[0] for line in lines(found) if line}
    assert not shown & {"lm_calls", "cost", "trigger_rate"}
    found["metrics"] |= {"lm_calls": LEVEL, "cost": LEVEL, "trigger_rate": LEVEL}
    assert {line[0] for line in lines(found) if line} >= {"lm_calls", "cost", "trigger_rate"}


def test_kinds_and_steps_are_tables_with_their_n(found: dict[str, Any]) -> None:
    found["by_kind"] = {"single": {"recall": LEVEL}, "none": {}}
    found["kinds"] = {"single": 8, "none": 2}
    found["steps"] = {"pool": {"recall": LEVEL, "context_tokens": {**LEVEL, "mean": 900.0, "n": 10}}, "kept": {}}
    shown = lines(found)
    assert ["single", "8", "0.500"] in shown
    assert ["none", "2", "-"] in shown
    assert ["pool", "10", "0.500", "900"] in shown
    assert ["kept", "0", "-", "-"] in shown


def test_one_kind_and_one_step_need_no_table(found: dict[str, Any]) -> None:
    found["by_kind"], found["kinds"], found["steps"] = {"single": {"recall": LEVEL}}, {"single": 8}, {"pool": {}}
    assert not any(line[:1] in (["single"], ["pool"]) for line in lines(found))


def test_a_selector_stands_beside_fixed_k(found: dict[str, Any]) -> None:
    gain = {
        "recall": {"mean": 0.05, "low": -0.01, "high": 0.1, "n": 8},
        "f1": {"mean": -0.2, "low": None, "high": None},
    }
    found["baselines"] = {
        "evidence": {
            "selector": {**POINT, "passages": 4.44}, "equal_tokens": {**POINT, "gain": gain}, "best_k": None,
            "best_f1": {**POINT, "gain": gain},
        }
    }  # fmt: skip
    shown = lines(found)
    assert ["as", "it", "chooses", "4.4", "0.900", "0.600", "1,200"] in shown
    assert ["equal", "tokens", "4.5", "0.900", "0.600", "1,200", "+0.050", "recall", "-0.010", "to", "+0.100"] in shown
    assert ["best", "F1", "found", "4.5", "0.900", "0.600", "1,200", "-0.200", "F1", "-"] in shown
    assert not any(line[:2] == ["whole", "k"] for line in shown)


def test_gates_and_routers_are_told_and_a_route_that_only_follows_is_not(found: dict[str, Any]) -> None:
    gate = {"n": 8, "roc_auc": None, **dict.fromkeys(("rate", "accuracy", "overconfidence", "underconfidence"), LEVEL)}
    router = {
        "n": 8, "accuracy": LEVEL, "macro_f1": 0.4, "majority": 0.6,
        "confusion": {"multi": {"single": 3}, "single": {"single": 5}},
    }  # fmt: skip
    unknown = {**router, "n": 0, "confusion": {}}
    routers = {"complexity": router, "answer": dict(router), "other": unknown}
    found["decisions"] = {"gates": {"need": gate}, "routers": routers}
    text = view.report(found)
    shown = lines(found)
    assert ["need", "8", "0.500", "0.500", "-", "0.500", "0.500"] in shown
    assert "router complexity: accuracy 0.500, macro-F1 0.400" in text
    assert ["wanted", "multi", "3"] in shown
    assert "router answer" not in text
    assert "router other" not in text


def test_service_levels_are_kept_broken_or_not_measured(found: dict[str, Any]) -> None:
    found["slo"] = {
        "good": [{"level": "recall > 0.9", "metric": "recall", "value": 0.5, "kept": False}],
        "fast": [
            {"level": "context_tokens < 2000", "metric": "context_tokens", "value": 1000.0, "kept": True},
            {"level": "p95_seconds < 2", "metric": "p95_seconds", "value": None, "kept": None},
        ],
        "best": [],
    }
    shown = lines(found)
    assert ["recall", ">", "0.9", "good", "0.500", "broken"] in shown
    assert ["context_tokens", "<", "2000", "fast", "1,000", "kept"] in shown
    assert ["p95_seconds", "<", "2", "fast", "-", "not", "measured"] in shown


def test_causes_are_told_the_most_frequent_first_with_a_few_questions(found: dict[str, Any]) -> None:
    found["n"] = 10
    found["failed"] = {
        "retrieval_miss": [{"id": "a", "trace_id": "1"}],
        "cut_by_selector": [{"id": f"q{n}", "trace_id": f"{n}" * 12} for n in range(6)],
        "error": [{"id": "e", "trace_id": "2"}],
    }
    shown = lines(found)
    assert ["why", "8", "of", "10", "went", "wrong"] in shown
    told = [line for line in shown if line[:1] in (["6"], ["1"])]
    assert told == [
        ["6", "cut_by_selector", "q0", "q1", "q2", "q3", "…"],
        ["1", "retrieval_miss", "a"],
        ["1", "error", "e"],
    ]
    assert view.next_line(found, None) == (
        "--causes cut_by_selector lists all 6 · ragkit trace show 00000000 · ragkit compare last OTHER"
    )


def test_where_nothing_went_wrong_there_is_nothing_to_look_at(found: dict[str, Any]) -> None:
    assert "went wrong" not in view.report(found)
    assert view.next_line(found, "before") == "ragkit compare before OTHER"


def test_control_characters_of_the_data_do_not_reach_the_terminal(found: dict[str, Any]) -> None:
    found["conditions"]["data"]["file"] = "q\x1b[2J.jsonl"
    found["failed"] = {"retrieval_miss": [{"id": "a\x1b[31m", "trace_id": "1"}]}
    assert "\x1b" not in view.report(found)
    row = {
        "id": "a\x1b[31m", "trace_id": "t" * 32, "question": "what\x1b[2J?", "error": None,
        "cause": {"cause": "retrieval_miss", "detail": "not\x1b[2J there"},
    }  # fmt: skip
    assert "\x1b" not in view.listing([row], "retrieval_miss")


def test_a_list_of_failed_runs_says_what_failed() -> None:
    row = {"id": "a", "trace_id": "t" * 32, "question": "what?", "error": {"message": "step 'x' failed"}, "cause": None}
    assert view.listing([row], "error") == f"a  {'t' * 8}  what?\n    step 'x' failed"
    assert view.listing([row], "retrieval_miss") == ""
