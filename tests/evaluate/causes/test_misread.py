"""Documents that reached the answer, which was wrong all the same: each cause proved by a real run."""

from __future__ import annotations

from .asking import ask, verdict

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
