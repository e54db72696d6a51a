"""What works on what: read from the declared graph."""

from __future__ import annotations

from ragkit.engine.module import PipelineModule
from ragkit.optimize.prompts.reach import Reach
from ragkit.spec.describe import describe
from tests.engine.lm_parts import EVERYWHERE, PATHS, pipeline


def test_behind_each_step_in_every_kind_of_scope() -> None:
    with pipeline(EVERYWHERE) as loaded:
        reach = Reach(describe(loaded.plan))
        assert [name for name, _ in PipelineModule(loaded).named_predictors()] == PATHS
    branches = {"choose.short.say", "choose.multi-hop.say"}
    assert reach.behind("kind") == {"choose", *branches}
    later = {"each", "notes", "ask", "ask.draft", "choose", "choose.multi-hop.say"}
    assert reach.behind("topics") == {*later, "each.note"}
    assert reach.behind("each.note") == later
    assert "ask.draft" in reach.behind("ask.draft"), "the next round works on it"
    assert "kind" not in reach.behind("ask.draft")
    assert reach.behind("choose.short.say") == {"choose"}


def test_without_a_graph_nothing_is_known() -> None:
    assert Reach(None).behind("a") == frozenset()
