"""Citations: statements and their marks, ALCE's recall and precision, the verbatim variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.metrics.citations import Entails, Statement, citation_metrics, statements
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.types import Answer, Citation, Passage, Passages


def outcome(text: str, passages: Mapping[str, str], citations: Sequence[Citation] | None = None) -> Outcome:
    """An answer over passages ``id: text``; by default the n-th passage is cited as [n]."""
    made = Passages(Passage(id, id, "", text) for id, text in passages.items())
    cited = tuple(Citation(n, id, id) for n, id in enumerate(passages, start=1)) if citations is None else citations
    return Outcome(Answer(text, tuple(cited), made), made, True)


def by_words(premise: str, hypothesis: str) -> bool:
    """An entailment for tests: every word of the hypothesis stands in the premise."""
    return set(hypothesis.lower().strip(".").split()) <= set(premise.lower().replace(".", " ").split())


def alce(marked: Sequence[tuple[str, Sequence[int]]], docs: Sequence[str], entails: Entails) -> tuple[float, float]:
    """Recall and precision as the paper's Section 4 words them, straight down."""
    recalls, right, cited = [], 0, 0
    for sentence, refs in marked:
        premise = "\n\n".join(docs[ref - 1] for ref in refs)
        recall = bool(refs) and entails(premise, sentence)
        recalls.append(recall)
        cited += len(refs)
        for ref in refs:
            others = "\n\n".join(docs[other - 1] for other in refs if other != ref)
            irrelevant = not entails(docs[ref - 1], sentence) and (len(refs) > 1 and entails(others, sentence))
            right += recall and not irrelevant
    return sum(recalls) / len(recalls), right / cited if cited else 0.0


WORDS = ["red", "green", "blue"]
sentences = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
        st.lists(st.integers(1, 3), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=4,
)
documents = st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), min_size=3, max_size=3)


@given(sentences, documents)
def test_equal_to_the_definition(marked: list[tuple[str, list[int]]], docs: list[str]) -> None:
    text = " ".join(f"{words.capitalize()}{''.join(f' [{ref}]' for ref in refs)}." for words, refs in marked)
    expected = alce(marked, docs, by_words)
    found = citation_metrics(outcome(text, dict(zip("xyz", docs, strict=True))), by_words)
    assert (found["citation_recall"], found["citation_precision"]) == pytest.approx(expected)


def test_two_citations_that_support_only_together_are_both_needed() -> None:
    given = {"x": "it is red", "y": "it is green", "z": "nothing"}
    assert citation_metrics(outcome("It is red green [1][2].", given), by_words) == {
        "citation_precision": 1.0,
        "citation_recall": 1.0,
    }
    found = citation_metrics(outcome("It is red [1][3].", given), by_words)
    assert found == {"citation_precision": 0.5, "citation_recall": 1.0}, "the second one is not needed"
    found = citation_metrics(outcome("It is red [1]. And it is blue.", given), by_words)
    assert found == {"citation_precision": 1.0, "citation_recall": 0.5}, "a statement without marks is not supported"


def test_a_mark_without_a_passage_supports_nothing() -> None:
    given = {"x": "it is red"}
    assert citation_metrics(outcome("It is red [1][7].", given), by_words) == {
        "citation_precision": 0.0,
        "citation_recall": 0.0,
    }
    lost = [Citation(1, "gone", "gone")]
    assert citation_metrics(outcome("It is red [1].", given, lost), by_words)["citation_recall"] == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is A [1]. And B [2][3].", [("It is A.", (1,)), ("And B.", (2, 3))]),
        ("It is A. [1] And B. [2, 3]", [("It is A.", (1,)), ("And B.", (2, 3))]),
        ("It is A [1]\n\n- B holds [2]\n- C holds", [("It is A", (1,)), ("B holds", (2,)), ("C holds", ())]),
        ("It is A [1][1].", [("It is A.", (1,))]),
        ("[1]", []),
        ("…", []),
    ],
)
def test_statements_and_their_marks(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(each.text, each.marks) for each in statements(Answer(text))] == expected


def test_a_quotation_is_one_statement_with_what_introduces_it() -> None:
    citations = (Citation(1, "x", "x", "A holds. B too."), Citation(2, "y", "y", "C."))
    text = "- Title of x: “A holds. B too.” [1]\n- “C.” [2] And more [2]."
    assert list(statements(Answer(text, citations))) == [
        Statement("Title of x: A holds. B too.", (1,), "A holds. B too."),
        Statement("C.", (2,), "C."),
        Statement("And more.", (2,)),
    ]


