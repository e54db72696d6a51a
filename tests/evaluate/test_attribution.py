"""Each cause of failure, proved by a real run; and what holds of every verdict."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.engine import RunResult
from ragkit.evaluate.attribution import CAUSES
from ragkit.evaluate.questions import Question
from ragkit.evaluate.scoring import score
from ragkit.spec.plan import Plan
from tests.evaluate.components import make


def ask(
    steps: str,
    question: str = "what is it",
    *,
    gold: tuple[str, ...] = ("gold",),
    answers: tuple[str, ...] = ("MCTS",),
    kind: Any = "single",
    evidence: tuple[str, ...] = (),
    known: Collection[str] | None = None,
    top: str = "",
    lm: bool = False,
) -> dict[str, Any]:
    """The cause of a run that failed, as a row holds it."""
    result = make(steps, top).run(question)
    assert result.error is None, result.error
    asked = Question("q", question, answers, dict.fromkeys(gold, 1.0), kind, evidence)
    found = score(asked, result, known_documents=known, lm=lm)
    assert found.metrics["correct"] == 0.0
    assert found.cause is not None
    return dict(found.cause)


def verdict(cause: dict[str, Any]) -> tuple[Any, ...]:
    return cause["cause"], cause["step"], cause["rank"], cause["score"]


def test_not_in_corpus() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b]}
  answer: {use: generate.say, passages: found}
output: answer
"""
    found = ask(steps, known={"a", "b"})
    assert verdict(found) == ("not_in_corpus", None, None, None)
    assert found["detail"] == "gold document 'gold' is not in the corpus"
    assert ask(steps, known=set())["cause"] == "not_in_corpus", "an empty corpus is a known one"
    assert ask(steps, known={"gold"})["cause"] == ask(steps, known=None)["cause"] == "retrieval_miss"


ROUTED = """
  kind: {use: route.word}
  go:
    use: flow.route
    label: kind
    default: single
    branches:
      single: {steps: {hits: {use: retrieve.find, found: [a]}, say: {use: generate.say, passages: hits}}, output: say}
      multi: {steps: {hits: {use: retrieve.find, found: [gold]}, say: {use: generate.say, passages: hits}}, output: say}
output: go
"""


def test_routed_wrongly_by_a_route() -> None:
    found = ask(ROUTED, "single question", kind="multi")
    assert verdict(found) == ("routed_wrongly", "go", None, None)
    assert found["detail"] == (
        "'go' took the branch 'single' for a question of kind 'multi', and gold document 'gold' was not found there"
    )
    assert ask(ROUTED, "single question", kind="aggregate")["cause"] == "routed_wrongly", "a list counts as multi"
    assert ask(ROUTED, "single question", kind="single")["cause"] == "retrieval_miss"
    assert ask(ROUTED, "multi question", kind="multi")["cause"] == "not_found_in_passage", "the right branch found it"


def test_a_route_is_not_wrong_when_there_was_no_other_branch_or_its_labels_are_its_own() -> None:
    one = ROUTED.replace("multi:", "several:")
    assert ask(one, "single question", kind="multi")["cause"] == "retrieval_miss"
    own = ROUTED.replace("single", "papers")
    assert ask(own, "papers question", kind="multi")["cause"] == "retrieval_miss"


def test_routed_wrongly_by_a_gate_or_a_condition() -> None:
    steps = """
  gate: {use: gate.words, words: 9}
  found: {use: retrieve.find, found: [gold], when: gate.needed}
  some: {use: generate.say, passages: found}
  none: {use: generate.say, text: no idea}
  answer: {use: flow.first, of: [some, none]}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("routed_wrongly", "gate", None, 3.0)
    assert found["detail"] == (
        "gold document 'gold' was not looked for: gate 'gate' said that no retrieval is needed (score 3)"
    )
    judged = steps.replace(
        "gate: {use: gate.words, words: 9}", "gate: {use: judge.unchanged, before: question, after: {value: x}}"
    )
    found = ask(judged.replace("gate.needed", "gate.unchanged"))
    assert verdict(found) == ("routed_wrongly", "found", None, None)
    assert "(retrieve.find) was skipped, its condition does not hold: gate.unchanged" in found["detail"]


def test_routed_wrongly_where_nothing_had_to_be_retrieved() -> None:
    steps = """
  gate: {use: gate.words, words: 2}
  found: {use: retrieve.find, found: [a], when: gate.needed}
  some: {use: generate.say, passages: found}
  none: {use: generate.say, text: This needs no documents., abstains: true}
  answer: {use: flow.first, of: [some, none]}
