"""A corpus: build, read, change, build again."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragkit.corpus.corpus import Corpus
from ragkit.corpus.documents import passage_text
from ragkit.corpus.index import building
from ragkit.corpus.index.check import check_version
from ragkit.corpus.progress import BuildProgress
from ragkit.errors import CorpusError, EncoderError, IndexMissing
from tests.corpus.corpora import answers, build, document, write_corpus
from tests.corpus.tiny_model import HIDDEN, write_tiny_model

pytestmark = pytest.mark.slow
DOCUMENTS = [document(number) for number in range(24)]


@pytest.fixture
def path(tmp_path: Path, tiny_model: Path) -> Path:
    return write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model)


def test_missing_then_current_and_the_reader_finds(path: Path, state: Path) -> None:
    corpus = Corpus(path, state)
    assert corpus.status() == "missing"
    with pytest.raises(IndexMissing) as error:
        corpus.reader()
    assert error.value.hint == "ragkit index notes"
    report = corpus.build()
    assert (report.built, report.documents, report.passages, report.sentences) == (True, 24, 24, 72)
    assert report.runtime == "onnxruntime"
    assert corpus.status() == "current"
    reader = corpus.reader()
    assert (reader.count, reader.version, reader.method) == (24, report.version, "exact")
    assert reader.dimensions == HIDDEN
    for number in (0, 11, 23):
        passage = reader.passages([number])[0]
        (hits,) = reader.dense(reader.encode([passage_text(passage.title, passage.text)]), 3)
        assert hits.indices[0] == number
        assert hits.scores[0] == pytest.approx(1, abs=1e-5)
        assert reader.bm25([passage.title], 1)[0].indices.tolist() == [number]


def test_without_sentence_vectors_their_places_stay(tmp_path: Path, tiny_model: Path, state: Path) -> None:
    path = write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model, "sentences: false\n")
    corpus = Corpus(path, state)
    assert corpus.build().encoded == 24
    spans, vectors = corpus.reader().sentences(3)
    assert (len(spans), vectors) == (3, None)


def test_the_second_build_does_nothing_and_a_forced_one_encodes_nothing(path: Path, state: Path) -> None:
    corpus = Corpus(path, state)
    first = corpus.build()
    before = answers(corpus.reader())
    second = corpus.build()
    assert (second.built, second.version, second.encoded) == (False, first.version, 0)
    forced = Corpus(path, state).build(force=True)
    assert forced.built
    assert forced.version != first.version
    assert (forced.encoded, forced.reused) == (0, first.encoded + first.reused)
    assert answers(corpus.reader()) == before


def test_only_what_changed_is_encoded(path: Path, state: Path, tiny_model: Path, tmp_path: Path) -> None:
    corpus = build(path, state)
    changed = [document(2, changed=True) if number == 2 else one for number, one in enumerate(DOCUMENTS)]

    def again(documents: list[dict[str, object]]) -> int:
        write_corpus(path.parent, documents, tiny_model)
        assert corpus.status() == "stale"
        report = corpus.build()
        assert corpus.status() == "current"
        assert report.passages == len(documents)
        fresh = build(write_corpus(tmp_path / f"fresh-{len(documents)}", documents, tiny_model), state)
        assert answers(corpus.reader()) == answers(fresh.reader())
        return report.encoded

    assert again(changed) == 2  # the passage, and its last sentence
    assert again([*changed, document(30)]) == 3  # the passage and two of its sentences; the third stands elsewhere too
    assert again(changed[1:]) == 0
    assert again(DOCUMENTS) == 0  # all of it had been encoded before


def test_a_touched_file_is_not_a_stale_index(path: Path, state: Path) -> None:
    corpus = build(path, state)
    os.utime(path.parent / "docs.jsonl")
    assert corpus.status() == "current"


@pytest.mark.parametrize(
    "more", ["sentences: false\n", "bm25: {title_weight: 1}\n", "store: {kind: chroma, ef_search: 50}\n"]
)
def test_other_settings_make_the_index_stale(path: Path, state: Path, tiny_model: Path, more: str) -> None:
    build(path, state)
    write_corpus(path.parent, DOCUMENTS, tiny_model, more)
    corpus = Corpus(path, state)
    assert corpus.status() == "stale"
    assert corpus.build().encoded == 0
    assert corpus.status() == "current"


def test_documents_that_are_gone_are_stale_and_the_build_says_which(path: Path, state: Path) -> None:
    corpus = build(path, state)
    (path.parent / "docs.jsonl").unlink()
    assert corpus.status() == "stale"
    with pytest.raises(CorpusError, match=r"docs\.jsonl"):
        corpus.build()
    assert corpus.reader().count == 24


def test_another_encoder_is_an_error_that_names_both(path: Path, state: Path, tmp_path: Path) -> None:
    before = Corpus(path, state)
    encoded = before.build().encoded
    other = write_tiny_model(tmp_path / "other-model", seed=1)
    write_corpus(path.parent, DOCUMENTS, other)
    corpus = Corpus(path, state)
    assert corpus.status() == "stale"
    with pytest.raises(EncoderError) as error:
        corpus.reader()
    for part in ("tiny'", "other-model'", before.encoder.files.digest[:12], corpus.encoder.files.digest[:12]):
        assert part in str(error.value)
    assert corpus.build().encoded == encoded
    assert corpus.reader().count == 24


@pytest.mark.parametrize("setting", ["dimensions: 8", "max_tokens: 20", "prompts: {passage: 'passage: '}"])
def test_settings_that_change_vectors_are_another_encoder(
    path: Path, state: Path, tiny_model: Path, setting: str
) -> None:
    build(path, state)
    text = path.read_text().replace("device: cpu", f"device: cpu, {setting}")
    path.write_text(text)
    with pytest.raises(EncoderError):
        Corpus(path, state).reader()
    corpus = build(path, state)
    reader = corpus.reader()
    assert reader.dimensions == (8 if "dimensions" in setting else HIDDEN)
    assert np.allclose(np.linalg.norm(reader.vectors(range(reader.count)), axis=1), 1, atol=1e-5)


def test_passages_over_the_limit_are_counted(tmp_path: Path, tiny_model: Path, state: Path) -> None:
    long = {"id": "long", "title": "Long", "text": "word " * 200}
    path = write_corpus(tmp_path / "corpora", [*DOCUMENTS, long], tiny_model)
    path.write_text(path.read_text().replace("kind: sentences", "kind: documents"))
    corpus = Corpus(path, state)
    report = corpus.build()
    assert corpus.encoder.limit == 254
    assert report.over_limit == 1
    assert "1 of 25 passages are longer than the 254 tokens that the encoder" in report.warnings[0]
    assert [p.id for p in corpus.reader().passages(range(25)) if p.tokens is not None and p.tokens > 254] == ["long#0"]


def test_chroma_answers_above_the_limit_with_measured_recall(tmp_path: Path, tiny_model: Path, state: Path) -> None:
    store = "store: {kind: chroma, exact_up_to: 10, ef_search: 64}\n"
    corpus = build(write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model, store), state)
    manifest = corpus.manifest()
    assert manifest is not None
    assert manifest.recall is not None
    assert manifest.recall > 0.9
    reader = corpus.reader()
    assert reader.method == f"chroma (ef_search 64, recall@10 {manifest.recall})"
    exact = build(write_corpus(tmp_path / "exact", DOCUMENTS, tiny_model), state).reader()
    vectors = reader.encode(["ranking that needs routing", "tables"])
    for where in (None, {"year": [2000, 2001, 2002]}, {"tags": "ranking"}):
        for one, other in zip(reader.dense(vectors, 5, where), exact.dense(vectors, 5, where), strict=True):
            assert one.indices.tolist() == other.indices.tolist()
            assert np.allclose(one.scores, other.scores, atol=1e-6)


def test_the_same_reader_until_something_is_published(path: Path, state: Path, tiny_model: Path) -> None:
    corpus = build(path, state)
    reader = corpus.reader()
    assert corpus.reader() is reader
    before = answers(reader)
    write_corpus(path.parent, [*DOCUMENTS, document(40)], tiny_model)
    Corpus(path, state).build()
    newer = corpus.reader()
    assert newer is not reader
    assert (reader.count, newer.count) == (24, 25)
    assert answers(reader) == before, "a reader's version never changes"
    assert len(list(corpus.folder.versions.iterdir())) == 2
    del reader
    Corpus(path, state).build(force=True)
    assert len(list(corpus.folder.versions.iterdir())) == 2, "the version that nobody holds is gone, the held one not"


def test_a_build_that_fails_its_check_is_not_published(
    path: Path, state: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = build(path, state)
    version = corpus.reader().version
    write_corpus(path.parent, [*DOCUMENTS, document(41)], tiny_model)

    def break_it(version: Any, ids: list[str], encoder: Any, chroma: Any) -> float | None:
        rows = np.load(version.folder / "vectors.npy")
        np.save(version.folder / "vectors.npy", rows[::-1].copy())
        return check_version(type(version)(version.folder, version.manifest), ids, encoder, chroma)

    monkeypatch.setattr(building, "check_version", break_it)
    with pytest.raises(CorpusError, match=r"failed its check and was not published: passage 'd\d+#0', encoded again"):
        corpus.build()
    assert corpus.reader().version == version
    assert corpus.folder.leftovers() == []
    monkeypatch.undo()
    assert corpus.build().encoded == 0


def test_progress_names_every_stage_and_counts_to_the_end(path: Path, state: Path) -> None:
    seen: list[BuildProgress] = []
    report = Corpus(path, state).build(seen.append)
    stages = list(dict.fromkeys(one.stage for one in seen))
    assert stages == ["reading", "preparing", "encoding", "writing", "bm25", "storing", "checking", "publishing"]
    encoding = [one for one in seen if one.stage == "encoding"]
    assert [one.done for one in encoding] == [*range(0, report.encoded, 4), report.encoded]
    assert all(one.total == report.encoded and one.unit == "texts" for one in encoding)
    assert all(one.rate is not None and one.seconds_left is not None for one in encoding[1:])
    assert encoding[-1].seconds_left == pytest.approx(0, abs=1e-6)
    assert set(report.seconds) == set(stages)


def test_the_manifest_says_how_the_index_was_made(path: Path, state: Path) -> None:
    corpus = build(path, state)
    manifest = corpus.manifest()
    assert manifest is not None
    assert manifest.version == corpus.reader().version
    assert manifest.encoder["runtime"] == "onnxruntime"
    assert manifest.encoder["least_cosine"] > 0.99999
    assert manifest.encoder["digest"] == corpus.encoder.files.digest
    assert manifest.metadata_keys == ("tags", "year")
    assert (manifest.documents, manifest.passages, manifest.sentences) == (24, 24, 72)
    assert [file.path for file in manifest.files] == ["docs.jsonl"]
    assert {"numpy", "chromadb", "bm25s", "sentence-transformers", "onnxruntime"} <= set(manifest.versions)


def test_a_server_token_is_in_no_file(tmp_path: Path, tiny_model: Path, state: Path) -> None:
    more = "store: {kind: chroma-server, host: localhost, port: 1, token: a-secret-token}\n"
    corpus = Corpus(write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model, more), state)
    with pytest.raises(CorpusError, match="no Chroma server answers at localhost:1"):
        corpus.build()
    assert not any(b"a-secret-token" in file.read_bytes() for file in state.rglob("*") if file.is_file())


def test_odd_metadata_survives_and_chroma_is_given_what_it_can_hold(
    tmp_path: Path, tiny_model: Path, state: Path
) -> None:
    odd = {
        "big": 2**63 - 1,
        "chroma:document": "x",
        "": "empty",
        "none": None,
        "nested": {"a": [1, {"b": 2}]},
        "f": 1.5,
    }
    documents = [{**document(number), **(odd if number == 1 else {})} for number in range(3)]
    reader = build(write_corpus(tmp_path / "corpora", documents, tiny_model), state).reader()
    metadata = dict(reader.passage("d1#0").metadata)
    assert {key: metadata[key] for key in odd} == odd
    assert reader.bm25(["study"], None, {"big": 2**63 - 1})[0].indices.tolist() == [1]


def test_equal_texts_and_titles_share_a_vector(tmp_path: Path, tiny_model: Path, state: Path) -> None:
    documents = [{"id": name, "title": "Same", "text": "The same text. The same text."} for name in "abc"]
    corpus = Corpus(write_corpus(tmp_path / "corpora", documents, tiny_model), state)
    report = corpus.build()
    assert (report.passages, report.sentences, report.encoded) == (3, 6, 2)
    hits = corpus.reader().dense(corpus.reader().encode(["anything"]), 2)[0]
    assert hits.indices.tolist() == [0, 1], "equal scores keep the order of the corpus"


def test_threads_ask_while_another_builds(path: Path, state: Path, tiny_model: Path) -> None:
    corpus = build(path, state)
    expected = {corpus.reader().version: answers(corpus.reader())}
    done = threading.Event()
    wrong: list[str] = []

    def ask() -> None:
        while not done.is_set():
            reader = corpus.reader()
            found = answers(reader)
            if found != expected.setdefault(reader.version, found):
                wrong.append(reader.version)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(3):
        write_corpus(path.parent, [*DOCUMENTS, document(50 + number)], tiny_model)
        Corpus(path, state).build()
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert corpus.reader().count == 25


def test_a_state_folder_that_was_moved_still_answers(path: Path, state: Path, tmp_path: Path) -> None:
    before = answers(build(path, state).reader())
    moved = shutil.move(state, tmp_path / "moved")
    assert answers(Corpus(path, Path(moved)).reader()) == before
