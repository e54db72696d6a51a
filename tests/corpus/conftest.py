"""The tiny model and a state folder in which it is ready, made once for all tests of corpora."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.corpus.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small encoder."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def prepared_state(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which the tiny model is ready."""
    from ragkit.corpus.encoder.config import EncoderConfig
    from ragkit.corpus.encoder.encoder import Encoder

    state = tmp_path_factory.mktemp("state")
    encoder = Encoder(EncoderConfig(model=str(tiny_model), device="cpu"), state, state / "encoders")
    assert encoder.facts.runtime == "onnxruntime", encoder.facts.reason
    return state


@pytest.fixture
def state(prepared_state: Path, tmp_path: Path) -> Path:
    """A state folder of this test's own, in which the tiny model is ready."""
    return Path(shutil.copytree(prepared_state, tmp_path / "state"))
