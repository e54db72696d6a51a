"""Which pipelines are served, and under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.errors import SpecError, UsageError
from ragkit.project import Project
from ragkit.serve.shelf import Shelf, fill

from .conftest import BROKEN, CHOOSES


def test_a_folder_gives_its_sound_pipelines_and_tells_of_the_others(project: Project) -> None:
    shelf = Shelf(project)
    broken = fill(shelf, [], project.pipelines)
    assert [served.name for served in shelf.all] == ["asks", "more/chooses"]
    assert list(broken) == ["broken"]
    assert "no.such" in broken["broken"].diagnostics[0].message


def test_overlays_beside_their_pipelines_are_neither_served_nor_complained_of(project: Project) -> None:
    overlay = "version: 1\npipeline: asks\nhash: '0'\nvalues: {}\n"
    (project.pipelines / "asks.tuned.yaml").write_text(overlay)
    shelf = Shelf(project)
    assert list(fill(shelf, [], project.pipelines)) == ["broken"]
    assert len(shelf) == 2


def test_those_that_are_named_are_all_that_is_served(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere" / "mine.yaml"
    outside.parent.mkdir()
    outside.write_text(CHOOSES)
    shelf = Shelf(project)
    fill(shelf, [project.pipelines / "more" / "chooses.yaml", outside], project.pipelines)
    assert [served.name for served in shelf.all] == ["mine", "more/chooses"]


def test_what_is_named_and_cannot_be_served_is_an_error(project: Project, tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        fill(Shelf(project), [project.pipelines / "broken.yaml"], project.pipelines)
    with pytest.raises(UsageError, match=r"there is no pipeline file .*nothing\.yaml"):
        fill(Shelf(project), [tmp_path / "nothing.yaml"], project.pipelines)
    twin = tmp_path / "asks.yaml"
    twin.write_text(CHOOSES)
    with pytest.raises(UsageError, match="two pipelines are called 'asks'"):
        fill(Shelf(project), [project.pipelines / "asks.yaml", twin], project.pipelines)


def test_where_nothing_is_sound_there_is_nothing_to_serve(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "broken.yaml").write_text(BROKEN)
    with pytest.raises(UsageError, match=r"no pipeline in .* can be served"):
        fill(Shelf(Project(tmp_path)), [], tmp_path / "pipelines")


def test_a_pipeline_is_opened_once(project: Project) -> None:
    shelf = Shelf(project)
    fill(shelf, [], project.pipelines)
    served = shelf.get("more/chooses")
    pipeline = shelf.open(served)
    served.file.write_text(BROKEN)
    assert shelf.open(served) is pipeline
    shelf.close()
