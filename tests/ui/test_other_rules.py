"""What other selectors would have kept: each with its defaults, on the very list that the step was given."""

from __future__ import annotations

import pytest

from ragkit.components.select.knee import Knee
from ragkit.types import Passage, Passages
from ui.other_rules import others
from ui.views import decision

from ..trace.samples import Recorder, adaptive_run


def span_of(given: Passages, use: str = "select.adaptive_k"):
    record = Recorder()
    return record.step("evidence", use, inputs={"passages": given}, outputs={"passages": given[:2]})


def passages(tokens: int | None = 100) -> Passages:
    scores = [0.9, 0.88, 0.87, 0.4, 0.39, 0.38, 0.37, 0.36, 0.35, 0.34]
    return Passages(
        [Passage(f"p{n}", "d", "", "t", {"cosine": s}, tokens=tokens) for n, s in enumerate(scores)], "cosine"
    )


def test_each_of_the_others_says_what_it_itself_would_do() -> None:
    found = {other.use: other for other in others(span_of(passages()))}
    assert "select.adaptive_k" not in found
    assert {"select.autocut", "select.knee", "select.top_p", "select.top_k", "select.token_budget"} <= set(found)
    assert "select.learned" not in found, "it needs a trained file"
    assert found["select.knee"].kept == len(Knee(Knee.Params()).run(passages()).value)
    assert found["select.top_k"].kept == 10


def test_one_that_cannot_say_tells_why() -> None:
    found = {other.use: other for other in others(span_of(passages(tokens=None)))}
    assert found["select.token_budget"].kept is None
    assert "token count" in found["select.token_budget"].why


@pytest.mark.parametrize("use", ["rerank.mmr", "fuse.rrf"])
def test_other_steps_have_none(use: str) -> None:
    assert others(span_of(passages(), use)) == []


def test_an_empty_list_has_none() -> None:
    assert others(span_of(Passages([], "cosine"))) == []


def test_they_stand_on_the_curve() -> None:
    span = adaptive_run().spans[1]
    assert span.decision is not None
    span.decision.details["curve"] = [0.9 - 0.01 * rank for rank in range(8)]
    chart = decision.curve_with(span.decision, others(span))
    marks = chart["series"][-1]["markLine"]["data"]
    assert marks
    assert all(1 <= mark["xAxis"] <= 8.5 for mark in marks)
    assert any("top_k" in mark["label"]["formatter"] for mark in marks)
