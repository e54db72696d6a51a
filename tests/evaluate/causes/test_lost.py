"""Documents that did not reach the answer: each cause proved by a real run."""

from __future__ import annotations

import pytest

from .asking import ROUTED, ask, verdict


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
