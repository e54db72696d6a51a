"""Fixtures of the tests of traces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.trace.store import TraceStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TraceStore]:
    """An empty store in a folder that it makes itself."""
    with TraceStore(tmp_path / "state" / "traces.db") as opened:
        yield opened
