from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.questions import KINDS
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.filters import Filters
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.selection import SHARES, Selection, quotas
from tests.evaluate.synth.corpora import library

WORDS = [
    "harbour",
    "lantern",
    "kelp",
    "salt",
    "crane",
    "gull",
    "rope",
    "anchor",
    "beacon",
    "tide",
    "wharf",
    "sonar",
    "buoy",
    "ledger",
    "net",
    "mast",
]


@given(st.integers(1, 500), st.sets(st.sampled_from(KINDS), min_size=1))
def test_quotas_add_up_and_keep_the_shares(n: int, kinds: set[str]) -> None:
    found = quotas(n, kinds)  # type: ignore[arg-type]
    assert sum(found.values()) == n
    assert set(found) == kinds
    total = sum(SHARES[kind] for kind in kinds)  # type: ignore[index]
    assert all(abs(count - n * SHARES[kind] / total) < 1 for kind, count in found.items())


class Passing(Filters):
    """Lets everything pass."""

    def __init__(self) -> None:
        self._checks = ()


def selection(split: float | None = None, seed: int = 0) -> Selection:
    return Selection(library(), Passing(), split, None, random.Random(seed))  # type: ignore[arg-type]


def drafts(count: int, documents: int, method: str = "subject", kind: str = "single", of: int = 1) -> list[Draft]:
    rng = random.Random(1)
    found = []
    for number in range(count):
        ids = tuple(f"d{one}" for one in rng.sample(range(documents), of))
        text = " ".join(rng.sample(WORDS, 6))
        found.append(Draft(kind, method, f"{text} {number}?", ("a",), ids, (), ids))  # type: ignore[arg-type]
    return found


def test_documents_that_have_none_come_first() -> None:
    chosen = selection()
    assert chosen.take(drafts(60, 8), 8) == 8
    assert Counter(kept.draft.gold_ids[0] for kept in chosen.kept) == Counter(f"d{i}" for i in range(8))


def test_methods_take_turns_by_their_weights() -> None:
    chosen = selection()
    chosen.take([*drafts(40, 40, "definition"), *drafts(40, 40, "cloze")], 10)
    assert Counter(kept.draft.method for kept in chosen.kept) == {"definition": 8, "cloze": 2}


def test_what_is_asked_twice_is_kept_once() -> None:
    chosen = selection()
    twice = [Draft("single", "subject", "Which crane  is old?", gold_ids=("a",), made_from=("a",)),
             Draft("single", "count", "which crane is OLD", gold_ids=("b",), made_from=("b",))]  # fmt: skip
    assert chosen.take(twice, 2) == 1
    assert chosen.dropped == {"duplicate": 1}


@given(st.floats(0.1, 0.9), st.integers(0, 20))
def test_a_split_shares_no_document(split: float, seed: int) -> None:
    chosen = selection(split, seed)
    chosen.take(drafts(30, 12, "shared-term", "aggregate", of=3), 6)
    chosen.take(drafts(40, 12, "mention", "multi", of=2), 12)
    chosen.take(drafts(40, 12), 20)
    sides: dict[str, set[str]] = {"tune": set(), "report": set()}
    for kept in chosen.kept:
        assert kept.side is not None
        sides[kept.side].update(kept.draft.made_from)
    assert not sides["tune"] & sides["report"]


def test_a_split_has_its_shares() -> None:
    chosen = selection(0.25)
    chosen.take(drafts(400, 400), 40)
    assert Counter(kept.side for kept in chosen.kept) == {"tune": 10, "report": 30}


def test_trivial_questions_wait() -> None:
    rng = random.Random(0)
    chosen = Selection(library(), Passing(), None, None, rng, trivial=lambda draft: "kelp" in draft.question)  # type: ignore[arg-type]
    pool = drafts(60, 60)
    chosen.take(pool, 10)
    trivial = sum("kelp" in kept.draft.question for kept in chosen.kept)
    assert trivial < 10 * sum("kelp" in draft.question for draft in pool) / len(pool)


def test_an_endless_source_that_repeats_itself_ends() -> None:
    def greetings():
        while True:
            yield Draft("none", "greeting", "Hello!")

    assert selection().take_endless(greetings(), 5) == 1


def test_the_material_is_read_once_for_every_document() -> None:
    material = Material(library(), seed=0)
    assert [document.id for document in material.documents] == material.indexed.ids
    assert Material(library(), seed=0, most=3).documents[0].id in material.indexed.ids
    assert len(Material(library(), seed=0, most=3).documents) == 3
