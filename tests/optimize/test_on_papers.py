"""``ragkit optimize`` and ``ragkit study`` over the paper corpus, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ragkit.cli.main import app
from ragkit.components.catalogue import Catalogue
from ragkit.spec.load import load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PIPELINE = """\
version: 1
corpus: papers
steps:
  found: {use: retrieve.bm25, k: {choice: [1, 5, 10], default: 1}}
output: found
"""


@pytest.fixture
def call(repository: Path, tmp_path: Path):
    """The verbs over the checkout's corpus and index, with studies of this test's own."""
    state = tmp_path / "state"
    state.mkdir()
    for name in ("indexes",):
        if (repository / ".ragkit" / name).is_dir():
            (state / name).symlink_to(repository / ".ragkit" / name)
    (tmp_path / "p.yaml").write_text(PIPELINE, encoding="utf-8")
    data = repository / "corpora" / "papers" / "questions.jsonl"

    def ragkit(*arguments: object) -> Result:
        given = [str(tmp_path / part) if part == "p.yaml" else str(part) for part in arguments]
        if given[0] == "optimize":
            given += ["--data", str(data), "--trials", "4"]
        given += ["--project", str(repository)]
        return CliRunner(env={"RAGKIT_HOME": str(state)}).invoke(app, given)

    return ragkit


def test_from_a_file_with_one_mark_to_an_overlay_and_its_card(call, tmp_path: Path) -> None:
    done = call("optimize", "p.yaml", "--maximize", "recall", "--json")
    assert done.exit_code == 0, done.stderr
    card = json.loads(done.stdout)
    assert card["verdict"]["improved"]
    assert card["verdict"]["figures"]["gain"]["low"] > 0.05
    assert card["values"] == {"default": {"found.k": 1}, "best": {"found.k": 10}, "random": card["values"]["random"]}
    overlay = tmp_path / "p.tuned.yaml"
    assert "found.k: 10   # 1 in the pipeline" in overlay.read_text("utf-8")
    assert load(tmp_path / "p.yaml", catalogue=Catalogue(), overlay=overlay).root.steps[0].params.k == 10
    page = (tmp_path / "p.tuned.card.md").read_text("utf-8")
    assert "| `found.k` | 1 | 10 |" in page
    assert "$ ragkit optimize" in page
    again = call("optimize", "p.yaml", "--maximize", "recall")
    assert again.exit_code == 2
    assert "is there already" in again.stderr

    listed = call("study", "list", "--json")
    assert [study["name"] for study in json.loads(listed.stdout)] == ["p-1"]
    assert json.loads(call("study", "best", "p-1", "--json").stdout)["best"]["choices"] == {"found.k": 10}
    resumed = call("study", "resume", "p-1", "--force", "--json")
    assert resumed.exit_code == 0, resumed.stderr
    assert json.loads(resumed.stdout)["search"]["tried"] == card["search"]["tried"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("optimize", "p.yaml"), "has no objective"),
        (("optimize", "p.yaml", "--maximize", "recal"), "did you mean 'recall'"),
        (("optimize", "p.yaml", "--maximize", "recall", "--only", "structure"), "leaves open no structure"),
        (
            ("optimize", "p.yaml", "--maximize", "recall", "--subject-to", "tokens"),
            "--subject-to takes METRIC < NUMBER",
        ),
        (("optimize", "p.yaml", "--maximize", "recall", "--study", "../x"), "a study cannot be called '../x'"),
        (("study", "best", "nothing"), "there is no study 'nothing'"),
    ],
)
def test_what_is_wrong_is_told(call, arguments: tuple, said: str) -> None:
    done = call(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
