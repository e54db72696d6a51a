"""The study of select.learned: parts that share nothing, and what is counted."""

from __future__ import annotations

from types import SimpleNamespace

from ragkit.types import Passage, Passages


def asked(*gold: str) -> SimpleNamespace:
    questions = [SimpleNamespace(id=str(n), gold_ids=tuple(ids.split())) for n, ids in enumerate(gold)]
    return SimpleNamespace(questions=questions)


def test_questions_that_share_a_gold_document_are_in_one_part() -> None:
    from learned import PARTS, parts_of

    of = asked("a b", "c", "b d", "e", "d f", "g", "h", "i", "j")
    parts = parts_of(of)
    assert len(parts) == PARTS
    assert sorted(place for part in parts for place in part) == list(range(9))
    assert any({0, 2, 4} <= set(part) for part in parts)
    for part in parts:
        inside = {gold for place in part for gold in of.questions[place].gold_ids}
        outside = {g for other in parts if other is not part for at in other for g in of.questions[at].gold_ids}
        assert not inside & outside


def test_recall_tokens_and_what_misses_nothing() -> None:
    from learned import all_gold, recalls, tokens

    of = asked("a b", "a")
    passages = [Passage(f"{doc}#0", doc, "", "", tokens=10) for doc in "ax"]
    lists = [Passages(passages), Passages(passages[:1])]
    assert recalls(of, lists) == [0.5, 1.0]
    assert all_gold([0.5, 1.0]) == 0.5
    assert tokens(lists) == 15.0
