"""Every shipped pipeline measured by ``ragkit eval`` on the product's own questions; the last test in new processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ragkit.cli.main import app
from ragkit.corpus import load_corpus
from ragkit.spec.written.objectives import METRICS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
FOLDER = Path(__file__).parents[2] / "pipelines"
PIPELINES = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.yaml"))
PAPERS = "corpora/papers/questions.jsonl"


@pytest.fixture(scope="module")
def home(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the indexes: the papers' from the checkout where it is current, else made here."""
    home = tmp_path_factory.mktemp("home")
    if load_corpus("papers", repository / "corpora", repository / ".ragkit").status() == "current":
        for name in ("indexes/papers", "encoders"):
            shutil.copytree(repository / ".ragkit" / name, home / name)
    else:
        load_corpus("papers", repository / "corpora", home).build()
    load_corpus("notes", repository / "corpora", home).build()  # crag.yaml's second corpus
    return home


def words(name: str, *more: str) -> list[str]:
    return ["eval", f"pipelines/{name}.yaml", "--data", PAPERS, *more]


@pytest.fixture
def measure(repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """``measure(pipeline, *options)``: what ``ragkit eval`` says, in the checkout."""
    monkeypatch.chdir(repository)
    monkeypatch.setenv("RAGKIT_HOME", str(home))
    return lambda name, *more: CliRunner().invoke(app, words(name, *more))


def needs_an_lm(name: str) -> bool:
    """Whether a pipeline refuses to run where no LM is set."""
    done = CliRunner().invoke(app, ["validate", f"pipelines/{name}.yaml"])
    return done.exit_code != 0 and "needs an LM" in done.output


@pytest.mark.parametrize("name", PIPELINES)
def test_every_shipped_pipeline_is_measured(measure: Callable, repository: Path, name: str) -> None:
    if needs_an_lm(name):
        assert measure(name).exit_code == 2
        return
    if "use: generate.local" in (FOLDER / f"{name}.yaml").read_text():
        done = measure(name, "--limit", "2", "--no-build")
        assert done.exit_code == 3
        assert "the local language model" in done.stderr
        return
    done = measure(name, "--split", "report", "--limit", "24", "--seed", "1", "--json", "--no-build")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["n"], report["errors"]) == (24, 0)
    assert set(report["metrics"]) == set(METRICS)
    assert report["metrics"]["recall"]["mean"] > 0.6
    assert report["metrics"]["correct"]["n"] == 24
    wrong = sum(map(len, report["failed"].values()))
    assert wrong == sum(report["causes"].values()) == round(24 * (1 - report["metrics"]["correct"]["mean"]))
    assert report["warnings"] == [], "nothing that is shipped was trained on the half that is for reporting"
    selectors = [step for step, of in report["baselines"].items() if of["equal_tokens"] is not None]
    assert selectors == list(report["baselines"])
    assert str(repository) not in json.dumps(report["conditions"])


def test_the_whole_of_hybrid_and_its_rows(repository: Path, home: Path, tmp_path: Path) -> None:
    rows_file = tmp_path / "rows.jsonl"

    def measure(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ragkit", *words("hybrid", "--json", *more)]
        environment = {**os.environ, "RAGKIT_HOME": str(home)}
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)

    done = measure("--rows", str(rows_file))
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    rows = [json.loads(line) for line in rows_file.read_text(encoding="utf-8").splitlines()]
    asked = [json.loads(line) for line in (repository / PAPERS).read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [question["id"] for question in asked]
    assert report["n"] == 193
    assert report["metrics"]["recall@10"]["mean"] > 0.95
    assert report["metrics"]["recall@10"]["low"] < report["metrics"]["recall@10"]["mean"]
    assert report["conditions"]["data"]["file"] == PAPERS
    for row in rows:
        documents = list(dict.fromkeys(passage["doc_id"] for passage in row["passages"]))[:10]
        if row["gold_ids"]:
            share = len(set(documents) & set(row["gold_ids"])) / len(row["gold_ids"])
            assert row["metrics"]["recall@10"] == pytest.approx(share)
    again = measure()
    assert json.loads(again.stdout)["metrics"] == report["metrics"], "the same numbers from the cache"
