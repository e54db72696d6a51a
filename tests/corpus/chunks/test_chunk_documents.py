"""What holds for every chunker, any text and any tokenizer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ragkit.corpus.chunks import ChunkSpec, chunk_documents
from ragkit.corpus.documents import Chunk, Document, passage_text
from ragkit.corpus.loaders.structure import headings_of
from tests.corpus.chunks.material import TOKENIZERS, CountTokens, documents, words

SPECS: TypeAdapter[ChunkSpec] = TypeAdapter(ChunkSpec)
LIMIT = 24


def cut(document: Document, count_tokens: CountTokens = words, limit: int = LIMIT, **spec: Any) -> list[Chunk]:
    return list(chunk_documents(SPECS.validate_python(spec), [document], count_tokens, limit))


specs = st.one_of(
    st.fixed_dictionaries({"kind": st.just("documents")}),
    st.fixed_dictionaries(
        {
            "kind": st.just("sentences"),
            "overlap": st.integers(0, 3),
            "parent": st.sampled_from(["document", "section"]),
        },
        optional={"max_tokens": st.integers(16, 40)},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("tokens"), "overlap": st.integers(0, 15)}, optional={"size": st.integers(16, 40)}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("recursive"),
            "overlap": st.integers(0, 15),
            "parent": st.sampled_from(["document", "section"]),
        },
        optional={"max_tokens": st.integers(16, 40)},
    ),
)


@settings(max_examples=400)
@given(documents(), specs, st.sampled_from(TOKENIZERS))
def test_every_chunker_keeps_its_promises(document: Document, spec: dict[str, Any], count_tokens: CountTokens) -> None:
    chunks = cut(document, count_tokens, **spec)
    text = document.text
    assert chunks == cut(document, count_tokens, **spec), "the same twice"

    # Offsets are exact, nothing is blank, nothing but white space is left out, and the order is the document's.
    assert all(text[c.start : c.end] == c.text and c.text == c.text.strip() != "" for c in chunks)
    covered = {at for c in chunks for at in range(c.start, c.end)}
    assert all(letter.isspace() for at, letter in enumerate(text) if at not in covered)
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(chunks))

    # Ids, neighbours and parents.
    assert [c.id for c in chunks] == [f"d#{n}" for n in range(len(chunks))]
    assert [c.ordinal for c in chunks] == list(range(len(chunks)))
    assert [c.previous for c in chunks] == [None, *(c.id for c in chunks)][: len(chunks)]
    assert [c.next for c in chunks] == [*(c.id for c in chunks[1:]), None][: len(chunks)]
    sections = {c.parent for c in chunks}
    if (
        spec.get("parent", "section" if spec["kind"] == "recursive" else "document") == "document"
        or not document.headings
    ):
        assert sections == {"d"}
    ranges = {
        p: (min(c.start for c in chunks if c.parent == p), max(c.end for c in chunks if c.parent == p))
        for p in sections
    }
    ordered = sorted(ranges.values())
    assert all(a[1] <= b[0] for a, b in pairwise(ordered)), "no chunk crosses a section's border"

    # Sentences: inside, in order, trimmed, and all of the chunk's words are in one.
    for c in chunks:
        assert all(c.text[a:b] == c.text[a:b].strip() != "" for a, b in c.sentences)
        assert all(a[1] <= b[0] for a, b in pairwise(c.sentences))
        inside = {at for a, b in c.sentences for at in range(a, b)}
        assert all(letter.isspace() for at, letter in enumerate(c.text) if at not in inside)

    # The budget, as the encoder counts it.
    if spec["kind"] != "documents":
        most = spec.get("max_tokens", spec.get("size")) or LIMIT
        (title,) = count_tokens([f"{document.title}\n" if document.title else ""])
        for c in chunks:
            (tokens,) = count_tokens([passage_text(c.title, c.text)])
            assert tokens <= max(most, title + most // 2) or len(c.text) == 1

    # Title, metadata and pages go with every chunk.
    for c in chunks:
        assert (c.doc_id, c.title, c.metadata["year"]) == ("d", document.title, 2020)
        assert ("page" in c.metadata) == bool(document.pages)
        if document.pages:
            assert c.metadata["page"] == sum(start <= c.start for start in document.pages)
            assert c.metadata["page_last"] == sum(start < c.end for start in document.pages)
        assert ("headings" in c.metadata) == bool(document.headings)


@given(documents(), st.integers(0, 3))
def test_sentence_windows_do_not_cut_sentences_that_fit(document: Document, overlap: int) -> None:
    whole = cut(document, kind="documents")[0]
    sentences = {(whole.start + a, whole.start + b) for a, b in whole.sentences}
    chunks = cut(document, kind="sentences", overlap=overlap)
    fits = {(a, b) for a, b in sentences if words([passage_text(document.title, document.text[a:b])])[0] <= LIMIT}
    for chunk in chunks:
        for a, b in chunk.sentences:
            span = (chunk.start + a, chunk.start + b)
            cut_from = next((s, e) for s, e in sentences if s <= span[0] and span[1] <= e)
            assert span == cut_from or cut_from not in fits
    # As full as it goes: the next sentence would not have fitted, each counted by itself (some stand without a blank).
    for a, b in pairwise(chunks):
        following = next(((s, e) for s, e in sorted(sentences) if s >= a.end), None)
        if following in fits and overlap == 0:
            inside = [document.text[s:e] for s, e in sentences if a.start <= s and e <= following[1]]
            assert sum(words([document.title, *inside])) > LIMIT or b.start < following[0]


def test_overlap_counts_sentences() -> None:
    text = " ".join(f"Sentence {n} has five words." for n in range(9))
    document = Document("d", "", text)
    starts = [c.text.split()[1] for c in cut(document, kind="sentences", max_tokens=20, overlap=2)]
    assert starts == ["0", "2", "4", "6"]
    plain = [[s[1] for s in map(str.split, c.text.split(". "))] for c in cut(document, kind="sentences", max_tokens=20)]
    assert plain == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8"]]


def test_overlap_counts_tokens() -> None:
    document = Document("d", "", " ".join(str(n) for n in range(40)))
    chunks = cut(document, kind="tokens", size=16, overlap=4)
    assert [(c.text.split()[0], c.text.split()[-1]) for c in chunks] == [("0", "15"), ("12", "27"), ("24", "39")]


def test_the_title_takes_its_share() -> None:
    text = " ".join(f"w{n}" for n in range(40))
    assert [len(c.text.split()) for c in cut(Document("d", "", text), kind="tokens", size=20)] == [20, 20]
    assert [len(c.text.split()) for c in cut(Document("d", "one two three four", text), kind="tokens", size=20)] == [
        16,
        16,
        8,
    ]
    long = Document("d", " ".join(["t"] * 30), text)
    assert [len(c.text.split()) for c in cut(long, kind="tokens", size=20)] == [10, 10, 10, 10]


def test_a_sentence_longer_than_a_window_is_cut_between_words() -> None:
    text = "Short one. " + " ".join(f"w{n}" for n in range(30)) + ". Last one here."
    chunks = cut(Document("d", "", text), kind="sentences", max_tokens=16)
    assert [c.text.split()[0] for c in chunks] == ["Short", "w0", "w16", "Last"]
    assert all(text[c.end : c.end + 1] in ("", " ") for c in chunks)


def test_sections_are_parents() -> None:
    text = "Before.\n\n# A\n\n## B\n\nIn b. More b.\n\n# C\n\nIn c."
    document = Document("d", "T", text, headings=headings_of(text), markup="markdown")
    chunks = cut(document, kind="recursive")
    assert [(c.parent, c.metadata["headings"], c.text) for c in chunks] == [
        ("d#s0", [], "Before."),
        ("d#s1", ["A", "B"], "# A\n\n## B\n\nIn b. More b."),
        ("d#s2", ["C"], "# C\n\nIn c."),
    ]
    assert [(c.parent, c.text) for c in cut(document, kind="sentences", parent="section")] == [
        (c.parent, c.text) for c in chunks
    ]
    (whole,) = cut(document, kind="sentences")
    assert (whole.parent, whole.metadata["headings"]) == ("d", [])
    assert [c.metadata["headings"] for c in cut(document, kind="tokens", size=16)] == [[]]


def test_recursive_prefers_paragraphs() -> None:
    paragraphs = [f"Paragraph {n} has exactly six words." for n in range(6)]
    chunks = cut(Document("d", "", "\n\n".join(paragraphs)), kind="recursive", max_tokens=16)
    assert [c.text for c in chunks] == ["\n\n".join(paragraphs[n : n + 2]) for n in (0, 2, 4)]


def test_a_long_text_without_any_space_takes_no_long_time() -> None:
    calls = 0

    def count(texts: Any) -> list[int]:
        nonlocal calls
        calls += sum(map(len, texts))
        return [-(-len(text) // 4) for text in texts]

    text = "x" * 200_000
    for kind in ("sentences", "tokens"):
        calls = 0
        chunks = cut(Document("d", "T", text), count, 256, kind=kind)
        assert "".join(c.text for c in chunks) == text
        assert calls < 60 * len(text), "linear in the text, with the logarithm of a window"


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "sentences", "max_tokens": 15},
        {"kind": "sentences", "overlap": -1},
        {"kind": "sentences", "language": "english"},
        {"kind": "sentences", "size": 20},
        {"kind": "tokens", "size": 20, "overlap": 20},
        {"kind": "recursive", "max_tokens": 20, "overlap": 20},
        {"kind": "words"},
        {},
    ],
)
def test_a_wrong_chunker_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SPECS.validate_python(spec)


def test_every_field_is_described() -> None:
    for name, model in SPECS.json_schema()["$defs"].items():
        for field, value in model["properties"].items():
            assert value.get("description"), f"{name}.{field}"
