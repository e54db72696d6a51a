"""What each step handed on, read from real traces: branches, maps, loops, skipped steps."""

from __future__ import annotations

from ragkit.evaluate.steps import gives_answer, last_executions, owners, step_passages
from ragkit.types import Passage
from tests.evaluate.components import make


def ids(steps: str, question: str = "x y", top: str = "") -> dict[str, list[str]]:
    result = make(steps, top).run(question)
    assert result.error is None, result.error
    return {step: [each.id for each in passages] for step, passages in step_passages(result.trace).items()}


def test_every_step_that_hands_on_passages_in_the_order_in_which_they_ran() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, c]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ids(steps)
    assert found == {"found": ["a", "b", "c"], "kept": ["a", "b"]}, "an answer is not handed on, it is the output"
    assert list(found) == ["found", "kept"]


def test_the_elements_of_a_map_are_joined_in_their_order() -> None:
    steps = """
  words: {use: query.words}
  each:
    use: flow.map
    over: words
    max_items: 9
    steps:
      hits: {use: retrieve.seek, query: item}
      kept: {use: select.head, passages: hits, k: 1}
    output: kept
  pool: {use: fuse.mix, passages: each}
output: pool
"""
    found = ids(steps, "c a b")
    assert found["each.hits"] == ["c", "a", "b"]
    assert found["each"] == ["c", "a", "b"], "a list of lists is joined too"
    assert found["pool"] == ["c", "a", "b"]


def test_more_than_ten_elements_stay_in_order() -> None:
    steps = """
  words: {use: query.words}
  each: {use: flow.map, over: words, max_items: 20, steps: {hits: {use: retrieve.seek, query: item}}, output: hits}
  pool: {use: fuse.mix, passages: each}
output: pool
"""
    words = [f"w{number}" for number in range(13)]
    assert ids(steps, " ".join(words))["each.hits"] == words


LOOP = """
  ask:
    use: flow.loop
    max_rounds: 3
    carry: {query: question, seen: {value: []}}
    steps:
      hits: {use: retrieve.seek, query: carry.query}
      all: {use: fuse.mix, passages: [carry.seen, hits]}
      draft: {use: generate.say, passages: all, text: z w}
    next: {query: draft.text, seen: all}
    output: all
output: ask
"""


def test_of_a_loop_the_last_round_counts() -> None:
    found = ids(LOOP, "a b")
    assert found["ask.hits"] == ["z", "w"]
    assert found["ask.all"] == found["ask"] == ["a", "b", "z", "w"]


def test_a_step_that_the_last_round_skipped_counts_with_the_last_round_in_which_it_ran() -> None:
    steps = """
  ask:
    use: flow.loop
    max_rounds: 3
    carry: {query: question, seen: {value: []}}
    steps:
      gate: {use: gate.words, question: carry.query, words: 2}
      hits: {use: retrieve.seek, query: carry.query, when: gate.needed}
      all: {use: fuse.mix, passages: [carry.seen, hits]}
      draft: {use: generate.say, passages: all, text: short}
    next: {query: draft.text, seen: all}
    output: all
output: ask
"""
    assert ids(steps, "a b")["ask.hits"] == ["a", "b"]


def test_a_loop_in_a_map_and_a_map_in_a_loop() -> None:
    inner = "\n".join(f"    {line}" for line in LOOP.splitlines()[1:-1]).replace("query: question", "query: item")
    steps = f"""
  words: {{use: query.words}}
  each:
    use: flow.map
    over: words
    max_items: 9
    steps:
{inner}
    output: ask
  pool: {{use: fuse.mix, passages: each}}
output: pool
"""
    found = ids(steps, "a b")
    assert found["each.ask.all"] == ["a", "z", "w", "b", "z", "w"], "of each element its own last round"
    assert found["pool"] == ["a", "z", "w", "b"]
    looped = """
  ask:
    use: flow.loop
    max_rounds: 2
    carry: {seen: {value: []}}
    steps:
      words: {use: query.words}
      each: {use: flow.map, over: words, max_items: 9, steps: {hits: {use: retrieve.seek, query: item}}, output: hits}
      all: {use: fuse.mix, passages: [carry.seen, each]}
    next: {seen: all}
    output: all
output: ask
"""
    result = make(looped).run("a b")
    frames = [span.frame for span in last_executions(result.trace, ["ask.each.hits"])["ask.each.hits"]]
    assert frames == ["ask#2/each[0]", "ask#2/each[1]"]


def test_a_step_that_was_skipped_is_not_there() -> None:
    steps = """
  gate: {use: gate.words, words: 3}
  found: {use: retrieve.find, found: [a], when: gate.needed}
  other: {use: retrieve.find, found: [b]}
  pick: {use: flow.first, of: [found, other]}
output: pick
"""
    assert ids(steps, "two words") == {"other": ["b"], "pick": ["b"]}
    assert ids(steps, "three words here") == {"found": ["a"], "other": ["b"], "pick": ["a"]}


def test_only_the_branch_that_ran_is_there() -> None:
    steps = """
  kind: {use: route.word}
  go:
    use: flow.route
    label: kind
    default: other
    branches:
      one: {steps: {hits: {use: retrieve.find, found: [a]}}, output: hits}
      other: {steps: {hits: {use: retrieve.find, found: [b]}}, output: hits}
output: go
"""
    assert ids(steps, "one thing") == {"go": ["a"], "go.one.hits": ["a"]}
    assert ids(steps, "what thing") == {"go": ["b"], "go.other.hits": ["b"]}


def test_an_empty_map_hands_on_an_empty_list_and_not_nothing() -> None:
    steps = """
  each: {use: flow.map, over: history, max_items: 9, steps: {hits: {use: retrieve.find, found: [a]}}, output: hits}
  pool: {use: fuse.mix, passages: each}
output: pool
"""
    assert ids(steps)["each"] == []


def test_a_step_that_failed_is_not_there() -> None:
    steps = """
  found: {use: retrieve.find, found: [a]}
  broken: {use: judge.break, passages: found}
  kept: {use: select.head, passages: broken}
output: kept
"""
    result = make(steps).run("break it")
    assert result.error is not None
    assert list(step_passages(result.trace)) == ["found"]


def test_whether_a_pipeline_gives_an_answer() -> None:
    found = "  found: {use: retrieve.find, found: [a]}\n"
    said = f"{found}  answer: {{use: generate.say, passages: found}}\n"
    assert not gives_answer(make(f"{found}output: found").run("q").trace.graph)
    assert gives_answer(make(f"{said}output: answer").run("q").trace.graph)
    assert gives_answer(make(f"{said}output: {{answer: answer, passages: found}}").run("q").trace.graph)
    assert gives_answer(make(LOOP.replace("output: all", "output: draft")).run("q").trace.graph)
    assert not gives_answer(None)


def test_owners_are_asked_for_only_where_passages_are_merged() -> None:
    plain = [Passage("a#0", "a", "", ""), Passage("b#0", "b", "", "")]
    assert owners([plain]) == {}
    merged = Passage("m", "a", "", "", parts=("a#0", "b#0"))
    assert owners([plain, [merged]]) == {"a#0": "a", "b#0": "b", "m": "a"}
