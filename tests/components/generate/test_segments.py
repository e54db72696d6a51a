"""A sentence from each passage."""

from __future__ import annotations

from ragkit.components.generate.segments import Segments
from tests.components.asking import step
from tests.components.helpers import ids, ranked


def test_each_is_written_from_its_own_passage_and_cut_at_its_first_sentence():
    asking, lm = step(Segments, {"sentence": "One. Two."}, {"sentence": " "}, most=2)
    result = asking.run("Where?", ranked([0.9, 0.8, 0.7]), "So far.")
    shown = {asked.field("passage"): asked.field("so_far") for asked in lm.requests}
    assert shown == {"Title p0\nText of p0.": "So far.", "Title p1\nText of p1.": "So far."}
    assert sorted(result.value.segments) == ["", "One."], "which of the two was asked first is not said"
    assert ids(result.value.passages) == ["p0", "p1"]
    assert "1 sentence from 2 passages; 1 more not read" in result.decision.reason
    assert Segments.calls({"most": 2}).lm == 2


def test_without_passages_nothing_is_asked():
    asking, lm = step(Segments)
    assert asking.run("Where?", ranked([]), "").value.segments == []
    assert lm.requests == []