output: answer
"""
    found = ask(steps, "hi there", gold=(), answers=(), kind="none")
    assert verdict(found) == ("routed_wrongly", "gate", None, 2.0)
    plain = ask(
        "  f: {use: retrieve.find, found: [a]}\n  a: {use: generate.say, passages: f}\noutput: a", gold=(), kind="none"
    )
    assert verdict(plain) == ("routed_wrongly", None, None, None)
    assert plain["detail"] == "1 retrieval for a question that needs none, and no gate or route decides about it"
    routed = ask(ROUTED, "multi hi", gold=(), kind="none")
    assert verdict(routed) == ("routed_wrongly", "go", None, None)
    assert "took the branch 'multi'" in routed["detail"]


def test_retrieval_miss() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b]}
  kept: {use: select.head, passages: found}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("retrieval_miss", "found", None, None)
    assert found["detail"] == "gold document 'gold' is not among the 2 passages of found (retrieve.find)"


def test_retrieval_miss_of_several_retrievers_and_rounds() -> None:
    steps = """
  one: {use: retrieve.find, found: [a, b]}
  two: {use: retrieve.find, found: [c]}
  pool: {use: fuse.mix, passages: [one, two]}
output: pool
"""
    found = ask(steps)
    assert verdict(found) == ("retrieval_miss", None, None, None)
    lists = "the 2 passages of one (retrieve.find) nor the 1 passage of two (retrieve.find)"
    assert found["detail"] == f"gold document 'gold' is not among {lists}"
    looped = """
  ask:
    use: flow.loop
    max_rounds: 2
    carry: {seen: {value: []}}
    steps:
      hits: {use: retrieve.find, found: [a, b]}
      all: {use: fuse.mix, passages: [carry.seen, hits]}
    next: {seen: all}
    output: all
output: ask
"""
    found = ask(looped)
    assert verdict(found) == ("retrieval_miss", "ask.hits", None, None)
    assert "the 4 passages of ask.hits (retrieve.find), asked 2 times" in found["detail"]


def test_what_only_a_gate_has_read_was_not_retrieved_for_the_answer() -> None:
    steps = """
  probe: {use: retrieve.find, found: [x, gold]}
  seen: {use: retrieve.find, found: [x]}
  same: {use: judge.unchanged, before: probe, after: seen}
  found: {use: retrieve.find, found: [a], when: {not: same.unchanged}}
  answer: {use: generate.say, passages: found}
  none: {use: generate.say, text: none}
  last: {use: flow.first, of: [answer, none]}
output: last
"""
    found = ask(steps)
    assert verdict(found) == ("retrieval_miss", "found", None, None)
    assert found["detail"].endswith("; it stood at rank 2 of 'probe', which the answer does not read")


def test_lost_in_fusion() -> None:
    steps = """
  one: {use: retrieve.find, found: [a, b]}
  two: {use: retrieve.find, found: [c, gold], score: bm25}
  pool: {use: fuse.mix, passages: [one, two], k: 3}
  answer: {use: generate.say, passages: pool}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("lost_in_fusion", "pool", 2, 0.333)
    assert found["detail"] == "gold document 'gold' stood at rank 2 of 2 (bm25 0.333); pool (fuse.mix) kept 3"