def test_a_title_in_a_list_introduces_its_quotation_whatever_it_looks_like() -> None:
    citations = (Citation(1, "x", "x", "A holds."), Citation(2, "y", "y", "B holds."))
    text = "- Scattered? Or not? A study: “A holds.” [1]\n- Another: “B holds.” [2]"
    assert [each.text for each in statements(Answer(text, citations))] == [
        "Scattered? Or not? A study: A holds.",
        "Another: B holds.",
    ]
    prose = list(statements(Answer("It is so. The paper says: “A holds.” [1]", citations)))
    assert [(each.text, each.marks) for each in prose] == [("It is so.", ()), ("The paper says: A holds.", (1,))]


def test_quotations_stand_in_any_order_and_may_be_repeated() -> None:
    citations = (Citation(1, "x", "x", "A holds."), Citation(2, "y", "y", "B holds."))
    found = list(statements(Answer("“B holds.” [2] “A holds.” [1] “B holds.” [2]", citations)))
    assert [(each.quote, each.marks) for each in found] == [("B holds.", (2,)), ("A holds.", (1,)), ("B holds.", (2,))]


def quoted(text: str, start: int, end: int, quote: str | None = None) -> dict[str, float | None]:
    cited = Citation(1, "x", "x", text[start:end] if quote is None else quote, start, end)
    return citation_metrics(outcome(f"“{cited.quote}” [1]", {"x": text}, [cited]))


def test_verbatim_a_quote_stands_where_its_citation_says() -> None:
    text = "First one. Second one. First one."
    assert quoted(text, 11, 22) == {"citation_precision": 1.0, "citation_recall": 1.0}
    assert quoted(text, 0, 10, "Second one.") == {"citation_precision": 0.0, "citation_recall": 0.0}, "misplaced"
    assert quoted(text, 11, 22, "Second two.")["citation_recall"] == 0.0, "altered"


def test_verbatim_takes_sentences_word_for_word_and_no_paraphrase() -> None:
    given = {"x": "The method\n  cuts the list. It is fast.", "y": "It is slow."}
    for text, expected in (
        ("The method cuts the list. [1]", (1.0, 1.0)),
        ("The list is cut by the method [1].", (0.0, 0.0)),
        ("It is fast. [2]", (0.0, 0.0)),
        ("It is fast. [1][2]", (0.5, 1.0)),
        ("It is fast.", (0.0, 0.0)),
    ):
        found = citation_metrics(outcome(text, given))
        assert (found["citation_precision"], found["citation_recall"]) == expected, text


def test_without_an_answer_nothing_applies() -> None:
    none = {"citation_precision": None, "citation_recall": None}
    assert citation_metrics(Outcome(None, Passages(), True)) == none
    assert citation_metrics(Outcome(Answer("No answer.", abstained=True), Passages(), True)) == none
    assert citation_metrics(outcome("", {})) == none


def test_each_question_of_support_is_asked_once() -> None:
    asked: list[tuple[str, str]] = []

    def entails(premise: str, hypothesis: str) -> bool:
        asked.append((premise, hypothesis))
        return by_words(premise, hypothesis)

    citation_metrics(outcome("It is red [1][2]. It is red [1][2].", {"x": "it is red", "y": "red it is"}), entails)
    assert len(asked) == len(set(asked))


def test_a_premise_has_title_and_text() -> None:
    premises: list[str] = []
    made = Passages([Passage("x", "x", "Title", "text")])
    answer = Answer("It is so [1].", (Citation(1, "x", "x"),), made)
    citation_metrics(Outcome(answer, made, True), lambda premise, hypothesis: not premises.append(premise))
    assert premises == ["Title\ntext"]


@given(st.lists(st.text(max_size=20), max_size=4), st.text(max_size=40))
def test_any_text_is_cut_into_statements(quotes: list[str], text: str) -> None:
    citations = tuple(Citation(number, "x", "x", quote) for number, quote in enumerate(quotes, start=1))
    whole = text + " ".join(f"“{quote}” [{number}]" for number, quote in enumerate(quotes, start=1))
    for each in statements(Answer(whole, citations)):
        assert each.text.strip() and len(set(each.marks)) == len(each.marks)
    metrics = citation_metrics(Outcome(Answer(whole, citations), Passages(), True))
    assert all(value in (None, 0.0) for value in metrics.values()), "no passage reached the answer"
