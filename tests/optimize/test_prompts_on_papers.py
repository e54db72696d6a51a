"""Prompts over the paper corpus: attribution tells the step that is at fault, and that one changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.engine.scope import Corpora
from ragkit.evaluate.questions import read_questions
from ragkit.optimize.bench import Bench
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.tune import Asked, tune
from ragkit.optimize.variant import Variant
from ragkit.optimize.verdict import judge
from ragkit.project import Project
from ragkit.testing import ScriptedLM, in_process

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ADVICE = "Keep every name of the question."
PIPELINE = """\
version: 1
corpus: papers
lm: scripted/lm
steps:
  query: {use: query.rewrite}
  found: {use: retrieve.bm25, query: query, k: 3}
  answer: {use: generate.answer, passages: found}
output: answer
"""


@pytest.fixture
def project(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The checkout's corpus and index, with caches of this test's own."""
    state = tmp_path / "state"
    state.mkdir()
    if (repository / ".ragkit" / "indexes").is_dir():
        (state / "indexes").symlink_to(repository / ".ragkit" / "indexes")
    monkeypatch.setenv("RAGKIT_HOME", str(state))
    found = Project.find(repository)
    Corpora(found.corpora, found.state).ensure(("papers",), True, lambda text: None, None)
    return found


def test_the_step_at_fault_is_the_one_that_changes(project: Project, repository: Path, tmp_path: Path) -> None:
    everything = read_questions(repository / "corpora" / "papers" / "questions.jsonl")
    questions = [question for question in everything if question.kind == "single"][:48]
    known = {question.question: question for question in questions}

    def rule(given: Any) -> dict[str, Any]:
        """Searches for trees unless it is advised; quotes what it is shown; advises where documents were missed."""
        question = known.get(given.field("question") or "")
        if question is None:
            missed = "retrieval_miss" in given.prompt and "It failed later, in 'found'" in given.prompt
            return {name: ADVICE if missed else "Write well." for name in given.wanted}
        if given.wanted == ["answer"]:
            there = next((each for each in question.answers if each in (given.field("passages") or "")), None)
            return {"answer": "It is about trees [1]." if there is None else f"It is {there} [1]."}
        query = question.question if ADVICE in given.instructions else "trees"
        return dict.fromkeys(given.wanted, query)

    file = tmp_path / "p.yaml"
    file.write_text(PIPELINE, encoding="utf-8")
    objective = Objective("correct")
    lm = ScriptedLM(rule)
    with in_process("scripted/lm", lm):
        bench = Bench(file, project)
        found = tune(bench, {}, questions[:24], objective, Asked("gepa", calls=400))
        assert found.prompts is not None, json.dumps(dict(found.record), default=str)
        verdict = judge(bench, objective, questions[24:], Variant({}), Variant({}, found.prompts), None)
        bench.close()
    assert list(found.prompts.steps) == ["query"]
    assert found.prompts.instructions == {"query": ADVICE}
    assert verdict.improved, verdict.sentence
    proposals = [one.prompt for one in lm.requests if one.field("question") not in known]
    assert any("Gold document" in text and "found: not there of" in text for text in proposals)