def test_lost_in_rerank() -> None:
    steps = """
  found: {use: retrieve.find, found: [gold, a, b]}
  best: {use: rerank.turned, passages: found, k: 2}
  kept: {use: select.head, passages: best, k: 1}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    assert verdict(ask(steps)) == ("lost_in_rerank", "best", 1, 0.75)


def test_cut_by_selector() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, c, gold, d]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("cut_by_selector", "kept", 4, 0.333)
    assert found["detail"] == "gold document 'gold' stood at rank 4 of 5 (cosine 0.333); kept (select.head) kept 2"
    assert ask(steps.replace("k: 2", "k: 4"))["cause"] == "not_found_in_passage", "now it reaches the answer"


def test_cut_by_a_real_selector_in_the_order_of_its_own_score() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, c, gold, d, e, f, g, h, i, j, k]}
  turned: {use: rerank.turned, passages: found}
  kept: {use: select.top_p, passages: turned, score: cosine, p: 0.2}
output: kept
"""
    found = ask(steps)
    assert verdict(found) == ("cut_by_selector", "kept", 4, 0.692), "in the order of cosine, not of the list"


def test_a_step_of_no_known_role_that_drops_it_has_selected() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, "gold: bad words"]}
  good: {use: judge.sieve, passages: found, word: bad}
output: good
"""
    assert verdict(ask(steps)) == ("cut_by_selector", "good", 2, 0.333)


@pytest.mark.parametrize(
    ("step", "rank", "by"),
    [
        ("{use: select.token_budget, passages: found, max_tokens: 25}", 3, "25 tokens"),
        ("{use: select.top_p, passages: found, p: 1.0, max_tokens: 25}", 3, "25 tokens"),
        ("{use: select.top_p, passages: found, p: 1.0, maximum: 3, max_tokens: 25}", 3, "25 tokens"),
    ],
)
def test_truncated_by_a_limit_of_tokens(step: str, rank: int, by: str) -> None:
    steps = f"""
  found: {{use: retrieve.find, found: [a, b, gold, c]}}
  kept: {step}
  answer: {{use: generate.say, passages: kept}}
output: answer
"""
    found = ask(steps)
    assert found["cause"] == "truncated" and (found["step"], found["rank"]) == ("kept", rank)
    assert by in found["detail"]


def test_a_selector_with_a_token_limit_that_cut_by_its_rule_has_selected() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, gold, c]}
  kept: {use: select.top_p, passages: found, p: 0.3, max_tokens: 1000}
output: kept
"""
    assert ask(steps)["cause"] == "cut_by_selector"


def test_a_selector_that_was_held_to_its_maximum_has_selected() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, gold, c]}
  kept: {use: select.top_p, passages: found, p: 1.0, maximum: 2, max_tokens: 25}
output: kept
"""
    assert ask(steps)["cause"] == "cut_by_selector"


JUDGED = """
  found: {use: retrieve.find, found: [gold, a, b, c]}
  kept: {use: select.judged, passages: found, k: 2, max_tokens: 1000}
output: kept
"""


def test_a_selector_with_a_score_of_its_own() -> None:
    found = ask(JUDGED)
    assert verdict(found) == ("cut_by_selector", "kept", 1, 0.8)
    place = "gold document 'gold' stood at rank 1 of 4 (cosine 0.8)"
    assert found["detail"] == f"{place}; kept (select.judged) kept 2 by its own score 'relevance'"
    limited = JUDGED.replace("k: 2, max_tokens: 1000", "k: 3, max_tokens: 20")
    assert ask(limited)["cause"] == "cut_by_selector", "which of both took it out is not in the trace"
    everything = ask(JUDGED.replace("k: 2, max_tokens: 1000", "k: 4, max_tokens: 20"))
    assert everything["cause"] == "truncated", "its rule kept everything"
    assert everything["detail"].endswith("kept (select.judged) kept 2, as many as fit into 20 tokens")


def test_truncated_by_a_compressor_that_took_the_words_out() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, "gold: they use MCTS"]}
  short: {use: compress.short, passages: found}
  answer: {use: generate.say, passages: short}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("truncated", "short", 2, 0.333)
    name = "passage 'gold', which holds the answer,"
    assert found["detail"] == f"{name} stood at rank 2 of 2 (cosine 0.333); short (compress.short) shortened it"


def test_truncated_by_the_answers_own_context() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, gold]}
  answer: {use: generate.say, passages: found, reads: 2}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("truncated", "answer", 3, 0.25)
    assert found["detail"] == "gold document 'gold' stood at rank 3 of 3 (cosine 0.25); answer (generate.say) kept 2"


def test_truncated_by_the_budget() -> None:
    steps = """
  found: {use: retrieve.find, found: [gold]}
  some: {use: generate.say, passages: found}
  none: {use: generate.say, text: none}
  answer: {use: flow.first, of: [some, none]}
