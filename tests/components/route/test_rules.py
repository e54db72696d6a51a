"""route.rules: the first rule that holds, what may stand in one, and that no pattern is slow."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.route._rule import Rule, Text, fits, named, split_pattern
from ragkit.components.route.rules import MOST, Rules


def router(*rules, otherwise="single"):
    params = Rules.Params(rules=[Rule(**rule) for rule in rules], otherwise=otherwise)
    assert Rules.check(params) is None
    return Rules(params)


def test_the_first_rule_that_holds_is_taken():
    rules = router(
        {"label": "none", "words": ["hello", "thank you"], "max_words": 2},
        {"label": "multi", "words": ["both", "compar*"]},
        {"label": "list", "asks_for": ["list"]},
    )
    found = {text: rules.run(text) for text in ("HELLO there!", "Comparing them, hello", "Which papers prune?", "Why?")}
    assert [str(result.value) for result in found.values()] == ["none", "multi", "list", "single"]
    assert [result.decision.details["rule"] for result in found.values()] == [1, 2, 3, None]
    assert found["HELLO there!"].decision.reason == (
        "'none': rule 1 of 3 holds: 'hello' stands in it, it has 2 words (at most 2)"
    )
    assert found["Why?"].decision.reason == "'single': none of 3 rules holds"


@pytest.mark.parametrize(
    ("rule", "holds", "fails"),
    [
        ({"words": ["in common"]}, "What have they in  COMMON?", "Is it common in it?"),
        ({"words": ["thank you"]}, "thank, you!", "thank your mother"),
        ({"words": ["compar*"]}, "A comparison?", "incomparable"),
        ({"words": ["from * to"]}, "How far from Rome to Paris?", "To whom is it from?"),
        ({"patterns": ["which * or *"]}, "Which is older, A or B?", "Tell me which is older, A or B"),
        ({"patterns": ["how many *"]}, "How many?", "So how many are there?"),
        ({"min_names": 2}, "Is Self-RAG newer than Adaptive-RAG?", "Is Self-RAG new?"),
        ({"max_names": 0}, "What is retrieval?", "What is the capital of New Zealand?"),
        ({"min_words": 3, "max_words": 4}, "One two three", "One two"),
        ({"asks_for": ["number", "list"]}, "How many are there?", "Why is that?"),
        ({"words": ["both"], "min_words": 4}, "Are both of them here?", "both here"),
        ({"words": ["what's"]}, "What’s new?", "What is new?"),
    ],
)
def test_conditions(rule, holds, fails):
    rules = router({"label": "yes", **rule}, otherwise="no")
    assert (rules.run(holds).value, rules.run(fails).value) == ("yes", "no")


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which of CRAG and GPT-4 is older?", ["CRAG", "GPT-4"]),
        ("New York is big. Is Paris?", ["New York", "Paris"]),
        ("Does Modular RAG describe flows?", ["Modular RAG"]),
        ("What is it that I see?", []),
        ("the 1999 report", []),
    ],
)
def test_things_that_a_question_names(question, names):
    assert named(question) == names


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "rule 1 ('x') has no condition; a label for all that is left is what 'otherwise' is for"),
        ({"words": ["both", "?!"]}, "has '?!' in 'words', which holds no word"),
        ({"min_words": 5, "max_words": 4}, "has min_words 5 above max_words 4 and can never hold"),
        ({"min_names": 2, "max_names": 1}, "min_names 2 above max_names 1"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule, said):
    assert said in Rules.check(Rules.Params(rules=[Rule(label="x", **rule)], otherwise="y"))


def test_labels_are_declared_in_the_order_of_the_rules():
    rules = [{"label": "b", "min_words": 1}, {"label": "a", "min_words": 2}, {"label": "b", "min_words": 3}]
    assert Rules.declared_labels({"rules": rules, "otherwise": "a"}) == ("b", "a")
    assert Rules.declared_labels(Rules.Params(rules=rules, otherwise="c").model_dump()) == ("b", "a", "c")


def test_the_end_of_a_very_long_question_is_not_read_and_this_is_said():
    rules = router({"label": "yes", "words": ["end"]}, otherwise="no")
    result = rules.run("x " * MOST + "end")
    assert result.value == "no"
    assert "rules see the first 10,000" in result.warnings[0]


@pytest.mark.clock
def test_no_pattern_is_slow():
    words = ["a"] * 5000
    began = time.process_time()
    assert not fits(split_pattern("* a" * 40 + " b"), words)
    assert time.process_time() - began < 1.0


@given(st.lists(st.sampled_from("ab*"), max_size=7), st.lists(st.sampled_from("abc"), max_size=9))
def test_patterns_fit_as_a_shell_has_it(pattern, words):
    """Words of one letter, so that a pattern over words is one over letters."""
    assert fits(pattern, words) == fnmatch.fnmatchcase("".join(words), "".join(pattern))


@given(st.text(max_size=200))
def test_every_text_can_be_read(text):
    read = Text.of(text)
    assert len(read.names) <= max(1, len(text))
    router({"label": "x", "min_words": 1, "words": ["a"]}).run(text)
