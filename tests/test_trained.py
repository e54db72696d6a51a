"""Trained files: found beside the pipeline, part of its hash, refused when they are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.component import Component, Parameters, check_class
from ragkit.components.catalogue import Catalogue
from ragkit.errors import TrainedFileError
from ragkit.spec.load import check, load
from ragkit.trained import Trained, TrainedFile, untrained
from ragkit.types import Passages


class Learned(Component):
    """Hands its passages on."""

    class Params(Parameters):
        """A trained file and a number."""

        state: TrainedFile
        k: int = 1

    def run(self, passages: Passages) -> Passages:
        """Nothing changes."""
        return passages


check_class(Learned)


class _Catalogue(Catalogue):
    def names(self) -> tuple[str, ...]:
        return (*super().names(), "select.tried")

    def __contains__(self, name: object) -> bool:
        return name == "select.tried" or super().__contains__(name)

    def get(self, name: str) -> type[Component]:
        return Learned if name == "select.tried" else super().get(name)


PIPELINE = """
version: 1
corpus: papers
steps:
  found: {use: retrieve.bm25}
  kept: {use: select.tried, passages: found, state: trained/kept.json}
output: kept
"""


def _trained(**state: Any) -> Trained:
    return Trained("select.tried", state, {"n": 3}, {"ragkit": "0"})


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    file = tmp_path / "p.yaml"
    file.write_text(PIPELINE, encoding="utf-8")
    return file


def _load(pipeline: Path) -> Any:
    return load(pipeline, catalogue=_Catalogue())


def test_found_beside_the_pipeline_and_read_back(pipeline: Path, tmp_path: Path) -> None:
    _trained(weights=[1.5, -2.0]).write(tmp_path / "trained" / "kept.json")
    step = _load(pipeline).root.steps[1]
    assert step.params.state.path == tmp_path / "trained" / "kept.json"
    read = step.params.state.read("select.tried")
    assert (read.state, read.conditions, read.written_by) == ({"weights": [1.5, -2.0]}, {"n": 3}, {"ragkit": "0"})


def test_the_hash_follows_the_content_and_not_the_folder(pipeline: Path, tmp_path: Path) -> None:
    file = tmp_path / "trained" / "kept.json"
    _trained(weights=[1.0]).write(file)
    first = _load(pipeline).hash
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "trained").mkdir(parents=True)
    (elsewhere / "p.yaml").write_text(PIPELINE, encoding="utf-8")
    (elsewhere / "trained" / "kept.json").write_bytes(file.read_bytes())
    assert _load(elsewhere / "p.yaml").hash == first
    _trained(weights=[1.1]).write(file)
    assert _load(pipeline).hash != first


def test_the_trace_shows_name_and_digest(pipeline: Path, tmp_path: Path) -> None:
    digest = _trained().write(tmp_path / "trained" / "kept.json")
    shown = _load(pipeline).root.steps[1].params.model_dump()
    assert shown["state"] == f"kept.json (sha256:{digest[:16]})"


def test_bound_copies_keep_it(pipeline: Path, tmp_path: Path) -> None:
    _trained().write(tmp_path / "trained" / "kept.json")
    step = _load(pipeline).root.steps[1]
    assert Learned(step.params).bound({"k": 4}).params == step.params.model_copy(update={"k": 4})


def test_missing_is_an_error_at_its_line_with_the_nearest_name(pipeline: Path, tmp_path: Path) -> None:
    _, findings = check(pipeline, catalogue=_Catalogue())
    assert [f.place.rpartition("/")[2] for f in findings] == ["p.yaml:6:53"]
    assert "there is no trained file 'trained/kept.json'" in findings[0].message
    assert "'ragkit train' makes it" in findings[0].message
    _trained().write(tmp_path / "trained" / "kep.json")
    assert "did you mean 'kep.json'?" in check(pipeline, catalogue=_Catalogue())[1][0].message


def test_a_number_is_no_file(pipeline: Path) -> None:
    pipeline.write_text(PIPELINE.replace("trained/kept.json", "12"), encoding="utf-8")
    assert "found 12, expected text" in check(pipeline, catalogue=_Catalogue())[1][0].message


def test_to_be_trained_it_may_be_missing(pipeline: Path) -> None:
    with untrained():
        state = _load(pipeline).root.steps[1].params.state
    assert not state.trained
    with pytest.raises(TrainedFileError, match="cannot be read"):
        state.read("select.tried")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a trained file"),
        (b'{"format": 2, "use": "select.tried", "state": {}}', "has format 2; this ragkit reads 1"),
        (b'{"format": 1, "use": "select.tried", "state": {}, "questions": [1]}', "'questions' are no text of digests"),
        (b'{"format": 1, "use": "select.other", "state": {}}', "was trained for 'select.other'"),
        (b'{"format": 1, "use": "select.tried", "state": 3}', "is damaged"),
    ],
)
def test_what_is_wrong_in_it_is_said(tmp_path: Path, body: bytes, said: str) -> None:
    file = tmp_path / "kept.json"
    file.write_bytes(body)
    with pytest.raises(TrainedFileError, match=said):
        TrainedFile(file, None).read("select.tried")


def test_changed_after_the_check_is_refused(pipeline: Path, tmp_path: Path) -> None:
    _trained(a=1).write(tmp_path / "trained" / "kept.json")
    state = _load(pipeline).root.steps[1].params.state
    _trained(a=2).write(tmp_path / "trained" / "kept.json")
    with pytest.raises(TrainedFileError, match="has changed since"):
        state.read("select.tried")


def test_a_number_that_is_none_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        _trained(weights=[float("nan")]).write(tmp_path / "kept.json")
    assert not list(tmp_path.iterdir())


def test_what_is_written_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    _trained(weights=[1.0]).write(tmp_path / "kept.json")
    document = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    assert list(document) == ["format", "use", "written_by", "conditions", "state"]


def test_trained_again_it_counts_as_not_trained_yet(pipeline: Path, tmp_path: Path) -> None:
    file = tmp_path / "trained" / "kept.json"
    _trained().write(file)
    with untrained(file):
        assert not _load(pipeline).root.steps[1].params.state.trained
    with untrained(tmp_path / "other.json"):
        assert _load(pipeline).root.steps[1].params.state.trained
