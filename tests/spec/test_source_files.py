"""Reading YAML: files that cannot be opened, and the limits on size, count and nesting."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.builder import DEEPEST, MOST_VALUES
from ragkit.spec.reading.lexical import MOST_BYTES
from ragkit.spec.reading.source import read
from tests.spec.reading_text import findings, plain


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    diagnostics = Diagnostics()
    node = read(file, diagnostics, {})
    assert node is not None
    assert node.plain() == {"a": 1}
    assert node.keys["a"].column == 1
    assert not diagnostics.errors


def file_findings(path: Path) -> list[tuple[str, str]]:
    diagnostics = Diagnostics()
    assert read(path, diagnostics, {}) is None
    return [(finding.code, finding.render()) for finding in diagnostics.errors]


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "naive.yaml").write_text("a: 1")
    ((code, said),) = file_findings(tmp_path / "naiv.yaml")
    assert code == "no-file"
    assert said.endswith("there is no such file\n     = did you mean 'naive.yaml'?")
    assert file_findings(tmp_path)[0][0] == "no-file"
    assert "folder" in file_findings(tmp_path)[0][1]
    assert file_findings(tmp_path / "naive.yaml" / "x.yaml")[0][0] == "no-file"
    assert file_findings(tmp_path / ("n" * 5000))[0][0] == "unreadable"
    assert file_findings(Path("a\0b"))[0][0] == "unreadable"
    assert file_findings(tmp_path / "gone" / "x.yaml")[0][0] == "no-file"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert file_findings(tmp_path / "naive.yaml")[0][0] == "no-permission"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("hybrid", "pipelines/hybrid.yaml"), ("hybrid.yml", "pipelines/hybrid.yaml"), ("prt.yaml", "part.yaml"),
     ("nope.yaml", None)],
)  # fmt: skip
def test_the_file_that_was_meant_is_named(
    asked: str, meant: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pipelines").mkdir()
    for name in ("pipelines/hybrid.yaml", "lm.yaml", "part.yaml"):
        Path(name).write_text("a: 1")
    ((_, said),) = file_findings(Path(asked))
    assert said == f"{asked}: there is no such file" + (f"\n     = did you mean {meant!r}?" if meant else "")


@pytest.mark.clock
def test_a_file_of_ten_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_text("a: 1\n" * 2_000_000)
    started = time.process_time()
    ((code, said),) = file_findings(file)
    assert time.process_time() - started < 2
    assert code == "too-large"
    assert "10,000,000 bytes" in said
    file.write_text("#" * MOST_BYTES)
    assert file_findings(file)[0][0] == "empty"


def test_a_text_of_an_editor_has_the_same_limit() -> None:
    assert findings("a: " + "é" * (MOST_BYTES // 2))[0][0] == "too-large"


@pytest.mark.slow
def test_values_are_counted_with_what_anchors_repeat() -> None:
    thousand = ", ".join("1" * 1 for _ in range(1000))
    text = f"x: &x [{thousand}]\ny: [{', '.join(['*x'] * 18)}]\n"
    assert len(plain(text)["y"]) == 18
    assert findings(f"x: &x [{thousand}]\ny: [{', '.join(['*x'] * 20)}]\n")[0][0] == "too-many-values"
    many = "a:\n" + "- 1\n" * (MOST_VALUES + 1)
    assert findings(many) == [("too-many-values", 19_999, 3)]


@pytest.mark.clock
@pytest.mark.slow
def test_merging_the_same_mapping_over_and_over_is_bounded() -> None:
    base = "x: &x {" + ", ".join(f"k{i}: 1" for i in range(5000)) + "}\n"
    text = base + "".join(f"y{i}: {{<<: *x}}\n" for i in range(3000))
    started = time.process_time()
    assert findings(text)[0][0] == "too-many-values"
    assert time.process_time() - started < 5


@pytest.mark.slow
def test_nesting_is_bounded_also_through_anchors() -> None:
    assert plain("a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1))
    assert findings("a: " + "[" * DEEPEST + "]" * DEEPEST)[0][0] == "too-deep"
    assert findings("a: " + "[" * 100_000)[0][0] == "too-deep"
    chain = "x0: &x0 []\n" + "".join(f"x{i}: &x{i} [*x{i - 1}]\n" for i in range(1, 150))
    assert findings(chain)[0][0] == "too-deep"
