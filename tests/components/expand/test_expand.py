"""Climbing from passages to bigger units: what becomes of text, offsets, tokens, scores, links and order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ragkit.components.expand.merge import Merge
from ragkit.components.expand.neighbours import Neighbours
from ragkit.components.expand.parent import Parent
from ragkit.corpus.chunks.sentences import SentencesChunker
from ragkit.corpus.documents import Document, Heading, passage_text
from ragkit.types import Passage, Passages
from tests.components.chunked_corpus import ChunkedReader, sentence_notes
from tests.components.fake_corpus import FakeScope
from tests.components.helpers import ids

FIRST = " ".join(f"The first section of this guide has a sentence {n}." for n in ("one", "two", "three"))
SECOND = " ".join(f"The second section of this guide has a sentence {n}." for n in ("one", "two", "three", "four"))
GUIDE = f"# Guide\n\n{FIRST}\n\n## Deep\n\n{SECOND}"
NUMBERS = " ".join(f"This is the sentence with number {n}." for n in range(12))
ALL = [(Neighbours, {}), (Parent, {}), (Merge, {})]


def guide():
    """A document of two sections, and a plain one; 16 words fit a passage."""
    headings = (Heading(1, "Guide", 0, 7), Heading(2, "Deep", GUIDE.index("## Deep"), GUIDE.index("## Deep") + 7))
    documents = [
        Document("guide", "", GUIDE, {"year": 2020}, headings=headings),
        Document("plain", "Numbers", NUMBERS, pages=(0, NUMBERS.index("number 6"))),
    ]
    return ChunkedReader(documents, SentencesChunker(kind="sentences", max_tokens=16, overlap=1, parent="section"), 16)


READER = guide()


def make(cls, reader=READER, **parameters):
    return cls(cls.Params(**parameters), FakeScope(reader))


def listed(*names, reader=READER, ranked_by="cosine"):
    """Passages by id, with falling cosines 0.9, 0.8, … and rising bm25."""
    return Passages(
        [
            reader.passage(name).with_scores({"cosine": 0.9 - rank / 10, "bm25": float(rank)})
            for rank, name in enumerate(names)
        ],
        ranked_by,
    )


def test_the_guide_is_cut_as_the_tests_below_take_it_to_be():
    reader = sentence_notes()
    assert [p.id for p in reader.items if p.doc_id == "adaptive-k"] == [f"adaptive-k#{n}" for n in range(3)]
    parents = [p.parent for p in READER.items if p.doc_id == "guide"]
    assert sorted(set(parents)) == ["guide#s0", "guide#s1"]
    plain = [p for p in READER.items if p.doc_id == "plain"]
    assert len(plain) == 11
    assert all(left.end > right.start for left, right in pairwise(plain)), "the windows overlap"
    assert {p.parent for p in plain} == {"plain"}


@given(
    hits=st.lists(st.sampled_from(range(READER.count)), max_size=8),
    case=st.sampled_from(
        [
            (Neighbours, {"before": 0, "after": 2}), (Neighbours, {"before": 1, "after": 1}), (Parent, {}),
            (Parent, {"max_tokens": 20}), (Merge, {}), (Merge, {"gap": 2, "ratio": 1.0}), (Merge, {"ratio": 0.2}),
        ]
    ),
)  # fmt: skip
@settings(max_examples=150)
def test_what_holds_for_every_list(hits, case):
    found = listed(*(READER.items[number].id for number in hits))
    result = make(case[0], **case[1]).run(found)
    covered: set[str] = set()
    for passage in result.value:
        whole = READER.document(passage.doc_id)
        assert passage.text == whole["text"][passage.start : passage.end]
        assert passage.tokens == READER.count_tokens([passage_text(passage.title, passage.text)])[0]
        own = set(passage.parts or (passage.id,)) & {p.id for p in READER.items}
        inside = [p for p in found if p.id in own]
        assert inside, "every unit has a hit"
        assert passage.scores == {name: max(p.scores[name] for p in inside) for name in ("cosine", "bm25")}
        assert not covered & own, "no passage of the index is in two units"
        covered |= own
    assert {p.id for p in found} <= covered, "no hit is lost"
    assert result.value.ranked_by == "cosine"
    assert result.value.score_list() == sorted(result.value.score_list(), reverse=True)
    assert (result.decision.kept, result.decision.of) == (len(result.value), len(found))
    if case[0] is Parent:
        assert make(Parent, **case[1]).run(result.value).value == result.value, "climbing twice changes nothing"


def test_neighbours_stop_at_the_ends_and_windows_that_meet_are_one():
    result = make(Neighbours, before=1, after=1).run(listed("plain#0", "plain#5", "plain#7"))
    assert ids(result.value) == ["plain#0-1", "plain#4-8"]
    assert result.value[0].parts == ("plain#0", "plain#1")
    assert result.value[1].parts == tuple(f"plain#{n}" for n in range(4, 9))
    assert (result.value[1].previous, result.value[1].next) == ("plain#3", "plain#9")
    assert (result.value[0].previous, result.value[0].parent, result.value[0].ordinal) == (None, "plain", 0)
    assert result.decision.reason == ("3 passages became 2: 2 grew by up to 1 before and 1 after, 4 passages in all")


def test_windows_that_only_touch_stay_two():
    assert ids(make(Neighbours, before=0, after=1).run(listed("plain#4", "plain#2")).value) == [
        "plain#4-5",
        "plain#2-3",
    ]


def test_no_neighbours_leave_a_passage_untouched():
    found = listed("plain#3", "guide#1")
    assert make(Neighbours, before=0, after=0).run(found).value == found


def test_a_parent_is_the_section_with_its_headings_or_the_document_with_its_pages():
    result = make(Parent).run(listed("guide#3", "plain#9", "guide#0", "plain#1"))
    assert ids(result.value) == ["guide#s1", "plain", "guide#s0"]
    section, document, _ = result.value
    assert section.text == GUIDE[GUIDE.index("## Deep") :]
    assert (section.parent, section.metadata) == ("guide", {"year": 2020, "headings": ["Guide", "Deep"]})
    assert (document.parent, document.metadata) == (None, {"page": 1, "page_last": 2})
    assert document.text == NUMBERS
    assert document.scores == {"cosine": 0.8, "bm25": 3.0}
    assert result.decision.reason == "4 passages became 3, 3 of them bigger"


def test_a_parent_that_is_too_long_is_not_climbed_to_and_that_is_said():
    found = listed("guide#3", "plain#9", "plain#1")
    result = make(Parent, max_tokens=50).run(found)
    assert ids(result.value) == ["guide#s1", "plain#9", "plain#1"]
    assert result.warnings == ("1 unit has more than 50 tokens ('max_tokens') and stayed in passages: 'plain'",)
    assert result.decision.details == {"too_long": 1, "max_tokens": 50}
    assert "plain" in ids(make(Parent, max_tokens=None).run(found).value)


def test_a_parent_of_one_passage_is_that_passage():
    reader = ChunkedReader([Document("a", "A", "One sentence.")], SentencesChunker(kind="sentences"))
    found = Passages([reader.passage("a#0").scored("cosine", 0.5)], "cosine")
    assert make(Parent, reader).run(found).value == found


def test_hits_side_by_side_merge_and_a_gap_is_filled():
    found = listed("plain#5", "plain#2", "plain#3", "plain#9")
    assert ids(make(Merge).run(found).value) == ["plain#5", "plain#2-3", "plain#9"]
    filled = make(Merge, gap=1).run(found)
    assert ids(filled.value) == ["plain#2-5", "plain#9"]
    assert filled.value[0].scores == {"cosine": 0.9, "bm25": 2.0}
    assert "plain#4" in filled.value[0].parts
    assert ids(make(Merge, gap=3).run(found).value) == ["plain"], "eight of eleven passages are more than 0.6 of it"
    assert ids(make(Merge, gap=3, ratio=0.8).run(found).value) == ["plain#2-9"]


def test_enough_of_a_section_is_the_section_and_enough_of_these_the_document():
    section = [p.id for p in READER.items if p.parent == "guide#s1"]
    result = make(Merge, ratio=0.5).run(listed(*section[:2]))
    assert ids(result.value) == ["guide#s1"]
    assert result.decision.details["climbed"] == [{"document": "guide", "covered": 2, "of": len(section)}]
    everything = [p.id for p in READER.items if p.doc_id == "guide"]
    whole = make(Merge, ratio=1.0).run(listed(*reversed(everything)))
    assert ids(whole.value) == ["guide"]
    assert whole.value[0].metadata == {"year": 2020, "headings": ["Guide"]}
    border = [next(p.id for p in READER.items if p.next == section[0]), section[0]]
    assert ids(make(Merge, ratio=1.0).run(listed(*border)).value) == border, "nothing merges over a section's border"


def test_a_merge_that_would_be_too_long_stays_in_passages():
    found = listed(*(f"plain#{n}" for n in range(0, 11, 2)))
    result = make(Merge, ratio=0.5, max_tokens=30).run(found)
    assert result.value == found
    assert "'plain'" in result.warnings[0]


@pytest.mark.parametrize(("cls", "parameters"), ALL)
def test_what_the_index_does_not_hold_stays_in_its_place_and_is_told(cls, parameters):
    foreign = Passage("web#0", "web", "Web", "From elsewhere.", {"cosine": 0.85})
    first, second = listed("plain#2", "guide#0")
    result = make(cls, **parameters).run(Passages([first, foreign, second], "cosine"))
    assert result.value[1] == foreign
    assert "1 passage does not stand in the index of corpus 'fake'" in result.warnings[0]


@pytest.mark.parametrize(("cls", "parameters"), ALL)
def test_an_empty_list_stays_one(cls, parameters):
    result = make(cls, **parameters).run(Passages((), "cosine"))
    assert (len(result.value), result.value.ranked_by, result.warnings) == (0, "cosine", ())


def test_a_passage_that_stands_twice_in_the_list_comes_once():
    result = make(Merge).run(listed("plain#2", "plain#8", "plain#2"))
    assert ids(result.value) == ["plain#2", "plain#8"]
    assert result.value[0].scores == {"cosine": 0.9, "bm25": 2.0}


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [(Neighbours, {"before": -1}), (Parent, {"max_tokens": 0}), (Merge, {"ratio": 0.0}), (Merge, {"gap": "1"})],
)
def test_parameters_out_of_range_are_refused(cls, parameters):
    with pytest.raises(ValidationError):
        cls.Params(**parameters)


def test_a_unit_over_several_sections_stands_under_the_headings_that_they_share():
    text, headings = "", []
    for level, title in ((1, "Guide"), (2, "One"), (2, "Two"), (1, "Appendix")):
        start = len(text)
        text += f"{'#' * level} {title}\n\n"
        headings.append(Heading(level, title, start, len(text) - 2))
        text += f"What section {title} says is said in this sentence here.\n\n"
    document = Document("paths", "", text.strip(), headings=tuple(headings))
    reader = ChunkedReader([document], SentencesChunker(kind="sentences", max_tokens=16, parent="section"), 16)
    assert [p.metadata["headings"] for p in reader.items] == [
        ["Guide"],
        ["Guide", "One"],
        ["Guide", "Two"],
        ["Appendix"],
    ]

    def under(number, before, after):
        found = Passages([reader.items[number]])
        return make(Neighbours, reader, before=before, after=after).run(found).value[0].metadata["headings"]

    assert under(1, 0, 1) == ["Guide"]
    assert under(1, 1, 0) == ["Guide"]
    assert under(2, 0, 1) == []
