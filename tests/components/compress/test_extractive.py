"""The extractive compression: what is kept, what its offsets mean, and that later quotes are still true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ragkit.components.compress.extractive import Extractive
from ragkit.components.generate._sentences import OMISSION, read_sentences
from ragkit.components.generate.extractive import Extractive as Answer
from ragkit.corpus.chunks.sentences import SentencesChunker
from ragkit.corpus.documents import Document, passage_text
from ragkit.types import Passage, Passages
from tests.components.chunked_corpus import ChunkedReader, note_documents
from tests.components.fake_corpus import NOTES, FakeReader, FakeScope, notes
from tests.components.helpers import ids

QUESTION = "At which gap between scores is the ranked list cut?"
GAP = "It cuts the ranked list at the largest gap between neighbouring scores."
ENDS = [*NOTES["adaptive-k"], "The ranked list of scores comes from the retriever."]


def make(reader=None, **parameters):
    return Extractive(Extractive.Params(**parameters), FakeScope(reader or notes()))


def whole(reader, *names):
    return Passages([reader.passage(name).scored("cosine", 0.9 - i / 10) for i, name in enumerate(names)], "cosine")


def chunked():
    """The notes, whole, with a passage before the one of interest so that its offsets do not begin at 0."""
    long = Document("long", "Long", "Something else stands first here. " * 4 + " ".join(ENDS), {"year": 2025})
    return ChunkedReader([*note_documents(), long], SentencesChunker(kind="sentences", max_tokens=60), limit=60)


def test_the_sentence_that_matters_is_kept_with_true_offsets():
    reader = notes()
    found = whole(reader, "adaptive-k#0")
    result = make(reader, share=0.5).run(QUESTION, found)
    (short,) = result.value
    assert short.text == GAP
    assert found[0].text[short.start : short.end] == GAP
    assert (short.id, short.title, short.scores) == ("adaptive-k#0", "Adaptive-K", {"cosine": 0.9})
    assert short.tokens == reader.count_tokens([passage_text(short.title, short.text)])[0] == 14
    assert result.value.ranked_by == "cosine"
    assert result.decision.reason == "kept 1 of 3 sentences, 14 of 33 tokens"
    assert (result.decision.kept, result.decision.of) == (1, 1)
    assert result.warnings == ()


def test_several_stretches_are_joined_by_an_omission_and_say_where_they_stand():
    reader = FakeReader({"note": ENDS}, {"note": {"year": 2025}})
    (short,) = make(reader, share=0.7).run("ranked list of scores", whole(reader, "note#0")).value
    assert short.text == f"{ENDS[1]}{OMISSION}{ENDS[3]}"
    assert (short.start, short.end) == (None, None)
    document = reader.items[0].text
    assert short.text == OMISSION.join(document[start:end] for start, end in short.metadata["kept_spans"])
    assert short.metadata["year"] == 2025


def test_sentences_side_by_side_keep_what_is_between_them():
    reader = FakeReader({"note": NOTES["adaptive-k"]})
    question = "cuts the ranked list at the largest gap, and a buffer of five passages is added"
    (short,) = make(reader, share=0.8).run(question, whole(reader, "note#0")).value
    assert short.text == " ".join(NOTES["adaptive-k"][1:])
    assert reader.items[0].text[short.start : short.end] == short.text


@given(
    names=st.lists(st.sampled_from(list(NOTES)), unique=True, max_size=5),
    share=st.floats(0.05, 1), minimum=st.integers(0, 3), question=st.sampled_from([QUESTION, "words", "four patterns"]),
)  # fmt: skip
@settings(max_examples=60)
def test_what_holds_for_every_list(names, share, minimum, question):
    reader = notes()
    found = whole(reader, *(f"{name}#0" for name in names))
    result = make(reader, share=share, minimum=minimum).run(question, found)
    before = {passage.id: passage for passage in found}
    assert sum(p.tokens for p in result.value) <= share * sum(p.tokens for p in found)
    assert ids(result.value) == [id for id in ids(found) if id in ids(result.value)], "the order stays"
    for passage in result.value:
        assert passage.text
        pieces = passage.text.split(OMISSION)
        assert all(piece in before[passage.id].text for piece in pieces)
        assert passage.tokens == reader.count_tokens([passage_text(passage.title, passage.text)])[0]
        assert passage.scores == before[passage.id].scores
        if passage.start is not None:
            assert before[passage.id].text[passage.start : passage.end] == passage.text
    assert ("left out" in str(result.warnings)) == (len(result.value) < len(found))


def test_what_fits_is_handed_on_untouched():
    found = whole(notes(), "adaptive-k#0", "bm25#0")
    result = make(share=1.0, max_tokens=500).run(QUESTION, found)
    assert result.value == found
    assert result.decision.reason == "kept all 5 sentences: 52 tokens fit into 52"


def test_max_tokens_is_a_limit_and_passages_without_a_sentence_are_told():
    reader = notes()
    found = whole(reader, "adaptive-k#0", "hnsw#0", "caching#0")
    result = make(reader, share=1.0, max_tokens=20).run(QUESTION, found)
    assert ids(result.value) == ["adaptive-k#0"]
    assert result.value[0].text == GAP
    assert result.warnings == ("2 passages were left out: no sentence of them fit into the 20 tokens",)
    assert len(make(reader, share=0.01).run(QUESTION, found).value) == 0


def test_quotes_from_shortened_passages_are_true_and_do_not_reach_over_what_was_left_out():
    reader = chunked()
    name = next(p.id for p in reader.items if GAP in p.text and p.doc_id == "long")
    found = whole(reader, name, "bm25#0", "modular-rag#0")
    short = make(reader, share=0.75).run("ranked list of scores and a buffer for safety", found).value
    texts = {p.id: p.text for p in short}
    documents = {p.id: reader.document(p.doc_id)["text"] for p in short}
    answer = Answer(Answer.Params(quotes=6, threshold=0.0), FakeScope(reader)).run("ranked list of scores", short).value
    assert answer.answer.citations
    for citation in answer.answer.citations:
        assert texts[citation.passage_id][citation.start : citation.end] == citation.quote
        assert citation.quote in documents[citation.passage_id]
        assert OMISSION.strip() not in citation.quote


def test_the_sentences_of_a_shortened_passage_have_their_vectors_from_the_index():
    reader = FakeReader({"note": ENDS})
    short = make(reader, share=0.7).run("ranked list of scores", whole(reader, "note#0")).value
    reader.calls.clear()
    (source,), warnings = read_sentences(short, reader)
    assert [call for call in reader.calls if call != "encode 0"] == ["encode 1"], "the passage as a whole"
    assert warnings == ()
    assert [source.text(i) for i in range(3)] == [ENDS[1], "…", ENDS[3]]
    _, vectors = reader.sentences(0)
    assert source.vectors[0] == pytest.approx(vectors[1])
    assert source.vectors[2] == pytest.approx(vectors[3])


def test_a_passage_from_elsewhere_is_cut_on_the_spot_and_has_no_offsets():
    foreign = Passage("web", "web", "Web", "Bread needs flour. " + GAP + " Cats sleep on it all day.", {"cosine": 0.4})
    result = make(share=0.7).run(QUESTION, Passages([foreign], "cosine"))
    assert result.value[0].text == GAP
    assert (result.value[0].start, result.value[0].end, result.value[0].metadata) == (None, None, {})
    assert "encoded now" in result.warnings[0]


def test_an_empty_list_stays_one():
    result = make().run(QUESTION, Passages((), "cosine"))
    assert (len(result.value), result.value.ranked_by, result.decision.reason) == (
        0, "cosine", "there was nothing to shorten",
    )  # fmt: skip


def test_a_batch_gives_what_single_runs_give_and_one_failure_stays_alone():
    reader = notes()
    step = make(reader, share=0.4)
    items = [
        {"question": QUESTION, "passages": whole(reader, "adaptive-k#0", "bm25#0")},
        {"question": "fails", "passages": [None]},
        {"question": "four patterns", "passages": whole(reader, "modular-rag#0")},
    ]
    first, failed, third = step.run_batch(items)
    assert isinstance(failed, Exception)
    assert first.value == step.run(**items[0]).value
    assert third.value == step.run(**items[2]).value
    assert "encode 3" in reader.calls


@pytest.mark.parametrize("given", [{"share": 0.0}, {"share": 1.1}, {"minimum": -1}, {"max_tokens": 0}])
def test_parameters_out_of_range_are_refused(given):
    with pytest.raises(ValidationError):
        Extractive.Params(**given)
