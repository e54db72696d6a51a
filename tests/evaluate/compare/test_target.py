"""What an argument of ``ragkit compare`` names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.compare.target import Target, labelled, read_target
from tests.evaluate.compare.making import row, save, write_rows

SAVED = ["before", "after", "k=5"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("k.yaml", "k@2.yaml", "tuned.overlay.yaml", "a=b.jsonl", "rows.jsonl"):
        (tmp_path / name).touch()
    save(tmp_path / "elsewhere", "old", [row("a")])
    write_rows(tmp_path / "rows.jsonl", [row("a")])
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "name", "label"),
    [
        ("k.yaml", "pipeline", "k.yaml", None),
        ("before", "result", "before", None),
        ("rows.jsonl", "rows", "rows.jsonl", None),
        ("elsewhere/results/old", "result", "elsewhere/results/old", None),
        ("new=k.yaml", "pipeline", "k.yaml", "new"),
        ("the new one=before", "result", "before", "the new one"),
        ("k=5", "result", "k=5", None),  # as it is written, before any sign in it means something
        ("a=b.jsonl", "rows", "a=b.jsonl", None),
        ("k@2.yaml", "pipeline", "k@2.yaml", None),
        ("x=a=b.jsonl", "rows", "a=b.jsonl", "x"),
    ],
)
def test_names(text: str, kind: str, name: str, label: str | None) -> None:
    found = read_target(text, SAVED)
    assert (found.kind, found.name, found.label) == (kind, name, label)


def test_overlay_and_choices_stand_behind_the_pipeline() -> None:
    found = read_target("wide=k.yaml@tuned.overlay.yaml@evidence.buffer=10@k=3", SAVED)
    assert (found.label, found.name, found.overlay) == ("wide", "k.yaml", Path("tuned.overlay.yaml"))
    assert found.choices == ("evidence.buffer=10", "k=3")
    assert found.variant == "tuned@evidence.buffer=10@k=3"
    assert read_target("k.yaml@name=a value = with signs", SAVED).choices == ("name=a value = with signs",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("befor", "there is no pipeline file, saved result or file of rows 'befor'; did you mean 'before'?"),
        ("kk.yaml", "there is no pipeline file, saved result or file of rows 'kk.yaml'; did you mean 'k.yaml'?"),
        ("x=befor", "'befor'; did you mean 'before'?"),
        ("k.yaml@nothing.yaml", "'k.yaml@nothing.yaml': there is no overlay 'nothing.yaml'"),
        ("k.yaml@tuned.overlay.yaml@k.yaml", "has two overlays: 'tuned.overlay.yaml' and 'k.yaml'"),
        ("elsewhere", "the folder 'elsewhere' holds no saved result (no report.json)"),
        ("before@tuned.overlay.yaml", "there is no pipeline file, saved result or file of rows 'before'"),
        ("", "there is no pipeline file, saved result or file of rows ''"),
    ],
)  # fmt: skip
def test_what_is_not_there(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_target(text, SAVED)
    assert message in raised.value.message


def test_labels_tell_sides_apart() -> None:
    def pipeline(label: str | None = None, *choices: str) -> Target:
        return Target("pipeline", "k.yaml", "k.yaml", label, choices=choices)

    plain, wide, same = pipeline(), pipeline(None, "k=5"), pipeline()
    assert labelled([plain, wide, same], ["k"] * 3) == ["k", "k@k=5", "k (2)"]
    assert labelled([pipeline("k"), plain], ["k", "k"]) == ["k", "k (2)"]
    assert labelled([plain, pipeline("k")], ["k", "k"]) == ["k (2)", "k"]
    assert labelled([wide, pipeline()], ["k", "other"]) == ["k", "other"]
    with pytest.raises(UsageError, match="the label 'k' stands twice"):
        labelled([pipeline("k"), pipeline("k")], ["k", "k"])
