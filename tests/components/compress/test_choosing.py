"""Which sentences are kept: what holds whatever their scores and sizes are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.compress._choosing import choose

HEAD = 2


@st.composite
def lists(draw):
    """Passages of sentences with sizes, and an order of all of them."""
    sizes = draw(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), max_size=5))
    places = [(passage, sentence) for passage, some in enumerate(sizes) for sentence in range(len(some))]
    return sizes, draw(st.permutations(places))


@given(given=lists(), budget=st.integers(0, 60), minimum=st.integers(0, 3))
def test_the_budget_holds_and_the_best_come_first(given, budget, minimum):
    sizes, ranked = given

    def size(passage, sentences):
        return HEAD + sum(sizes[passage][sentence] for sentence in sentences)

    kept = choose(ranked, size, budget, minimum)
    assert sum(one.tokens for one in kept.values()) <= budget
    for passage, one in kept.items():
        assert one.sentences
        assert one.tokens == size(passage, one.sentences)
    order = {place: rank for rank, place in enumerate(ranked)}
    for passage, one in kept.items():
        own = sorted((order[passage, sentence], sentence) for sentence in range(len(sizes[passage])))
        best_first = [sentence for _, sentence in own]
        assert one.sentences == frozenset(best_first[: len(one.sentences)]), "within a passage the best are kept"
    if sum(HEAD + sum(some) for some in sizes) <= budget:
        assert {(passage, s) for passage, one in kept.items() for s in one.sentences} == set(ranked)


def test_each_passage_comes_first_then_the_best_of_all():
    sizes = [[5, 5, 5], [5, 5], [5]]
    ranked = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]

    def kept(budget, minimum):
        chosen = choose(ranked, lambda passage, some: 1 + sum(sizes[passage][s] for s in some), budget, minimum)
        return {passage: sorted(one.sentences) for passage, one in chosen.items()}

    assert kept(18, 1) == {0: [0], 1: [0], 2: [0]}
    assert kept(23, 1) == {0: [0, 1], 1: [0], 2: [0]}
    assert kept(18, 0) == {0: [0, 1, 2]}
    assert kept(12, 1) == {0: [0], 1: [0]}, "in the order of the list, as far as it goes"
    assert kept(5, 1) == {}
    assert kept(30, 2) == {0: [0, 1], 1: [0, 1], 2: [0]}


def test_what_does_not_fit_ends_the_adding():
    sizes = [[5, 9, 1]]
    chosen = choose([(0, 0), (0, 1), (0, 2)], lambda _, some: sum(sizes[0][s] for s in some), 10, 1)
    assert chosen[0].sentences == {0}, "the third would fit, and the second is better"
