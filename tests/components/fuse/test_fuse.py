"""Fusion: alignment of weights, scores and what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ragkit.components.fuse._normalise import normalise
from ragkit.components.fuse.convex import Convex
from ragkit.components.fuse.rrf import Rrf
from ragkit.components.fuse.union import Union
from ragkit.errors import UsageError
from ragkit.types import Parts, Passages
from tests.components.helpers import ids, passage, ranked


def make(cls, **parameters):
    return cls(cls.Params(**parameters))


def lists_of(*names: str, score: str = "cosine") -> list[Passages]:
    """Each string is a list of one-letter passages, best first, with falling scores from 1."""
    return [
        Passages([passage(letter, **{score: 1 - 0.1 * i}) for i, letter in enumerate(letters)], score)
        for letters in names
    ]


letters = st.text("abcdefgh", max_size=8).map(lambda text: "".join(dict.fromkeys(text)))


def test_rrf_adds_reciprocal_ranks():
    value = make(Rrf).run(Parts(lists_of("ab", "bc"))).value
    assert ids(value) == ["b", "a", "c"]
    assert value.ranked_by == "rrf"
    assert [p.scores["rrf"] for p in value] == pytest.approx([1 / 62 + 1 / 61, 1 / 61, 1 / 62])


def test_rrf_kappa_and_weights():
    value = make(Rrf, kappa=0.0, weights=[1, 3]).run(Parts(lists_of("ab", "ba"))).value
    assert [(p.id, p.scores["rrf"]) for p in value] == [("b", 3.5), ("a", 2.5)]


def test_a_weight_covers_every_list_of_a_spliced_reference():
    spliced = Parts(lists_of("a", "b", "b"), origins=(0, 1, 1))
    value = make(Rrf, kappa=0.0, weights=[3, 1]).run(spliced).value
    assert [(p.id, p.scores["rrf"]) for p in value] == [("a", 3.0), ("b", 2.0)]
    value = make(Convex, weights=[3, 1]).run(spliced).value
    assert [(p.id, p.scores["convex"]) for p in value] == [("a", 0.6), ("b", 0.4)]


@pytest.mark.parametrize("cls", [Rrf, Convex])
def test_a_missing_reference_leaves_the_other_weights_in_place(cls):
    both = Parts(lists_of("ab", "ba"), origins=(0, 2))
    assert make(cls, weights=[1, 100, 5]).run(both).value[0].id == "b"
    assert make(cls, weights=[5, 100, 1]).run(both).value[0].id == "a"


@pytest.mark.parametrize("cls", [Rrf, Convex])
def test_too_few_weights_are_an_error(cls):
    with pytest.raises(UsageError, match="'weights' has 1 numbers, but 'passages' has at least 3 references"):
        make(cls, weights=[1]).run(Parts(lists_of("a", "b"), origins=(0, 2)))


@pytest.mark.parametrize("cls", [Rrf, Convex])
def test_weights_that_weigh_nothing(cls):
    assert "has no weight above 0" in cls.check(cls.Params(weights=[0, 0.0]))
    assert cls.check(cls.Params(weights=[0, 1])) is None
    with pytest.raises(ValidationError):
        cls.Params(weights=[-1, 2])


def test_convex_with_weight_on_empty_lists_only_is_an_error():
    with pytest.raises(UsageError, match="has weight 0"):
        make(Convex, weights=[0, 1]).run(Parts([*lists_of("ab"), Passages((), "bm25")]))


@pytest.mark.parametrize("cls", [Rrf, Convex, Union])
def test_no_lists_and_empty_lists_give_an_empty_list(cls):
    assert len(make(cls).run(Parts([])).value) == 0
    assert len(make(cls).run(Parts([Passages(), Passages()])).value) == 0


@pytest.mark.parametrize("cls", [Rrf, Convex, Union])
@given(given_lists=st.lists(letters, max_size=5))
def test_every_passage_comes_through_once_with_all_its_scores(cls, given_lists):
    lists = [lists_of(text, score="cosine" if i % 2 else "bm25")[0] for i, text in enumerate(given_lists)]
    result = make(cls).run(Parts(lists))
    assert sorted(ids(result.value)) == sorted(set("".join(given_lists)))
    for found in result.value:
        for i, text in enumerate(given_lists):
            if found.id in text:
                assert found.scores["cosine" if i % 2 else "bm25"] >= 1 - 0.1 * text.index(found.id)
    assert (result.decision.kept, result.decision.of) == (len(result.value), sum(map(len, given_lists)))
    if result.value.ranked_by:
        scores = result.value.score_list()
        assert scores == sorted(scores, reverse=True)


@given(st.lists(letters, min_size=1, max_size=4))
def test_rrf_does_not_depend_on_scores_nor_convex_on_their_scale(given_lists):
    lists = lists_of(*given_lists)
    scaled = [Passages([p.with_scores({"cosine": 7 * p.scores["cosine"] - 2}) for p in one], "cosine") for one in lists]
    assert ids(make(Rrf).run(Parts(lists)).value) == ids(make(Rrf).run(Parts(scaled)).value)
    before = {p.id: p.scores["convex"] for p in make(Convex).run(Parts(lists)).value}
    after = {p.id: p.scores["convex"] for p in make(Convex).run(Parts(scaled)).value}
    assert before == pytest.approx(after)
    assert all(0 <= score <= 1 + 1e-12 for score in before.values())


def test_of_two_values_under_one_name_the_higher_stays():
    one, two = ranked([0.3], start="x"), ranked([0.8], start="x")
    for cls in (Rrf, Convex, Union):
        assert make(cls).run(Parts([one, two])).value[0].scores["cosine"] == 0.8
        assert make(cls).run(Parts([two, one])).value[0].scores["cosine"] == 0.8


@pytest.mark.parametrize("cls", [Rrf, Convex])
def test_a_passage_twice_in_one_list_counts_at_its_first_place(cls):
    twice = Passages([passage("a", cosine=0.9), passage("b", cosine=0.8), passage("a", cosine=0.7)], "cosine")
    value = make(cls).run(Parts([twice])).value
    assert ids(value) == ["a", "b"]
    assert value[0].scores["cosine"] == 0.9
    if cls is Rrf:
        assert [p.scores["rrf"] for p in value] == pytest.approx([1 / 61, 1 / 62])


def test_two_texts_under_one_id_are_said():
    other = Passages([passage("a", cosine=0.9)], "cosine")
    changed = Passages([type(other[0])("a", "a", "Title", "Another text.", {"cosine": 0.5})], "cosine")
    result = make(Union).run(Parts([other, changed]))
    assert result.value[0].text == "Text of a."
    assert "two different texts" in result.warnings[0]


def test_union_keeps_the_order_and_claims_none():
    value = make(Union).run(Parts(lists_of("cab", "dba"))).value
    assert ids(value) == ["c", "a", "b", "d"]
    assert value.ranked_by is None


def test_rrf_says_when_it_took_an_order_for_a_ranking():
    result = make(Rrf).run(Parts([Passages(lists_of("ab")[0]), *lists_of("ab")]))
    assert result.warnings == ("list 1 of 2 was not ordered by a score; its order was taken for its ranking",)


def test_convex_needs_scores():
    with pytest.raises(UsageError, match="list 2 was not ordered by a score"):
        make(Convex).run(Parts([*lists_of("ab"), Passages(lists_of("ab")[0])]))
    with pytest.raises(UsageError, match="list 1 has passages without its score 'bm25'"):
        make(Convex).run(Parts([Passages(lists_of("ab")[0], "bm25")]))


def test_convex_warns_about_ranks():
    fused = make(Rrf).run(Parts(lists_of("ab", "ba"))).value
    assert any("made of ranks" in warning for warning in make(Convex).run(Parts([fused])).warnings)


@pytest.mark.parametrize(
    ("scores", "how", "name", "levels"),
    [
        ([3.0, 2.0, 1.0], "min_max", "bm25", [1, 0.5, 0]),
        ([4.0, 2.0, 1.0], "theoretical", "bm25", [1, 0.5, 0.25]),
        ([1.0, 0.0, -1.0], "theoretical", "cosine", [1, 0.5, 0]),
        ([-2.0, -4.0], "min_max", "logit", [1, 0]),
        ([0.4], "min_max", "cosine", [1]),
        ([0.4, 0.4], "min_max", "cosine", [1, 1]),
        ([0.0, 0.0], "theoretical", "bm25", [0, 0]),
        ([], "min_max", "cosine", []),
    ],
)
def test_normalise(scores, how, name, levels):
    assert normalise(scores, how, name)[0] == pytest.approx(levels)


def test_normalise_says_when_it_says_nothing():
    assert normalise([0.4, 0.4], "min_max", "cosine")[1] == "all 2 scores 'cosine' are equal (0.4): each counts as 1"
    assert normalise([0.4], "min_max", "cosine")[1] is None
    assert "at their lowest" in normalise([0.0, 0.0], "theoretical", "bm25")[1]
    with pytest.raises(UsageError, match="'logit' has no known lowest value"):
        normalise([1.0], "theoretical", "logit")


def test_the_account_of_a_fusion():
    decision = make(Rrf).run(Parts(lists_of("abc", "bcd"))).decision
    assert decision.reason == "2 lists of 3, 3 passages became 4 passages; 2 were found more than once"
    assert decision.details["lists"][1] == {"reference": 1, "size": 3, "ranked_by": "cosine"}
    one = make(Rrf).run(Parts(lists_of("a"))).decision
    assert one.reason == "1 list of 1 passage became 1 passage; 0 were found more than once"
