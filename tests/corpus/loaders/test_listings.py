"""Listing pages: the paper corpus as it must come out, and the rules on pages made up for each of them."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders import load_documents, source_files
from ragkit.corpus.loaders.listings import paper_id
from ragkit.corpus.loaders.sources import ListingsSource
from ragkit.errors import DocumentError

# The shipped listings, held so that a change of the loader shows without the shared folder too.
COUNT = 431
DIGEST = "2a75999213cd35d119db0a7b713ccc76e26922869f78e0679d0ecbce70c908aa"

FURNITURE = [
    "new",
    "Get trending papers in your email inbox!",
    "Get trending papers in your email inbox once a day!",
    "Subscribe",
    "byAK and the research community",
    "by AK and the research community",
    "Apr 29",
    "June 17, 2025",
    "3 Mar 2024",
    "2025-03-12",
    "1.2k",
    "",
    "   ",
]
ABSTRACT = "We show that {} works well on every set that we tried. " + "It costs less than what was known before. " * 6


def load(page: str | dict[str, str], **options: object) -> tuple[list[Document], list[str]]:
    """The documents of pages given as text (one page, or several by name), and the warnings."""
    warnings: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in ({"000_page.txt": page} if isinstance(page, str) else page).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        source = ListingsSource.model_validate({"kind": "listings", "path": ".", **options})
        return list(load_documents(source, Path(folder), warnings.append)), warnings


def as_rows(documents: list[Document]) -> list[dict[str, object]]:
    return [{"id": d.id, "title": d.title, "text": d.text, "sources": d.metadata["sources"]} for d in documents]


def listing_folder(repository: Path) -> Path:
    shipped, shared = repository / "corpora" / "papers", repository.parent / "shared" / "papers" / "listings"
    found = next((folder for folder in (shipped, shared) if folder.is_dir()), None)
    if found is None:
        pytest.skip("the project's shared folder is absent (it is not part of the repository)")
    return found


def test_the_paper_corpus_has_its_papers(repository: Path) -> None:
    folder = listing_folder(repository)
    warnings: list[str] = []
    source = ListingsSource(kind="listings", path=folder.name)
    rows = as_rows(list(load_documents(source, folder.parent, warnings.append)))
    assert len(rows) == COUNT
    written = "\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    assert hashlib.sha256(written.encode()).hexdigest() == DIGEST
    assert warnings == []


def test_the_paper_corpus_is_the_expected_one(repository: Path, shared: Path) -> None:
    expected = [json.loads(line) for line in (shared / "papers" / "papers.jsonl").read_text("utf-8").splitlines()]
    folder = listing_folder(repository)
    source = ListingsSource(kind="listings", path=folder.name)
    assert as_rows(list(load_documents(source, folder.parent, pytest.fail))) == expected
    assert [path.name for path in source_files(source, folder.parent)] == sorted(
        path.name for path in folder.glob("*.txt")
    )


words = st.lists(
    st.sampled_from(["Adaptive", "Retrieval", "Routing", "k-NN", "LoRA", "of", "for", "with", "Größe", "3D"]),
    min_size=2,
)
titles = words.map(" ".join).map(lambda title: f"On {title[:100].strip()}")
furniture = st.lists(st.sampled_from(FURNITURE), max_size=4)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """A page with furniture in any order around its papers, and between a title and its abstract."""
    papers = [(title, ABSTRACT.format(title)) for title in draw(st.lists(titles, min_size=1, max_size=6, unique=True))]
    lines = draw(furniture)
    for title, text in papers:
        lines += [title, *draw(furniture), f"  {text} ", *draw(furniture)]
    return "\n".join(lines), [(title, text.strip()) for title, text in papers]


@given(pages())
def test_furniture_is_no_paper_wherever_it_stands(page: tuple[str, list[tuple[str, str]]]) -> None:
    text, papers = page
    documents, warnings = load(text)
    by_slug = {re.sub("[^a-z0-9]+", "-", paper_id(title)): (title, abstract) for title, abstract in reversed(papers)}
    assert len(documents) == len({_slug(title) for title, _ in papers})
    assert {(d.title, d.text) for d in documents} <= set(papers)
    assert {paper_id(d.title) for d in documents} == set(by_slug)
    assert all("left out" not in warning for warning in warnings)


def _slug(title: str) -> str:
    return re.sub("[^a-z0-9]+", "-", title.lower().replace("ö", "o").replace("ß", "")).strip("-")


def test_subscribe_is_cut_off_the_title_that_follows_its_button() -> None:
    text = ABSTRACT.format("it")
    invitation = "Get trending papers in your email inbox!"
    page = ["SubscribeKairos: Time", text, "SubscribeNet: Graphs", text, "Subscriber Churn", text]
    documents, _ = load("\n".join([invitation, *page]))
    assert [d.title for d in documents] == ["Kairos: Time", "SubscribeNet: Graphs", "Subscriber Churn"]
    assert [d.title for d in load(f"Subscribe3D Worlds\n{text}")[0]] == ["3D Worlds"]
    assert [d.title for d in load(f"Subscribers of Feeds\n{text}")[0]] == ["Subscribers of Feeds"]


def test_furniture_that_nobody_foresaw_is_told_and_is_no_paper() -> None:
    text = ABSTRACT.format("it")
    page = f"View 12 comments on this\nFirst Paper\n{text}\nRead more at our site\nSecond Paper\n{text}\nAbout us"
    documents, warnings = load(page)
    assert [d.title for d in documents] == ["First Paper", "Second Paper"]
    assert warnings == [
        "3 lines that are neither a title with its abstract nor known furniture were left out: "
        "000_page.txt:1, 000_page.txt:4, 000_page.txt:7"
    ]


def test_what_reads_like_sentences_is_no_paper_beside_a_real_one() -> None:
    text = ABSTRACT.format("it")
    promotion = ["Sign up now. It is free.", "We send one mail a day. No more."]
    documents, warnings = load(
        "\n".join(["About this site", "Attention? Attention!", text, *promotion, "Last Paper", text])
    )
    assert [d.title for d in documents] == ["Attention? Attention!", "Last Paper"]
    assert len(warnings) == 1
    assert warnings[0].startswith("3 lines")


def test_a_title_may_read_like_sentences_where_a_long_line_follows() -> None:
    text = ABSTRACT.format("it")
    documents, warnings = load(f"Attention? Attention!\n{text}\nDoes it help? It depends.\n{text}")
    assert [d.title for d in documents] == ["Attention? Attention!", "Does it help? It depends."]
    assert warnings == []


def test_a_short_abstract_is_known_by_its_sentences() -> None:
    documents, warnings = load("A Small Note\nWe note a thing. It is small.\nAnother One\nWe note more. It is smaller.")
    assert [(d.title, d.text) for d in documents] == [
        ("A Small Note", "We note a thing. It is small."),
        ("Another One", "We note more. It is smaller."),
    ]
    assert warnings == []


def test_a_second_long_paragraph_belongs_to_the_abstract() -> None:
    first, second = ABSTRACT.format("one").strip(), ABSTRACT.format("two").strip()
    documents, _ = load(f"A Paper\n\n{first}\n\n{second}\n\nNext Paper of Ours\n\n{first}")
    assert [d.text for d in documents] == [f"{first}\n{second}", first]


def test_a_paper_in_several_listings_is_one_document() -> None:
    text = ABSTRACT.format("it").strip()
    pages = {
        "002_c.txt": f"Both Here\n{text}\nOnly in the Third\n{text}",
        "000_a.txt": f"Both Here\n{text}\nboth here\n{text}",
        "001_b.txt": f"Both Hère\n{text[:-20]}",
    }
    documents, warnings = load(pages)
    assert as_rows(documents) == [
        {"id": "both-here", "title": "Both Here", "text": text, "sources": ["000", "001", "002"]},
        {"id": "only-in-the-third", "title": "Only in the Third", "text": text, "sources": ["002"]},
    ]
    assert documents[0].source == "000_a.txt:1"
    assert warnings == ["an abstract differs from the one in 000_a.txt:1, which was kept: 001_b.txt:1"]


def test_long_titles_that_begin_alike_are_two_papers() -> None:
    begin = "Parameter-Efficient Fine-Tuning of Very Large Language Models for"
    text = ABSTRACT.format("it")
    documents, warnings = load(f"{begin} Law\n{text}\n{begin} Medicine\n{text}")
    first, second = (d.id for d in documents)
    assert first == "parameter-efficient-fine-tuning-of-very-large-language-model"
    assert re.fullmatch(r"parameter-efficient-fine-tuning-of-very-large-langu-[0-9a-f]{8}", second)
    assert warnings == [
        "a title begins like another paper's, so its id ends in a digest: 000_page.txt:3",
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Größe & Été: 3D", "groe-ete-3d"),
        ("--A--", "a"),
        ("x" * 59 + " yz", "x" * 59),
        ("x" * 58 + " yz", "x" * 58 + "-y"),
        ("漢字", hashlib.sha256("漢字".encode()).hexdigest()[:16]),
    ],
)
def test_ids(title: str, expected: str) -> None:
    assert paper_id(title) == expected


def test_a_page_without_papers_is_an_error_with_its_warnings() -> None:
    warnings: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "000.txt").write_text("new\nSubscribe\nHello there\n")
        source = ListingsSource(kind="listings", path="000.txt")
        with pytest.raises(DocumentError, match="no document was found"):
            list(load_documents(source, Path(folder), warnings.append))
    assert len(warnings) == 1
    assert warnings[0].endswith("000.txt:3")
