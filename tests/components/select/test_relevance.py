"""Features of a ranked list: names and columns agree, ranks count documents, and every list gives finite numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.select._relevance import Reading, features, read_scores
from ragkit.errors import UsageError
from ragkit.types import Passage, Passages


def _list(*rows: tuple[str, str, float, float]) -> Passages:
    return Passages(
        [
            Passage(f"p{i}", doc, f"About {doc}", text, {"convex": a, "bm25": b}, tokens=10)
            for i, (doc, text, a, b) in enumerate(rows)
        ],
        "convex",
    )


READING = Reading(("convex", "bm25"), ("multi", "single"))
PAPERS = _list(
    ("crag", "Corrective retrieval grades what was found.", 0.9, 9.0),
    ("flare", "Retrieves when tokens are unlikely.", 0.5, 4.0),
    ("crag", "It then searches the web.", 0.4, 8.0),
    ("dragin", "Attention decides when to retrieve.", 0.1, 0.0),
)


def _column(found: object, name: str) -> list[float]:
    return list(found.rows[:, READING.names.index(name)])  # type: ignore[attr-defined]


def test_there_is_a_name_for_each_column() -> None:
    found = features("What does CRAG grade?", PAPERS, "single", READING)
    assert found.rows.shape == (4, len(READING.names))
    assert len(set(READING.names)) == len(READING.names)


def test_ranks_count_documents_and_the_first_of_each_is_marked() -> None:
    found = features("What does CRAG grade?", PAPERS, None, READING)
    assert list(found.first) == [True, True, False, True]
    assert _column(found, "convex: log rank") == pytest.approx(np.log1p([0, 1, 2, 2]))
    assert _column(found, "bm25: log rank") == pytest.approx(np.log1p([0, 1, 1, 2]))


def test_words_that_a_better_document_held_are_not_new() -> None:
    found = features("Which grades retrieval, and where is attention?", PAPERS, None, READING)
    covered, new = _column(found, "words covered"), _column(found, "words new")
    assert covered[0] == new[0] > 0
    assert new[3] > 0  # attention
    assert _column(found, "words left")[-1] == pytest.approx(0.0)


def test_a_name_in_the_title_is_seen_in_any_case() -> None:
    found = features("Does CRAG search the web?", PAPERS, None, READING)
    assert _column(found, "named in title") == [1, 0, 1, 0]


def test_labels_are_flags() -> None:
    found = features("q", PAPERS, "multi", READING)
    assert _column(found, "is multi") == [1.0] * 4
    assert _column(found, "is single") == [0.0] * 4


def test_the_order_of_the_list_does_not_matter() -> None:
    turned = Passages(reversed(PAPERS.items), "convex")
    one, other = features("What grades?", PAPERS, None, READING), features("What grades?", turned, None, READING)
    assert np.allclose(one.rows, other.rows)
    assert [PAPERS[i].id for i in one.order] == [turned[i].id for i in other.order]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.text(max_size=30), st.floats(-1e3, 1e3), st.floats(0, 1e3)),
        min_size=1, max_size=12,
    ),
    st.text(max_size=60),
)  # fmt: skip
def test_every_list_gives_finite_numbers(rows: list[tuple[str, str, float, float]], question: str) -> None:
    found = features(question, _list(*rows), None, READING)
    assert np.isfinite(found.rows).all()
    assert found.first.sum() == len({row[0] for row in rows})


def test_scores_are_those_that_all_passages_have() -> None:
    mixed = Passages([PAPERS[0], PAPERS[1].with_scores({"convex": 0.2})], "convex")
    assert read_scores(PAPERS) == ("convex", "bm25")
    assert read_scores(mixed) == ("convex",)
    with pytest.raises(UsageError, match="was not ordered by a score"):
        read_scores(Passages(PAPERS.items))


def test_a_missing_score_is_named() -> None:
    with pytest.raises(UsageError, match="'p1' has no score 'bm25', which this step was trained on; it has 'convex'"):
        features("q", Passages([PAPERS[0], PAPERS[1].with_scores({"convex": 0.2})], "convex"), None, READING)


def test_scores_next_to_nothing_have_no_shares() -> None:
    found = features("q", _list(("a", "text", 5e-324, 5e-324), ("b", "text", -1e3, 0.0)), None, READING)
    assert np.isfinite(found.rows).all()
    assert _column(found, "bm25: share of best") == [0.0, 0.0]
