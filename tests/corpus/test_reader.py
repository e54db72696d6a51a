"""What a reader finds in one published version."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragkit.corpus.documents import passage_text
from ragkit.corpus.reader import Reader
from ragkit.errors import UsageError
from tests.corpus.corpora import build, document, write_corpus

pytestmark = pytest.mark.slow
DOCUMENTS = [document(number) for number in range(24)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, prepared_state: Path) -> Reader:
    """Over 24 documents of a passage each."""
    folder = tmp_path_factory.mktemp("read")
    shutil.copytree(prepared_state, folder / "state")
    return build(write_corpus(folder / "corpora", DOCUMENTS, tiny_model), folder / "state").reader()


def test_a_passage_has_all_that_the_document_had(reader: Reader) -> None:
    passage = reader.passage("d5#0")
    assert (passage.doc_id, passage.title, passage.text) == ("d5", DOCUMENTS[5]["title"], DOCUMENTS[5]["text"])
    assert passage.metadata == {"year": 2000, "tags": ["judging", "encoding"]}
    assert passage.tokens == reader.count_tokens([passage_text(passage.title, passage.text)])[0]
    assert passage.scores == {}
    assert reader.index_of("d5#0") == 5
    found = reader.document("d5")
    assert (found["text"], found["first"], found["count"]) == (DOCUMENTS[5]["text"], 5, 1)
    ((mention,),) = reader.mentions([f"As {DOCUMENTS[5]['title']} says"])
    assert mention.documents == ("d5",)
    assert reader.passage_counts([DOCUMENTS[5]["title"], "nowhere"]) == [1, 0]
    for missing in (reader.passage, reader.document):
        with pytest.raises(UsageError, match="has the id 'd99'"):
            missing("d99")


def test_sentences_have_places_and_vectors(reader: Reader) -> None:
    spans, vectors = reader.sentences(3)
    text = reader.passages([3])[0].text
    assert [text[start:end] for start, end in spans][1:] == ["It has 21 tables.", "Its needs are open."]
    assert vectors is not None
    assert np.allclose((vectors * reader.encode([text[start:end] for start, end in spans])).sum(axis=1), 1, atol=1e-5)


def test_filters_narrow_every_search(reader: Reader) -> None:
    vectors = reader.encode(["study", "tables of ranking"])
    recent: dict[str, Any] = {"year": {"at_least": 2003}}
    allowed = {number for number in range(24) if number % 5 >= 3}
    for hits in [*reader.dense(vectors, None, recent), *reader.bm25(["study tables"], None, recent)]:
        assert set(hits.indices.tolist()) == allowed
    assert [len(hits.indices) for hits in reader.dense(vectors, 3, recent)] == [3, 3]
    ranking = reader.dense(vectors, None, {"tags": "ranking"})[0].indices.tolist()
    assert sorted(ranking) == [number for number, one in enumerate(DOCUMENTS) if "ranking" in str(one["tags"])]
    assert len(reader.dense(vectors, 5, {"year": 1990})[0].indices) == 0
    with pytest.raises(UsageError, match="did you mean 'year'"):
        reader.bm25(["x"], 3, {"yaer": 2003})


def test_dense_scores_are_cosines_in_one_order(reader: Reader) -> None:
    questions = reader.encode(["ranking", "which study has 70 tables?"])
    every = reader.dense(questions, None)
    rows = reader.vectors(range(24))
    for question, hits in zip(questions, every, strict=True):
        expected = rows @ question
        assert sorted(hits.indices.tolist()) == list(range(24))
        assert np.allclose(hits.scores, expected[hits.indices], atol=1e-6)
        assert np.all(np.diff(hits.scores) <= 0)
    for k in (0, 1, 5, 24, 99):
        for whole, part in zip(every, reader.dense(questions, k), strict=True):
            assert part.indices.tolist() == whole.indices[:k].tolist()
    with pytest.raises(UsageError, match=r"vectors of shape \(1, 3\)"):
        reader.dense(np.ones((1, 3), dtype=np.float32), 3)


def test_scores_of_words_are_those_of_what_is_found_and_of_all_others(reader: Reader) -> None:
    for query in ("tables of ranking", "judging", "unheard of"):
        (found,) = reader.bm25([query], 5)
        hits, scores = reader.bm25_and_scores(query, 5)
        assert hits.indices.tolist() == found.indices.tolist()
        assert scores.shape == (24,)
        assert scores[hits.indices].tolist() == found.scores.tolist()
        some = np.array([23, 0, 7])
        assert scores[some].tolist() == reader.bm25_scores(query, some).tolist()
    assert scores.tolist() == [0] * 24
