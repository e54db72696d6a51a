"""The executed graph: what ran, what was skipped and what failed, each on the box of its step."""

from __future__ import annotations

import re

from ragkit.testing import FakeReader, opened

TEXT = """
corpus: notes
steps:
  kind: {use: judge.unchanged, before: {value: one}, after: {value: other}}
  found: {use: retrieve.bm25, k: 3}
  more: {use: retrieve.dense, k: 2, when: kind.unchanged}
  best: {use: flow.first, of: [more, found]}
  answer: {use: generate.extractive, passages: best}
output: answer
"""


def drawn() -> tuple[str, dict[str, str]]:
    """The drawing of a run in which a step was skipped, and the id of each box by its title."""
    from ui.views.graph import executed

    with opened(TEXT, reader=FakeReader()) as pipeline:
        text = executed(pipeline.run("What does BM25 rank by?").trace)
    boxes = re.findall(r'^ *(n\d+)\W+"([^<"]+)(?:<br/>([^"]*))?"', text, re.MULTILINE)
    return text, {title: id for id, title, lines in boxes if lines}


def chosen(text: str, fate: str) -> set[str]:
    found = re.search(rf"class (\S+) {fate}$", text, re.MULTILINE)
    return set() if found is None else set(found.group(1).split(","))


def test_what_was_skipped_is_grey_and_what_ran_is_not() -> None:
    text, ids = drawn()
    assert chosen(text, "idle") == {ids["more"]}
    assert chosen(text, "ran") == {ids[name] for name in ("kind", "found", "best", "answer")}
    assert chosen(text, "failed") == set()


def test_each_box_says_its_time_or_that_it_was_skipped() -> None:
    text, _ = drawn()
    assert re.search(r'"more<br/>retrieve\.dense<br/>.*skipped"', text)
    assert re.search(r'"found<br/>retrieve\.bm25<br/>k=3<br/>[\d.]+ (µs|ms|s)"', text)
    assert "<b>" not in text
