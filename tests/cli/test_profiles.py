"""``--profile``: the overlay that was tuned for it is used, and levels that are not kept are said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import EMPTY

SLO = "slo: {small: [context_tokens < 0, recall > 0.5], free: []}\n"
TOLD = "the profile 'small' promises context_tokens < 0; this run came to 0 context_tokens"


@pytest.fixture
def file(ragkit: Callable, project: Path) -> Path:
    path = project / "pipelines" / "empty.yaml"
    path.write_text(EMPTY + SLO)
    said = json.loads(ragkit("run", path, "question?", "--json").stdout)
    for name, levels in (("small", ["context_tokens < 0", "recall > 0.5"]), ("free", [])):
        text = f"version: 1\npipeline: nothing\nhash: '{said['pipeline']['hash']}'\nvalues: {{kept.k: 5}}\n"
        path.with_name(f"empty.{name}.yaml").write_text(f"{text}profile: {name}\nlevels: {json.dumps(levels)}\n")
    return path


def test_a_run_says_which_level_it_does_not_keep(ragkit: Callable, file: Path) -> None:
    shown = ragkit("run", file, "question?", "--profile", "small")
    assert shown.exit_code == 0
    assert f"warning: {TOLD}" in " ".join(shown.stderr.split())
    said = json.loads(ragkit("run", file, "question?", "--profile", "small", "--json").stdout)
    assert TOLD in said["warnings"]
    assert said["conditions"]["profile"] == "small"
    assert TOLD not in ragkit("run", file, "question?", "--profile", "free").stderr


def test_chat_and_eval_take_it_too(ragkit: Callable, file: Path, project: Path) -> None:
    assert ragkit("chat", file, "--profile", "small", "--quiet", text="question?\n").exit_code == 0
    (project / "q.jsonl").write_text('{"id": "a", "question": "?", "answers": ["b"], "kind": "single"}\n')
    shown = ragkit("eval", file, "--data", project / "q.jsonl", "--profile", "small", "--json")
    report = json.loads(shown.stdout)
    assert [(of["level"], of["kept"]) for of in report["slo"]["small"]] == [
        ("context_tokens < 0", False), ("recall > 0.5", None)
    ]  # fmt: skip
    assert report["conditions"]["profile"] == "small"
    assert set(json.loads(ragkit("eval", file, "--data", project / "q.jsonl", "--json").stdout)["slo"]) == {
        "small", "free"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "smal"), "no profile 'smal'; it names 'small', 'free'; did you mean 'small'?"),
        (("--profile", "small", "--overlay", "x.yaml"), "exclude each other"),
    ],
)
def test_one_that_cannot_be_used_is_an_error(
    ragkit: Callable, file: Path, arguments: tuple[str, ...], said: str
) -> None:
    shown = ragkit("run", file, "question?", *arguments)
    assert shown.exit_code == 2
    assert said in " ".join(shown.stderr.split())


def test_one_that_is_not_tuned_says_how(ragkit: Callable, file: Path) -> None:
    file.with_name("empty.small.yaml").unlink()
    shown = ragkit("run", file, "question?", "--profile", "small")
    assert shown.exit_code == 2
    assert "has not been tuned" in shown.stderr
    assert "tuned are 'free'" in shown.stderr
    assert "ragkit optimize" in shown.stderr


def test_overlays_of_profiles_are_no_pipelines(ragkit: Callable, file: Path) -> None:
    shown = ragkit("validate", file.parent, "--json")
    assert shown.exit_code == 0, shown.stdout
