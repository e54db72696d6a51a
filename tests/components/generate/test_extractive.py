"""``generate.extractive``: what it quotes, how it cites, when it abstains, what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.component import input_ports, output_ports
from ragkit.components.generate._quoting import arrange, choose, choose_list
from ragkit.components.generate._scoring import Candidate
from ragkit.components.generate._sentences import Source, is_quotable, read_sentences
from ragkit.components.generate.extractive import Extractive
from ragkit.errors import UsageError
from ragkit.types import Passage, Passages
from tests.components.fake_corpus import NOTES, FakeReader, FakeScope, notes

GAP = "It cuts the ranked list at the largest gap between neighbouring scores."


def ask(question, reader=None, names=None, **parameters):
    reader = reader or notes()
    passages = Passages([p for p in reader.items if names is None or p.doc_id in names])
    return Extractive(Extractive.Params(**parameters), FakeScope(reader)).run(question, passages)


def check_citations(answer):
    by_id = {p.id: p for p in answer.passages}
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in answer.citations:
        passage = by_id[citation.passage_id]
        assert citation.doc_id == passage.doc_id
        assert passage.text[citation.start : citation.end] == citation.quote
        assert f"“{citation.quote}” [{citation.number}]" in answer.text


def test_ports():
    assert [(p.name, p.type.name) for p in output_ports(Extractive)] == [
        ("answer", "Answer"), ("text", "str"), ("score", "float"),
    ]  # fmt: skip
    assert {p.name: p.required for p in input_ports(Extractive)} == {"question": True, "passages": True}


def test_the_sentence_that_answers_is_quoted_and_cited():
    result = ask("Where does it cut the ranked list of scores?", quotes=1)
    answer = result.value.answer
    assert answer.text == f"“{GAP}” [1]"
    assert result.value.text == answer.text
    assert not answer.abstained
    assert [(c.doc_id, c.quote) for c in answer.citations] == [("adaptive-k", GAP)]
    check_citations(answer)
    decision = result.decision
    assert decision.reason.startswith("quoted 1 of 9 sentences from 1 of 5 passages, the best first; the chance that")
    assert (decision.kind, decision.kept, decision.of, decision.threshold) == ("answer", 1, 5, 0.5)
    assert decision.score == result.value.score
    assert result.warnings == ()


def test_neighbours_become_one_quote_in_the_order_of_the_text():
    result = ask("linear, conditional, branching and looping flow patterns for retrieval in Modular RAG", quotes=2)
    answer = result.value.answer
    assert answer.citations[0].quote == " ".join(NOTES["modular-rag"])
    check_citations(answer)


def test_a_list_gets_one_quote_a_document_with_its_title():
    result = ask("Which notes are about passages and the question?", threshold=0.0)
    answer = result.value.answer
    assert len({citation.doc_id for citation in answer.citations}) == len(answer.citations) > 1
    assert answer.text.splitlines()[0].startswith("- ")
    assert all(f"- {c.doc_id.title()}: “" in answer.text for c in answer.citations)
    assert "one for each document of a list" in result.decision.reason
    check_citations(answer)
    assert len(ask("Which notes are about passages?", threshold=0.0, list_quotes=1).value.answer.citations) == 1


def test_off_the_subject_it_abstains_and_names_the_closest():
    result = ask("Who painted the Mona Lisa?")
    answer = result.value.answer
    assert answer.abstained
    assert answer.citations == ()
    assert len(answer.passages) == 5
    assert answer.text.startswith("No answer was found in the 5 passages that came closest. The nearest is “")
    assert result.value.score < 0.5
    assert result.decision.reason.startswith("abstained: the chance that the 5 passages answer is 0.")
    assert result.decision.kept == 0


def test_the_threshold_decides():
    question = "Where does it cut the ranked list of scores?"
    score = ask(question).value.score
    assert not ask(question, threshold=score).value.answer.abstained
    assert ask(question, threshold=min(1.0, score + 1e-6)).value.answer.abstained
    assert not ask("Who painted the Mona Lisa?", threshold=0.0).value.answer.abstained


def test_without_passages_it_abstains_and_warns_with_the_question():
    result = Extractive(Extractive.Params(), FakeScope(notes())).run("Why?", Passages())
    assert result.value.answer.abstained
    assert result.warnings == ("no passages were given to answer 'Why?' from",)
    assert (result.decision.kept, result.decision.of) == (0, 0)


def test_a_passage_without_text():
    reader = notes()
    blank = Passages([Passage("blank", "blank", "Blank", "")])
    result = Extractive(Extractive.Params(), FakeScope(reader)).run("Why?", blank)
    assert result.value.answer.abstained
    assert "no text" in result.decision.reason


def test_a_passage_that_the_index_does_not_hold_is_cut_and_encoded_now():
    reader = notes()
    first, second = reader.items[0], reader.items[2]
    merged = Passage("merged", "both", "Both", f"{first.text} {second.text}", parts=(first.id, second.id))
    changed = replace(reader.items[1], text="Rare words count for more.")
    result = Extractive(Extractive.Params(quotes=1), FakeScope(reader)).run(
        "Where does it cut the ranked list of scores?", Passages([merged, changed])
    )
    answer = result.value.answer
    assert [(c.passage_id, c.quote) for c in answer.citations] == [("merged", GAP)]
    check_citations(answer)
    assert reader.calls.count("encode 1") == 2, "the question, and the one sentence that stands nowhere in the index"
    assert result.warnings == ("1 passage does not stand in the index in these words: its sentences were encoded now",)


def test_a_corpus_without_sentence_vectors_is_said_and_answers_the_same():
    class Bare(FakeReader):
        def sentences(self, index):
            return super().sentences(index)[0], None

    question = "Where does it cut the ranked list of scores?"
    result = ask(question, reader=Bare(NOTES))
    assert result.value.text == ask(question).value.text
    assert "'sentences: true' in the corpus file" in result.warnings[0]


def test_another_encoder_is_said():
    reader = notes()
    reader.encoder = "intfloat/e5-base"
    assert "calibrated for all-minilm-l6-v2 and this corpus uses intfloat/e5-base" in ask("gap?", reader).warnings[0]


def test_without_a_scope_the_error_says_so():
    with pytest.raises(UsageError, match="scope"):
        Extractive(Extractive.Params()).run("Why?", Passages([notes().items[0]]))


def test_headings_and_questions_are_not_quoted():
    assert not is_quotable("Results")
    assert not is_quotable("## History of the first arch")
    assert not is_quotable("How does adaptive-k choose the number of passages?")
    assert is_quotable("It cuts at the largest gap.")
    reader = FakeReader({"faq": ["How is the cut chosen by adaptive-k?", "Adaptive-k cuts at the largest gap."]})
    answer = ask("How is the cut chosen by adaptive-k?", reader, quotes=1, threshold=0.0).value.answer
    assert answer.citations[0].quote == "Adaptive-k cuts at the largest gap."
    only = FakeReader({"faq": ["Adaptive-k?"]})
    assert ask("What is adaptive-k?", only, threshold=0.0).value.answer.citations[0].quote == "Adaptive-k?"


def test_the_same_sentence_in_two_windows_is_quoted_once():
    twice = FakeReader({"a": [GAP, "A buffer is added."], "b": [GAP]})
    answer = ask("largest gap between neighbouring scores of the ranked list", twice, threshold=0.0).value.answer
    assert sum(GAP in (c.quote or "") for c in answer.citations) == 1


@given(st.text("abcdefgh ?-", max_size=40), st.integers(1, 5), st.floats(0, 1))
def test_quotes_are_verbatim_whatever_is_asked(question, quotes, threshold):
    result = ask(question, quotes=quotes, threshold=threshold)
    answer = result.value.answer
    assert 0 <= result.value.score <= 1
    assert answer.abstained == (result.value.score < threshold)
    assert len(answer.citations) <= (10 if result.decision.details["list"] else quotes)
    check_citations(answer)


def test_the_order_of_the_passages_does_not_matter():
    reader = notes()
    step = Extractive(Extractive.Params(), FakeScope(reader))
    question = "Where does it cut the ranked list of scores?"
    forward = step.run(question, Passages(reader.items)).value
    backward = step.run(question, Passages(reader.items[::-1])).value
    assert (forward.text, forward.score) == (backward.text, backward.score)


def test_a_batch_encodes_once_and_one_failure_stays_alone():
    class Broken(FakeReader):
        def index_of(self, identity):
            if identity == "broken":
                raise RuntimeError("a page is torn")
            return super().index_of(identity)

    reader = Broken(NOTES)
    step = Extractive(Extractive.Params(), FakeScope(reader))
    questions = ["Where does it cut the ranked list of scores?", "Who painted the Mona Lisa?"]
    items = [{"question": question, "passages": Passages(reader.items)} for question in questions]
    torn = {"question": "Why?", "passages": Passages([replace(reader.items[0], id="broken")])}
    empty = {"question": "Why?", "passages": Passages()}
    batch = step.run_batch([items[0], torn, empty, items[1]])
    assert reader.calls[0] == "encode 3"
    assert str(batch[1]) == "a page is torn"
    assert batch[2].value.answer.abstained
    for item, outcome in zip(items, (batch[0], batch[3]), strict=True):
        assert outcome == step.run(**item)


def source(name: str, sentences: int, doc: str | None = None, ordinal: int = 0, vectors=None) -> Source:
    texts = [f"Sentence {i} of {name}." for i in range(sentences)]
    spans, text = [], ""
    for sentence in texts:
        start = len(text) + bool(text)
        text = f"{text} {sentence}".strip()
        spans.append((start, start + len(sentence)))
    vectors = np.eye(8, dtype=np.float32)[:sentences] if vectors is None else vectors
    return Source(Passage(name, doc or name, name, text, ordinal=ordinal), spans, vectors[0], vectors)


def candidate(place: int, sentence: int, score: float, *terms: str) -> Candidate:
    return Candidate(place, sentence, score, frozenset(terms), {})


def test_choose_stops_when_enough_probability_is_held():
    sources = [source("a", 4)]
    clear = [candidate(0, 0, 9.0), candidate(0, 1, 1.0), candidate(0, 2, 0.9), candidate(0, 3, 0.8)]
    assert [c.sentence for c in choose(clear, sources, {}, 3)] == [0]
    level = [candidate(0, i, 1.0) for i in range(4)]
    assert len(choose(level, sources, {}, 3)) == 3
    assert choose([], sources, {}, 3) == []


def test_choose_prefers_what_covers_further_terms():
    sources = [source("a", 3)]
    found = [candidate(0, 0, 3.0, "x"), candidate(0, 1, 2.9, "x"), candidate(0, 2, 2.0, "y")]
    assert [c.sentence for c in choose(found, sources, {"x": 1.0, "y": 1.0}, 2)] == [0, 2]
    assert [c.sentence for c in choose(found, sources, {"x": 1.0, "y": 0.0}, 2)] == [0, 1]


def test_choose_passes_over_what_says_the_same():
    alike = np.array([[1, 0], [0.99, 0.14], [0, 1]], dtype=np.float32)
    found = [candidate(0, 0, 3.0), candidate(0, 1, 2.9), candidate(0, 2, 2.0)]
    assert [c.sentence for c in choose(found, [source("a", 3, vectors=alike)], {}, 2)] == [0, 2]


def test_choose_takes_a_text_once_whatever_its_vectors():
    sources = [source("a", 2), source("a", 2)]
    found = [candidate(0, 0, 3.0), candidate(1, 0, 2.9), candidate(1, 1, 2.8)]
    sources[1].vectors[0] = [0, 0, 0, 0, 0, 0, 0, 1]
    assert [(c.source, c.sentence) for c in choose(found, sources, {}, 3)] == [(0, 0), (1, 1)]


def test_choose_list_takes_the_best_of_each_document_near_the_best():
    sources = [source("a", 2), source("b", 1), source("c", 1), source("a2", 1, doc="a")]
    found = [
        candidate(0, 0, 1.0),
        candidate(0, 1, 6.0),
        candidate(1, 0, 4.0),
        candidate(2, 0, 0.5),
        candidate(3, 0, 5.0),
    ]
    assert [(c.source, c.sentence) for c in choose_list(found, sources, 10)] == [(0, 1), (1, 0)]
    assert len(choose_list(found, sources, 1)) == 1


def test_arrange_keeps_documents_together_in_their_own_order():
    sources = [source("late", 2, doc="d", ordinal=1), source("other", 1), source("early", 2, doc="d", ordinal=0)]
    chosen = [candidate(0, 1, 9), candidate(1, 0, 8), candidate(2, 0, 7), candidate(0, 0, 6)]
    quotes = arrange(chosen, sources)
    assert [(quote.source, quote.start) for quote in quotes] == [(2, 0), (0, 0), (1, 0)]
    assert quotes[1].end == len(sources[0].passage.text)


def test_read_sentences_takes_the_vectors_of_the_index():
    reader = notes()
    sources, warnings = read_sentences(Passages(reader.items), reader)
    assert warnings == ()
    assert [len(s.spans) for s in sources] == [len(sentences) for sentences in NOTES.values()]
    assert all(np.allclose(s.vector, reader.rows[i]) for i, s in enumerate(sources))
    assert not any(call.startswith("encode") for call in reader.calls)
