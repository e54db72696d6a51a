"""Lists of passages, whole and in columns."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest

from ragkit.passages import Passage, Passages

ORIGINALS = [Passage(f"p{n}", "d", "Title", f"text {n}", tokens=n) for n in range(4)]
COLUMNS = {"cosine": [0.9, 0.8, 0.7, 0.6], "bm25": [1.0, 4.0, 3.0, 2.0]}


def found() -> Passages:
    return Passages.scored(ORIGINALS, COLUMNS, "cosine")


def whole() -> Passages:
    rows = zip(ORIGINALS, COLUMNS["cosine"], COLUMNS["bm25"], strict=True)
    return Passages([passage.with_scores({"cosine": c, "bm25": b}) for passage, c, b in rows], "cosine")


def test_a_list_in_columns_is_the_list_of_its_passages() -> None:
    assert found() == whole()
    assert hash(found()) == hash(whole())
    assert (len(found()), bool(found()), repr(found())) == (4, True, repr(whole()))
    assert list(found()) == list(whole().items)
    assert list(reversed(found())) == list(reversed(whole()))
    assert found()[-1] == whole()[3]
    assert found().index(whole()[2]) == 2
    for part in (slice(2), slice(1, 3), slice(None, None, -1), slice(9, 12)):
        assert found()[part] == whole()[part]
    assert [p.original for p in found()] == ORIGINALS


def test_a_passage_is_made_when_it_is_asked_for_and_once() -> None:
    some = found()
    assert some.score_list() == COLUMNS["cosine"]
    assert some.score_list("bm25") == COLUMNS["bm25"]
    assert list(some.made) == [None] * 4
    second = some[1]
    assert (second.scores, second.tokens) == ({"cosine": 0.8, "bm25": 4.0}, 1)
    assert list(some.made) == [None, second, None, None]
    assert some[:2][1] is some[-3] is some.items[1] is second
    assert some.items is some.items
    assert None not in some.made


def test_its_scores_can_be_changed_by_nobody() -> None:
    some = found()
    some.score_list().clear()
    assert some.score_list() == COLUMNS["cosine"]


def test_a_score_that_is_not_there_is_a_key_error() -> None:
    for some in (found(), whole()):
        with pytest.raises(KeyError, match="relevance"):
            some.score_list("relevance")
        with pytest.raises(KeyError, match="not ordered by a score"):
            Passages(some).score_list()


def test_columns_have_the_length_of_the_list() -> None:
    with pytest.raises(ValueError, match=r"4 passages, and \[4, 3\] scores"):
        Passages.scored(ORIGINALS, {"cosine": [1.0] * 4, "bm25": [1.0] * 3})


def test_an_index_out_of_range_is_an_index_error() -> None:
    for some in (found(), whole()):
        with pytest.raises(IndexError):
            some[4]


def test_it_is_copied_and_pickled_as_any_list() -> None:
    some = found()
    assert some[0].id == "p0"
    for again in (pickle.loads(pickle.dumps(some)), copy.deepcopy(some), copy.copy(some)):
        assert again == whole()


def test_threads_may_look_at_the_same_time() -> None:
    some = Passages.scored(ORIGINALS * 500, {"cosine": [0.5] * 2000}, "cosine")
    seen: list[list[str]] = []
    threads = [threading.Thread(target=lambda: seen.append([p.id for p in some])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[p.id for p in ORIGINALS] * 500] * 4
