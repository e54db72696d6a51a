"""How passages came to the answer, read from the objects that a trace keeps."""

from __future__ import annotations

from ragkit.engine import RunResult
from ragkit.evaluate.causes.lineage import Holds, Lineage, best_rank
from ragkit.types import Answer, Passage, Passages
from tests.evaluate.components import make

STEPS = """
  one: {use: retrieve.find, found: [a, b, c]}
  two: {use: retrieve.find, found: [d, b]}
  top: {use: select.head, passages: one, k: 1}
  low: {use: select.head, passages: two, k: 1}
  pool: {use: fuse.mix, passages: [top, low]}
  answer: {use: generate.say, passages: pool}
output: answer
"""


def of(id: str) -> Holds:
    return lambda passage: passage.id == id


def run(steps: str = STEPS, question: str = "what is it") -> tuple[RunResult, Lineage, Answer | Passages]:
    result = make(steps).run(question)
    return result, Lineage(result.trace), result.answer if result.answer is not None else result.passages


def test_every_step_that_lost_it_nearest_first() -> None:
    _, lineage, output = run()
    found = lineage.search(output, of("b"))
    assert [(loss.span.step, loss.rank) for loss in found.losses] == [("top", 2), ("low", 2)]
    assert found.sources == (), "what lies behind a loss is not looked at"
    assert [loss.span.step for loss in lineage.search(output, of("c")).losses] == ["top"]


def test_what_nothing_had_leads_to_what_retrieved() -> None:
    _, lineage, output = run()
    found = lineage.search(output, of("x"))
    assert found.losses == ()
    assert [span.step for span in found.sources] == ["one", "two"] == [span.step for span in lineage.sources()]


def test_a_step_that_hands_on_the_very_list_it_was_given_is_passed_through() -> None:
    steps = STEPS.replace(
        "top: {use: select.head, passages: one, k: 1}",
        "pass: {use: judge.break, passages: one}\n  top: {use: select.head, passages: pass, k: 1}",
    )
    result, lineage, output = run(steps)
    spans = {span.step: span for span in result.trace.spans}
    assert spans["pass"].outputs["passages"] is spans["one"].outputs["passages"]
    assert [loss.span.step for loss in lineage.search(output, of("c")).losses] == ["top"]
    assert [span.step for span in lineage.search(output, of("x")).sources] == ["one", "two"]


def test_the_step_inside_a_flow_is_named_and_not_the_flow() -> None:
    steps = """
  words: {use: query.words}
  each:
    use: flow.map
    over: words
    max_items: 9
    steps:
      hits: {use: retrieve.find, found: [a, b]}
      kept: {use: select.head, passages: hits, k: 1}
    output: kept
  kind: {use: route.word}
  go:
    use: flow.route
    label: kind
    default: other
    branches:
      other:
        steps:
          pool: {use: fuse.mix, passages: each}
          last: {use: select.head, passages: pool, k: 0}
        output: last
output: go
"""
    _, lineage, output = run(steps, "two words")
    assert [loss.span.step for loss in lineage.search(output, of("a")).losses] == ["go.other.last"]
    losses = lineage.search(output, of("b")).losses
    assert [(loss.span.step, loss.span.frame) for loss in losses] == [
        ("each.kept", "each[0]"),
        ("each.kept", "each[1]"),
    ]


def test_rounds_of_a_loop_are_followed_back() -> None:
    steps = """
  ask:
    use: flow.loop
    max_rounds: 3
    carry: {seen: {value: []}, query: question}
    steps:
      hits: {use: retrieve.seek, query: carry.query}
      best: {use: select.head, passages: hits, k: 1}
      all: {use: fuse.mix, passages: [carry.seen, best]}
      draft: {use: generate.say, passages: all, text: p q}
    next: {seen: all, query: draft.text}
    output: draft
output: ask
"""
    _, lineage, output = run(steps, "a b")
    first = lineage.search(output, of("b")).losses
    assert [(loss.span.step, loss.span.frame) for loss in first] == [("ask.best", "ask#1")]
    later = lineage.search(output, of("q")).losses
    assert [loss.span.frame for loss in later] == ["ask#3", "ask#2"]


def test_a_retriever_that_reads_passages_has_not_dropped_them() -> None:
    steps = """
  first: {use: retrieve.find, found: [a, b]}
  more: {use: retrieve.like, passages: first, found: [c]}
output: more
"""
    _, lineage, output = run(steps)
    found = lineage.search(output, of("a"))
    assert found.losses == () and [span.step for span in found.sources] == ["more"]


def test_what_the_answers_step_was_given() -> None:
    result, lineage, _ = run(STEPS.replace("passages: pool}\noutput", "passages: pool, reads: 1}\noutput"))
    assert result.answer is not None
    assert [[each.id for each in passages] for passages in lineage.read(result.answer)] == [["a", "d"]]
    assert [loss.span.step for loss in lineage.search(result.answer, of("d")).losses] == ["answer"]
    assert lineage.read(Answer("another")) == ()


def test_where_something_stands() -> None:
    _, lineage, _ = run()
    assert [(loss.span.step, loss.rank) for loss in lineage.standing(of("b"))] == [("one", 2), ("two", 2)]
    assert list(lineage.standing(of("x"))) == []
    assert best_rank([Passage("a", "a", "", "")], of("a")) == 1
    assert best_rank([], of("a")) is None
