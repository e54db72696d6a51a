"""``ragkit train gate`` from a pipeline and questions to a trained file that the gate decides by."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ragkit.cli.progress import ProgressBar
from ragkit.lm.registry import in_process
from ragkit.testing import Asked, Said, ScriptedLM

PIPELINE = """\
version: 1
name: gated
lm: scripted/lm
steps:
  draft: {use: generate.direct}
  gate: {use: gate.uncertainty, method: perplexity, draft: draft, logprobs: draft.logprobs, state: gate.json}
  informed: {use: lm.predict, signature: "notes, question -> answer: Answer", notes: {value: all}, when: gate.retrieve}
  answer: {use: flow.first, of: [informed, draft]}
output: answer
"""
"""Looking it up is a second request here, so that no index has to be built."""
KNOWN = 12


def knows(asked: Asked) -> Said:
    """An LM that knows the first half of the questions, and is the less sure the higher their number."""
    number = int((asked.field("question") or "").split()[-1].rstrip("?"))
    if asked.field("notes") is not None:
        return Said({"answer": f"a{number}"})
    answer = f"a{number}" if number < KNOWN else "nonsense"
    probability = 0.95 - number / 40
    head, tail = "[[ ## answer ## ]]\n", "\n\n[[ ## completed ## ]]"
    return Said({"answer": answer}, [(head, 0.0), (answer, math.log(probability)), (tail, 0.0)])


@pytest.fixture
def lm() -> Iterator[ScriptedLM]:
    scripted = ScriptedLM(knows)
    with in_process("scripted/lm", scripted):
        yield scripted


@pytest.fixture
def questions(project: Path) -> Path:
    (project / "pipelines" / "gated.yaml").write_text(PIPELINE)
    rows = [
        {"id": f"q{n}", "question": f"What is number {n}?", "answers": [f"a{n}"],
         "kind": "none" if n < KNOWN else "single"}
        for n in range(2 * KNOWN)
    ]  # fmt: skip
    path = project / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def report(done) -> dict:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["report"]


@pytest.mark.slow
def test_a_gate_learns_from_answers_and_decides_by_what_it_learned(
    ragkit: Callable, project: Path, questions: Path, lm: ScriptedLM
) -> None:
    path = project / "pipelines" / "gated.yaml"
    found = report(ragkit("train", "gate", path, "--data", questions, "--price", 0.2, "--repeats", 2, "--json"))
    assert (found["needed"], found["not_needed"], found["roc_auc"]) == (KNOWN, KNOWN, 1.0)
    policies = {row["policy"]: (row["lm_calls"], row["right"]["mean"]) for row in found["policies"]}
    assert policies["never"] == (1.0, 0.5)
    assert policies["always"] == (2.0, 1.0)
    assert policies["oracle"] == (1.5, 1.0)
    # The draft of each question once, and once more with the notes: the rest came out of the cache, and was counted.
    assert len(lm.requests) == 2 * 2 * KNOWN

    known = json.loads(ragkit("run", path, "What is number 2?", "--json").stdout)
    asked = json.loads(ragkit("run", path, "What is number 20?", "--json").stdout)
    assert (known["answer"], known["usage"]["lm_calls"]) == ("a2", 1)
    assert (asked["answer"], asked["usage"]["lm_calls"]) == ("a20", 2)
    decision = next(one for one in asked["decisions"] if one["kind"] == "gate")
    assert decision["reason"].startswith("retrieve: perplexity")
    assert decision["threshold"] == pytest.approx(found["threshold"]["value"])


def test_as_a_person_reads_it(ragkit: Callable, project: Path, questions: Path, lm: ScriptedLM) -> None:
    path = project / "pipelines" / "gated.yaml"
    done = ragkit("train", "gate", path, "--data", questions, "--labels", "data", "--repeats", 2)
    assert done.exit_code == 0, done.output
    assert "12 need retrieval, 12 do not" in done.stdout
    assert "ROC-AUC 1.000" in done.stdout
    assert "overconfidence" in done.stdout
    assert len(lm.requests) == 2 * KNOWN, "nothing was looked up"
    again = ragkit("train", "gate", path, "--data", questions)
    assert again.exit_code == 2
    assert "is there already" in again.stderr


@pytest.mark.slow
def test_it_tells_which_branch_runs_and_how_far_it_is(
    ragkit: Callable, project: Path, questions: Path, lm: ScriptedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragkit.cli.progress.ProgressBar", partial(ProgressBar, 0.0))
    done = ragkit("train", "gate", project / "pipelines" / "gated.yaml", "--data", questions, "--repeats", 2)
    assert done.exit_code == 0, done.output
    told = done.stderr
    for line in (
        "questions reached the step 'gate'; fitting it",
        "every question through the branch 'never'", "branch 'never': 24 of 24 questions",
        "every question through the branch 'always'", "branch 'always': 1 of 24 questions",
    ):  # fmt: skip
        assert told.count(line) == 1, line


def test_a_trained_file_of_another_method_is_refused(
    ragkit: Callable, project: Path, questions: Path, lm: ScriptedLM
) -> None:
    path = project / "pipelines" / "gated.yaml"
    assert ragkit("train", "gate", path, "--data", questions, "--labels", "data", "--repeats", 1).exit_code == 0
    path.write_text(PIPELINE.replace("perplexity", "max_token_probability"))
    done = ragkit("run", path, "What is number 2?")
    assert done.exit_code == 3
    assert "was trained with method 'perplexity'; this step has 'max_token_probability'" in done.stderr


def test_a_price_without_answers_is_refused(ragkit: Callable, project: Path, questions: Path) -> None:
    path = project / "pipelines" / "gated.yaml"
    done = ragkit("train", "gate", path, "--data", questions, "--labels", "data", "--price", 0.1)
    assert done.exit_code == 2
    assert "--price weighs right answers" in done.stderr


def test_a_gate_with_a_threshold_of_its_own_is_told_how_to_be_trained(
    ragkit: Callable, project: Path, questions: Path
) -> None:
    path = project / "pipelines" / "gated.yaml"
    path.write_text(PIPELINE.replace("state: gate.json", "threshold: 2"))
    done = ragkit("train", "gate", path, "--data", questions)
    assert done.exit_code == 2
    assert "the step 'gate' of gated.yaml can be trained, and names no trained file" in done.stderr
    assert "write 'state: trained/gate.json' there" in done.stderr


def test_many_choices_do_not_widen_the_page_of_a_component(ragkit: Callable) -> None:
    shown = ragkit("components", "show", "gate.uncertainty").stdout
    assert max(len(line) for line in shown.splitlines()) <= 130
    assert "one of 20" in shown
    assert "verbalised" in shown
    assert "one of: words, encoder, entailment" in shown
