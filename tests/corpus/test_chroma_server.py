"""The same corpus on a real Chroma server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ragkit.corpus.corpus import Corpus
from ragkit.errors import CorpusError
from tests.corpus.corpora import answers, build, document, write_corpus

pytestmark = [
    pytest.mark.slow,
    # Chroma's client for servers never closes its HTTP session; the garbage collector does.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
DOCUMENTS = [document(number) for number in range(24)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_at(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=1) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a `chroma run` of this module's own."""
    chroma = shutil.which("chroma", path=str(Path(sys.executable).parent))
    assert chroma is not None, "chromadb brings its command"
    folder, number = tmp_path_factory.mktemp("chroma"), free_port()
    command = [chroma, "run", "--host", "127.0.0.1", "--port", str(number), "--path", str(folder)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            end = time.monotonic() + 60
            while not answers_at(number):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end
                time.sleep(0.1)
            yield number
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def client(port: int) -> Iterator[Any]:
    import chromadb
    from chromadb.config import Settings

    with chromadb.HttpClient("127.0.0.1", port, settings=Settings(anonymized_telemetry=False)) as found:
        yield found


def store(port: int, exact_up_to: int) -> str:
    return f"store: {{kind: chroma-server, host: 127.0.0.1, port: {port}, exact_up_to: {exact_up_to}}}\n"


def collections(port: int, name: str) -> list[str]:
    with client(port) as chroma:
        return [one.name for one in chroma.list_collections() if one.name.startswith(f"ragkit-{name}-")]


def test_a_server_answers_as_the_embedded_store_does(port: int, tmp_path: Path, tiny_model: Path, state: Path) -> None:
    embedded = build(write_corpus(tmp_path / "embedded", DOCUMENTS, tiny_model), tmp_path / "other-state").reader()
    corpus = build(write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model, store(port, 5)), state)
    reader = corpus.reader()
    assert reader.method.startswith("chroma (ef_search 100, recall@10 ")
    assert answers(reader) == answers(embedded)
    vectors = reader.encode(["ranking that needs tables"])
    where = {"year": [2000, 2001, 2002]}
    one, other = reader.dense(vectors, 4, where)[0], embedded.dense(vectors, 4, where)[0]
    assert one.indices.tolist() == other.indices.tolist()
    manifest = corpus.manifest()
    assert manifest is not None
    with client(port) as chroma:
        collection = chroma.get_collection(manifest.collection, embedding_function=None)
        assert collection.count() == 24
        found = collection.get(ids=["d3#0"], include=["documents", "metadatas"])
    assert found["documents"] == [DOCUMENTS[3]["text"]]
    assert found["metadatas"][0]["year"] == 2003
    assert not (corpus.folder.versions / reader.version / "chroma").exists()


def test_each_version_is_a_collection_and_old_ones_go(port: int, tmp_path: Path, tiny_model: Path, state: Path) -> None:
    folder = tmp_path / "corpora"
    path = write_corpus(folder, DOCUMENTS, tiny_model, store(port, 5))
    renamed = path.rename(folder / "turns.yaml")
    corpus = build(renamed, state)
    first = corpus.reader()
    before = answers(first)
    assert len(collections(port, "turns")) == 1
    write_corpus(folder, [*DOCUMENTS, document(30)], tiny_model)
    Corpus(renamed, state).build()
    assert answers(first) == before, "the version that is held still answers from its own collection"
    assert corpus.reader().count == 25
    assert len(collections(port, "turns")) == 2
    del first
    with client(port) as chroma:
        chroma.create_collection(collections(port, "turns")[0][:-8] + "00000000", embedding_function=None)
    assert len(collections(port, "turns")) == 3, "what a killed build left"
    Corpus(renamed, state).build(force=True)
    held = corpus.manifest()
    assert held is not None
    left = collections(port, "turns")
    assert held.collection in left
    assert len(left) == 2, "the published one, and the one that this process still holds"


def test_two_projects_on_one_server_do_not_touch_each_other(
    port: int, tmp_path: Path, tiny_model: Path, prepared_state: Path
) -> None:
    states = [Path(shutil.copytree(prepared_state, tmp_path / name)) for name in ("one", "two")]
    path = write_corpus(tmp_path / "corpora", DOCUMENTS[:8], tiny_model, store(port, 5))
    readers = [build(path, state).reader() for state in states]
    Corpus(path, states[0]).build(force=True)
    assert answers(readers[0]) == answers(readers[1])
    vectors = readers[1].encode(["tables"])
    assert len(readers[1].dense(vectors, 3)[0].indices) == 3


def test_a_collection_that_is_gone_is_an_error_with_a_way_out(
    port: int, tmp_path: Path, tiny_model: Path, state: Path
) -> None:
    corpus = build(write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model, store(port, 5)), state)
    manifest = corpus.manifest()
    assert manifest is not None
    with client(port) as chroma:
        chroma.delete_collection(manifest.collection)
    reader = corpus.reader()
    vectors = reader.encode(["tables"])
    with pytest.raises(CorpusError) as error:
        reader.dense(vectors, 3)
    assert repr(manifest.collection) in str(error.value)
    assert error.value.hint == "ragkit index notes --force"
    assert len(reader.dense(vectors, None)[0].indices) == 24, "all of them are scored from the index's own file"
