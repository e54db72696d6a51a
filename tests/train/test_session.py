"""A training says beforehand what it could not write behind the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.errors import RagkitError, TrainedFileError, UsageError
from ragkit.train.session import train


class Untouched:
    """A lesson that nobody may start."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def running(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("the questions were run")


def refused(path: Path, **options: Any) -> RagkitError:
    with pytest.raises(RagkitError) as error:
        train(Untouched(path), (), None, **options)  # type: ignore[arg-type]
    return error.value


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "router.json").write_text("{}", encoding="utf-8")
    assert "is there already" in str(refused(tmp_path / "router.json"))
    with pytest.raises(AssertionError, match="the questions were run"):
        train(Untouched(tmp_path / "router.json"), (), None, force=True)  # type: ignore[arg-type]


def test_a_folder_is_no_trained_file_forced_or_not(tmp_path: Path) -> None:
    for force in (False, True):
        error = refused(tmp_path, force=force)
        assert isinstance(error, UsageError)
        assert "is a folder, not a trained file" in str(error)


def test_what_cannot_be_written_is_said_before_the_questions_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    error = refused(tmp_path / "file" / "router.json")
    assert isinstance(error, TrainedFileError)
    assert "cannot be written: Not a directory" in str(error)


def test_nothing_is_left_where_nothing_was_trained(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        train(Untouched(tmp_path / "new" / "router.json"), (), None)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
