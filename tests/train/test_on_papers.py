"""Training over the paper corpus, through the command line: what ships can be made again and holds what it promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ragkit.cli.main import app
from ragkit.engine.pipeline import Pipeline
from ragkit.evaluate.seen import digest_of

pytestmark = pytest.mark.slow

ABOUT_PAPERS = """
What is CRAG?; What is FLARE?; What is HNSW?; What is Self-RAG?; what is adaptive-k?; Explain IRCoT
Tell me about Hopfield retrieval; What is RAG?; define BM25; What does DPR stand for?; what's QLoRA
What is speculative decoding?; describe the ReAct method; what is the KV cache; Who proposed RAPTOR?; What is MuSiQue
explain reciprocal rank fusion; What does the LeanPrompt optimiser do?; tell me what HotpotQA is
What are mixture-of-experts models?
"""
EVERYDAY = """
What is a sonnet?; what is 9*6; Who painted the Mona Lisa?; define melancholy; What is NASA?
Explain why the sky is blue; tell me about penguins; what's a croissant; What does RSVP stand for?; Who is Napoleon?
"""


@pytest.fixture
def train(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAGKIT_HOME", str(repository / ".ragkit"))
    data = repository / "corpora" / "papers" / "questions.jsonl"

    def call(verb: str, pipeline: str, *more: object) -> Result:
        fixed = ["train", verb, repository / "pipelines" / pipeline, "--data", data, "--out", tmp_path / "made.json"]
        return CliRunner().invoke(app, [str(part) for part in (*fixed, *more)])

    return call


def test_a_selector_beats_the_fixed_k_that_costs_as_much(train) -> None:
    done = train("selector", "learned-k.yaml", "--json")
    assert done.exit_code == 0, done.output
    rows = {row["k"]: row for row in json.loads(done.stdout)["report"]["against_fixed_k"]}
    assert rows[5]["gain"]["low"] > 0.01
    assert rows[5]["learned"]["recall"]["mean"] > rows[10]["fixed"]["recall"]["mean"]
    assert rows[5]["learned"]["tokens"] < 0.51 * rows[10]["fixed"]["tokens"]
    again = train("selector", "learned-k.yaml")
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_a_router_knows_what_needs_no_documents(train, repository: Path) -> None:
    done = train(
        "router", "complexity-routed.yaml", "--add", repository / "corpora" / "papers" / "router.jsonl", "--json"
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)["report"]
    assert report["macro_f1"]["low"] > 0.85
    assert report["confusion"]["none"]["none"] >= 0.98 * 25 * report["repeats"]


@pytest.mark.parametrize(
    ("name", "of_names", "of_everyday"),
    [("complexity-routed", 0.9, 0.25), ("known-gated", 0.9, 0.25), ("cost-routed", 0.8, 0.5)],
)
def test_what_is_shipped_searches_for_short_questions_it_never_saw(
    name: str, of_names: float, of_everyday: float, repository: Path, monkeypatch
) -> None:
    """Names as people type them, in small letters and alone; to search for an everyday word in vain costs little."""
    monkeypatch.setenv("RAGKIT_HOME", str(repository / ".ragkit"))
    folder = repository / "corpora" / "papers"
    short, *learned = (
        [json.loads(line) for line in (folder / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()]
        for file in ("short", "router", "definitions")
    )
    seen = {digest_of(question["question"]) for several in learned for question in several}
    assert not [question for question in short if digest_of(question["question"]) in seen]
    with Pipeline.load(repository / "pipelines" / f"{name}.yaml", store=False) as pipeline:
        results = pipeline.run_batch([{"question": question["question"]} for question in short])
    everyday = [question["kind"] == "none" for question in short]
    retrieved = [int(result.usage["retrieval_calls"]) > 0 for result in results]
    assert sum(everyday) == 89
    assert sum(yes for yes, none in zip(retrieved, everyday, strict=True) if not none) >= of_names * 88
    assert sum(yes for yes, none in zip(retrieved, everyday, strict=True) if none) <= of_everyday * 89


@pytest.mark.parametrize("name", ["complexity-routed", "known-gated"])
def test_what_is_shipped_searches_for_names_it_never_saw(name: str, repository: Path, monkeypatch) -> None:
    monkeypatch.setenv("RAGKIT_HOME", str(repository / ".ragkit"))
    papers, everyday = (
        [question.strip() for question in text.strip().replace("\n", ";").split(";")]
        for text in (ABOUT_PAPERS, EVERYDAY)
    )
    assert (len(papers), len(everyday)) == (20, 10)
    learned = (repository / "corpora" / "papers" / "router.jsonl").read_text(encoding="utf-8").lower()
    assert not [one for one in papers + everyday if f'"{one.lower().rstrip("?")}' in learned]
    with Pipeline.load(repository / "pipelines" / f"{name}.yaml", store=False) as pipeline:
        retrieved = [
            any(span.use == "retrieve.hybrid" and span.status == "ok" for span in result.trace.spans)
            for result in pipeline.run_batch(papers + everyday)
        ]
    assert sum(retrieved[:20]) >= 18
    assert sum(retrieved[20:]) <= 5


def test_labels_from_branches_prefer_the_simplest_that_is_right(train) -> None:
    done = train("router", "complexity-routed.yaml", "--labels", "branches", "--repeats", "2", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)["report"]
    silver = report["silver"]
    assert silver["right"]["none"] == 25
    assert silver["right"]["multi"] >= silver["right"]["single"] > 60
    assert report["questions"] + silver["left_out"] == 193


def test_a_cost_router_is_right_more_often_than_every_branch_and_cheaper(train) -> None:
    done = train("router", "cost-routed.yaml", "--repeats", "5", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)["report"]
    policies = {row["policy"]: row for row in report["policies"]}
    chosen, oracle = policies.pop("chosen"), policies.pop("oracle")
    fixed = [row["right"]["mean"] for row in policies.values()]
    assert max(fixed) + 0.03 < chosen["right"]["mean"] < oracle["right"]["mean"]
    assert chosen["spent"]["context_tokens"] < policies["always narrow"]["spent"]["context_tokens"]
    assert report["calibration_error"] < 0.1
    told = train("router", "cost-routed.yaml", "--map", "multi=wide")
    assert told.exit_code == 2
    assert "route.cost learns from what each branch makes of the questions: no --map" in told.stderr


def test_wrong_input_is_told(train) -> None:
    for verb, more, said in (
        ("router", ("--map", "hard=multi"), "--map takes KIND=LABEL"),
        ("router", ("--map", "multi=many"), "the kind 'multi' is mapped to 'many'"),
        ("selector", (), "has no step that 'ragkit train selector' can train"),
        ("router", ("--step", "complexty"), "did you mean 'complexity'"),
        ("router", ("--split", "tuned"), "did you mean 'tune'"),
    ):
        done = train(verb, "complexity-routed.yaml", *more)
        assert done.exit_code == 2, said
        assert said in " ".join(done.stderr.split())