output: answer
"""
    found = ask(steps, top="budget: {retrieval_calls: 0}")
    assert found["cause"] == "truncated"
    assert found["detail"] == "gold document 'gold' was not looked for: the run was stopped (budget: retrieval_calls)"
    written = """
  found: {use: retrieve.find, found: ["gold: MCTS"]}
  answer: {use: generate.write, passages: found}
  other: {use: generate.say, passages: found}
  last: {use: flow.first, of: [answer, other]}
output: last
"""
    assert ask(written, top="budget: {lm_calls: 0}")["cause"] == "not_found_in_passage", "another step answered"


HELD = """
  found: {use: retrieve.find, found: [a, "gold: they use MCTS here"]}
  answer: {use: generate.say, passages: found, text: TEXT, abstains: ABSTAINS}
output: answer
"""


def said(text: str, abstains: bool = False) -> str:
    return HELD.replace("TEXT", repr(text)).replace("ABSTAINS", str(abstains).lower())


def test_not_found_in_passage() -> None:
    found = ask(said("They use beam search."))
    assert verdict(found) == ("not_found_in_passage", "answer", 2, 0.333)
    assert found["detail"] == (
        "'MCTS' is not in the answer, but passage 'gold', at rank 2 of the 2 passages that reached it, holds it"
    )


def test_not_found_in_the_passage_that_was_handed_on() -> None:
    steps = said("They use beam search.").replace("MCTS", "something")
    found = ask(steps)
    assert verdict(found) == ("not_found_in_passage", "answer", None, None)
    assert found["detail"] == (
        "'MCTS' is not in the answer; the gold document is among the 2 passages that reached it, "
        "but not with a passage that holds it"
    )
    assert ask(said("none", True).replace("MCTS", "something"))["cause"] == "not_found_in_passage", (
        "abstaining was right"
    )


def test_a_document_that_reached_the_answer_with_the_wrong_passage() -> None:
    steps = """
  found: {use: retrieve.find, found: ["gold#1: introduction", a, "gold#2: they use MCTS"]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ask(steps)
    assert verdict(found) == ("cut_by_selector", "kept", 3, 0.25)
    assert found["detail"].startswith("passage 'gold#2', which holds the answer, stood at rank 3 of 3")


def test_format() -> None:
    for answer, accepted in (
        ("They use Monte-Carlo tree-searches.", "monte carlo tree search"),
        ("It has seven layers.", "7"),
        ("In Orleans, Bruxelles", "Orléans"),
        ("It holds 10billion", "10 billion"),
    ):
        found = ask(said(answer), answers=(accepted,))
        assert found["cause"] == "format", answer
        assert found["detail"] == f"{accepted!r} is in the answer, but not in this spelling"
    assert ask(said("the 14th"), answers=("4",))["cause"] != "format", "short items have to be words"


def test_wrongly_abstained() -> None:
    found = ask(said("MCTS, but no.", True))
    assert verdict(found) == ("wrongly_abstained", "answer", 2, 0.333)
    assert found["detail"] == (
        "the answer says that there is none, but passage 'gold', at rank 2 of the 2 passages that reached it, holds it"
    )
    unchecked = ask(said("none", True), answers=("yes",))
    assert verdict(unchecked) == ("wrongly_abstained", "answer", None, None)
    greeting = ask("  a: {use: generate.say, text: no, abstains: true}\noutput: a", gold=(), kind="none", lm=True)
    assert verdict(greeting) == ("wrongly_abstained", "a", None, None)


def test_wrongly_answered() -> None:
    found = ask(said("It is 7."), kind="unanswerable", gold=(), answers=())
    assert verdict(found) == ("wrongly_answered", "answer", None, None)
    assert found["detail"] == "the corpus does not hold an answer, and one was given, citing nothing"
    cited = said("It is 7.").replace("abstains: false", "cites: [a]")
    assert "citing 1 passage" in ask(cited, kind="unanswerable", gold=())["detail"]
    hello = "  a: {use: generate.echo}\noutput: a"
    assert ask(hello, "hi", gold=(), answers=("hello",), kind="none", lm=True)["cause"] == "wrongly_answered"
    assert ask(hello, "hi", gold=(), kind="none")["detail"].endswith("does not say that it needs no documents")


def test_evidence_is_looked_for_where_the_answer_is_written_nowhere() -> None:
    steps = """
  found: {use: retrieve.find, found: ["gold#1: introduction", "gold#2: It is   so."]}
  kept: {use: select.head, passages: found, k: 1}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    assert verdict(ask(steps, answers=("yes",), evidence=("It is so.",)))[:3] == ("cut_by_selector", "kept", 2)
    assert ask(steps, answers=("yes",))["cause"] == "not_found_in_passage", "nothing says which passage was needed"


def test_evidence_that_does_not_hold_the_answer_proves_nothing() -> None:
    steps = """
  found: {use: retrieve.find, found: ["gold#1: It was used.", "gold#2: They use MCTS."]}
  kept: {use: select.head, passages: found, k: 1}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ask(steps, kind="multi", evidence=("It was used.", "They use MCTS."))
    assert verdict(found)[:3] == ("cut_by_selector", "kept", 2), "the passage with the other sentence is not enough"


def test_the_first_cause_of_several_lost_documents() -> None:
    steps = """
  found: {use: retrieve.find, found: [one, x, two]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    cut = ask(steps, gold=("one", "two"), kind="multi")
    assert verdict(cut)[:3] == ("cut_by_selector", "kept", 3)
    assert cut["detail"].endswith("; 1 of 2 gold documents reached the answer")
    missed = ask(steps, gold=("one", "two", "three"), kind="multi")
    assert missed["cause"] == "retrieval_miss", "comes before the cut"
    assert ask(steps, gold=("one", "two", "three"), kind="multi", known={"one", "two"})["cause"] == "not_in_corpus"
    single = ask(steps.replace("found: [one", "found: ['one: MCTS'"), gold=("one", "two"), kind="single")
    assert single["cause"] == "not_found_in_passage", (
        "one passage that holds the answer is enough for a single question"
    )


def test_a_list_whose_documents_were_all_there() -> None:
    steps = """
  found: {use: retrieve.find, found: [one, two]}
  answer: {use: generate.say, passages: found, text: First and sec ond}
output: answer
"""
    found = ask(steps, gold=("one", "two"), answers=("first", "third", "4th", "fifth", "sixth"), kind="aggregate")
    assert verdict(found) == ("not_found_in_passage", "answer", None, None)
    assert found["detail"] == (
        "4 of 5 items are neither in the answer nor in a cited title ('third', '4th', 'fifth' and 1 more), "
        "but all 2 gold documents are among the passages that reached it"
    )
    assert ask(steps, gold=("one", "two"), answers=("first", "second"), kind="aggregate")["cause"] == "format"
    partly = ask(steps, gold=("one", "two"), answers=("second", "third"), kind="aggregate")
    assert partly["cause"] == "not_found_in_passage", "the spelling of one is not all that is wrong"
    abstained = steps.replace("text:", "abstains: true, text:")
    assert ask(abstained, gold=("one", "two"), answers=("first",), kind="aggregate")["cause"] == "wrongly_abstained"


def test_without_gold_documents_the_passages_that_hold_the_answer_are_followed() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, "c: they use MCTS"]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ask(steps, gold=())
    assert verdict(found) == ("cut_by_selector", "kept", 3, 0.25)
    missed = ask(steps.replace("MCTS", "it"), gold=())
    assert verdict(missed) == ("retrieval_miss", "found", None, None)
    assert missed["detail"].startswith("a passage that holds the answer is not among the 3 passages of found")
    assert ask(steps.replace("k: 2", "k: 3"), gold=())["cause"] == "not_found_in_passage"


def test_passages_through_branches_maps_and_merges() -> None:
    steps = """
  words: {use: query.words}
  each:
    use: flow.map
    over: words
    max_items: 9
    steps:
      hits: {use: retrieve.find, found: [a, gold]}
      kept: {use: select.head, passages: hits, k: 1}
    output: kept
  pool: {use: fuse.mix, passages: each}
output: pool
"""
    assert verdict(ask(steps, "two words")) == ("cut_by_selector", "each.kept", 2, 0.333)
    merged = """
  found: {use: retrieve.find, found: [a, gold, b]}
  one: {use: expand.joined, passages: found}
  kept: {use: select.head, passages: one, k: 0}
output: kept
"""
    assert verdict(ask(merged))[:3] == ("cut_by_selector", "kept", 1), "the merged passage has it as a part"


def test_no_answer_at_all() -> None:
    steps = """
  found: {use: retrieve.find, found: ["gold: MCTS"]}
  answer: {use: generate.write, passages: found}
output: answer
"""
    found = ask(steps, top="budget: {lm_calls: 0}")
    assert verdict(found) == ("truncated", None, None, None)
    assert found["detail"] == "no answer came: the run was stopped (budget: lm_calls)"
    assert ask(steps, top="budget: {lm_calls: 0}", kind="unanswerable", gold=())["cause"] == "truncated"


def test_a_run_that_failed_has_an_error_and_no_cause() -> None:
    steps = """
  found: {use: retrieve.find, found: [a]}
  broken: {use: judge.break, passages: found}
  answer: {use: generate.say, passages: broken}
output: answer
"""
    result = make(steps).run("break it")
    found = score(Question("q", "?", ("x",), {"a": 1.0}, "single"), result)
    assert found.metrics["correct"] == 0.0 and found.cause is None
    assert found.metrics["recall@5"] == found.metrics["answer_em"] == 0.0, "its user got nothing"
    assert found.metrics["context_tokens"] is None
    assert found.steps["found"]["recall@5"] == 1.0


DOCS = ["a", "b", "c", "d", "e", "f"]
lists = st.lists(st.sampled_from(DOCS), max_size=6, unique=True)
sizes = st.integers(0, 6)
LOSSES = {"lost_in_fusion", "lost_in_rerank", "cut_by_selector", "truncated"}


@st.composite
def runs(draw: st.DrawFn) -> tuple[Question, RunResult, dict[str, Any]]:
    """A random pipeline, run, and a random question about it."""
    steps = f"""
  one: {{use: retrieve.find, found: {draw(lists)}}}
  two: {{use: retrieve.find, found: {draw(lists)}, score: bm25}}
  cut: {{use: select.head, passages: two, k: {draw(sizes)}}}
  pool: {{use: fuse.mix, passages: [one, cut], k: {draw(sizes)}}}
  best: {{use: rerank.turned, passages: pool, k: {draw(sizes)}}}
  kept: {{use: select.head, passages: best, k: {draw(sizes)}}}
"""
    if draw(st.booleans()):
        text, abstains = draw(st.sampled_from(["it is alpha", "al-pha", "al pha", "beta"])), draw(st.booleans())
        answer = (
            f"use: generate.say, passages: kept, reads: {draw(sizes)}, abstains: {str(abstains).lower()}, text: {text}"
        )
        steps += f"  answer: {{{answer}}}\noutput: answer"
    else:
        steps += "output: kept"
    gold = draw(st.lists(st.sampled_from([*DOCS, "never"]), max_size=3, unique=True))
    kind = draw(st.sampled_from(["single", "multi", "aggregate", "none", "unanswerable", None]))
    answers = draw(st.sampled_from([(), ("alpha",), ("alpha", "gamma"), ("about a",), ("yes",)]))
    question = Question("q", "?", answers, dict.fromkeys(gold, 1.0), kind)
    known = draw(st.sampled_from([None, set(DOCS)]))
    return question, make(steps).run("what is it"), {"known_documents": known, "lm": draw(st.booleans())}


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(runs())
def test_what_holds_of_every_verdict(drawn: tuple[Question, RunResult, dict[str, Any]]) -> None:
    question, result, options = drawn
    found = score(question, result, **options)
    assert (found.cause is not None) == (found.metrics["correct"] == 0.0), "a cause exactly for what is wrong"
    if found.cause is None:
        return
    cause = found.cause
    assert cause["cause"] in CAUSES
    assert cause["detail"]
    reached = {each.doc_id for each in (result.answer.passages if result.answer is not None else result.passages)}
    spans = {span.step: span for span in result.trace.spans}
    if cause["cause"] == "not_in_corpus":
        assert options["known_documents"] is not None and "never" in question.gold_ids
    if cause["cause"] == "retrieval_miss" and question.gold_ids:
        retrieved = {each.doc_id for step in ("one", "two") for each in spans[step].outputs["passages"]}
        assert set(question.gold_ids) - retrieved
    if cause["cause"] in LOSSES:
        span = spans[cause["step"]]
        given_to_it = [
            each for value in span.inputs.values() for each in ([value] if hasattr(value, "ranked_by") else value)
        ]
        at_rank = [passages[cause["rank"] - 1] for passages in given_to_it if len(passages) >= cause["rank"]]
        handed_on = span.outputs.get("passages") or getattr(span.outputs.get("answer"), "passages", ())
        lost = [each for each in at_rank if each.doc_id not in reached and each not in handed_on]
        assert lost, "it stood where the verdict says, and did not reach the answer"
        assert not question.gold_ids or any(each.doc_id in question.gold_ids for each in lost)
        assert cause["score"] is None or any(cause["score"] in each.scores.values() for each in lost)
    if cause["cause"] in ("not_found_in_passage", "format", "wrongly_abstained") and question.kind in (
        "multi",
        "aggregate",
    ):
        assert set(question.gold_ids) <= reached, "what did not reach the answer comes first"
    if cause["cause"] == "wrongly_abstained":
        assert result.answer is not None and result.answer.abstained
    if cause["cause"] == "wrongly_answered":
        assert question.kind in ("unanswerable", "none")
    if cause["cause"] == "routed_wrongly":
        assert question.kind == "none", "nothing routes in this pipeline"


@settings(max_examples=40, deadline=None)
@given(lists.filter(len), st.integers(0, 6), st.sampled_from(DOCS))
def test_a_selector_that_keeps_more_never_becomes_the_cause(found: list[str], k: int, gold: str) -> None:
    def cause_of(keeps: int) -> str | None:
        steps = f"  f: {{use: retrieve.find, found: {found}}}\n  s: {{use: select.head, passages: f, k: {keeps}}}\n"
        steps += "output: s"
        scores = score(Question("q", "?", (), {gold: 1.0}, "single"), make(steps).run("?"))
        return None if scores.cause is None else str(scores.cause["cause"])

    few, many = cause_of(k), cause_of(k + 1)
    assert (few == "cut_by_selector") == (gold in found and found.index(gold) >= k)
    assert not (many == "cut_by_selector" and few != "cut_by_selector")
    assert (few == "retrieval_miss") == (gold not in found)


def test_the_plan_of_each_test_is_a_real_one() -> None:
    assert isinstance(make(ROUTED).plan, Plan)
