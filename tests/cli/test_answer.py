"""A result as a person reads it: its answer, and the one line that says what was decided and why."""

from __future__ import annotations

from typing import Any

from ragkit.cli.answer import decided, prose
from ragkit.types import Answer, Citation


def decision(step: str, kind: str, reason: str, kept: int | None = None, of: int | None = None) -> dict[str, Any]:
    return {"step": step, "kind": kind, "reason": reason, "kept": kept, "of": of}


def document(*decisions: dict[str, Any], routes: Any = (), stopped: str | None = None) -> dict[str, Any]:
    return {"routes": list(routes), "decisions": list(decisions), "stopped": stopped}


def test_branches_come_first_and_of_each_kind_the_last_word() -> None:
    told = decided(
        document(
            decision("kind", "route", "'multi' is the most probable, 0.95"),
            decision("answer", "route", "the label is 'multi'"),
            decision("few", "select", "k is 10", 10, 50),
            decision("evidence", "select", "they fit", 4, 10),
            decision("answer.multi.answer", "answer", "quoted 3 sentences"),
            routes=[{"step": "answer", "label": "multi"}],
            stopped="budget",
        )
    )
    assert told == (
        "answer took 'multi'; 'multi' is the most probable, 0.95; kept 4 of 10: they fit; quoted 3 sentences; "
        "stopped early: budget"
    )


def test_what_was_followed_is_told_by_each_step_with_its_first_round() -> None:
    told = decided(
        document(
            decision("named", "expand", "2 taken (1 new)"),
            decision("named", "expand", "2 taken (0 new)"),
            decision("wider", "expand", "3 passages grew", 5, 5),
        )
    )
    assert told == "2 taken (1 new); 3 passages grew"


def test_a_loop_speaks_for_what_stopped_it() -> None:
    rounds = (decision("ask.same", "stop", "the text changed"), decision("ask.same", "stop", "the same as before"))
    ended = decision("ask", "stop", "'until' holds: same.unchanged after 2 rounds")
    assert decided(document(ended, *rounds)) == ended["reason"]
    assert decided(document(decision("agree", "stop", "the text changed"))) == "the text changed"


def test_a_quote_flows_on_where_its_document_breaks_the_line_and_nothing_else_changes() -> None:
    quote = "The list is cut\nat the largest gap,\n  the buffer behind it."
    answer = Answer(f"- One: “{quote}” [1]\n- Two: mine [2]", (Citation(1, "a#0", "a", quote), Citation(2, "b#0", "b")))
    assert prose(answer) == "- One: “The list is cut at the largest gap, the buffer behind it.” [1]\n- Two: mine [2]"
