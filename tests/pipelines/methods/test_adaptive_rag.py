"""pipelines/methods/adaptive-rag.yaml."""

from __future__ import annotations

import shutil

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.spec.load import check
from tests.pipelines.methods import running
from tests.pipelines.methods.running import BROKEN, FOLDER, OTHER, QUESTION, alike, gave, is_documented, method, spans

PROMPTED = {"complexity.use": "prompted"}


@pytest.fixture(autouse=True)
def ircot(tmp_path, monkeypatch):
    """The page that is included has the scripted LM too: a text sees no environment, where its own would be named."""
    (tmp_path / "adaptive-rag.yaml").write_text((FOLDER / "adaptive-rag.yaml").read_text(encoding="utf-8"))
    (tmp_path / "ircot.yaml").write_text(running.page("ircot"))
    shutil.copytree(FOLDER.parent / "trained", tmp_path.parent / "trained", dirs_exist_ok=True)
    monkeypatch.setattr(running, "FOLDER", tmp_path)


def rule(label):
    """The LM sorts every question under ``label``; IRCoT ends with its first sentence."""

    def answer(asked):
        if "label" in asked.wanted:
            return {"label": label(asked) if callable(label) else label}
        if "sentence" in asked.wanted:
            return {"sentence": "So the answer is: at the largest gap [1]."}
        return {"reasoning": "Passage 1 says so.", "answer": "At the largest gap [1]."}

    return answer


@pytest.mark.parametrize(
    ("label", "calls", "retrievals", "cites"), [("none", 2, 0, False), ("single", 2, 1, True), ("multi", 3, 1, True)]
)
def test_each_label_has_its_own_branch_and_price(label, calls, retrievals, cites):
    with method("adaptive-rag", rule(label), choices=PROMPTED) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert pipeline.plan.calls.lm == 10
    assert result.document["route"] == label
    assert (len(lm.requests), result.usage["lm_calls"]) == (calls, calls)
    assert result.usage["retrieval_calls"] == retrievals
    assert bool(result.answer.citations) == cites
    (choice,) = (d for d in result.document["decisions"] if d["step"] == "complexity")
    assert choice["reason"] == f"{label!r}: the LM says so; nothing calibrates it"


def test_several_steps_are_those_of_ircot():
    with method("adaptive-rag", rule("multi"), choices=PROMPTED) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert gave(result, "answer.multi.ask.next", "sentence") == ["So the answer is: at the largest gap [1]."]
    assert len(spans(result, "answer.multi.read")) == 1


def test_a_batch_takes_a_branch_for_each_question():
    labels = {QUESTION: "none", OTHER: "multi"}
    answer = rule(lambda asked: labels[asked.field("question")])
    with method("adaptive-rag", answer, choices=PROMPTED) as (pipeline, _):
        assert [result.document["route"] for result in alike(pipeline)] == ["none", "multi"]


def test_a_router_that_fails_fails_the_question_and_sends_it_nowhere():
    with method("adaptive-rag", lambda asked: BROKEN, choices=PROMPTED) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert result.error.place == "complexity"
    assert len(lm.requests) == 1


def test_the_shipped_page_uses_the_trained_router():
    env = {"RAGKIT_LM": "openai/any"}
    plan, findings = check(FOLDER / "adaptive-rag.yaml", catalogue=Catalogue(), env=env)
    assert findings == ()
    assert plan.root.steps[0].use == "route.complexity"
    assert plan.root.steps[0].params.state.trained
    is_documented("adaptive-rag", plan)
