"""route.semantic: the label with the closest examples, or the other one."""

from __future__ import annotations

import pytest

from ragkit.components.route.semantic import Semantic
from ragkit.errors import UsageError
from tests.components.fake_corpus import FakeScope, notes

EXAMPLES = {
    "size": ["How many passages are kept?", "How large is the buffer?"],
    "order": ["By what are passages ranked?", "Which words count more?"],
}


def step(reader=None, **params):
    given = Semantic.Params(**{"examples": EXAMPLES, "otherwise": "other", **params})
    assert Semantic.check(given) is None
    return Semantic(given, FakeScope(reader or notes()))


def test_the_label_of_the_closest_example_is_taken_and_the_scores_are_told():
    result = step().run("How large is the buffer of passages?")
    assert result.value == "size"
    decision = result.decision
    assert decision.details["closest"] == "How large is the buffer?"
    assert decision.score == pytest.approx(decision.details["scores"]["size"], abs=1e-4)
    assert decision.details["scores"]["size"] > decision.details["scores"]["order"]
    assert decision.reason.startswith("'size': a cosine of 0.")


def test_below_the_threshold_the_other_is_taken():
    result = step(threshold=0.99).run("How large is the buffer of passages?")
    assert result.value == "other"
    assert "the most like, 'size', has" in result.decision.reason
    assert result.decision.threshold == 0.99 > result.decision.score
    score = step().run("How large is the buffer of passages?").decision.score
    assert step(threshold=score).run("How large is the buffer of passages?").value == "size", "at the threshold"


def test_with_more_examples_several_have_to_agree():
    examples = {"one": ["alpha beta"], "many": ["alpha gamma", "alpha delta"], "mixed": ["alpha beta epsilon", "zeta"]}
    near = step(examples=examples, k=1).run("alpha beta epsilon")
    assert near.value == "mixed"
    mean = step(examples=examples, k=2).run("alpha beta epsilon")
    assert mean.value == "one", "a label with one example has the mean of one"
    assert mean.decision.details["scores"]["mixed"] < near.decision.details["scores"]["mixed"] == pytest.approx(1)
    assert "its closest example" in mean.decision.reason


def test_examples_are_encoded_once_and_questions_together():
    reader = notes()
    router = step(reader)
    router.warm_up()
    assert reader.calls == ["warm_up", "encode 2", "encode 2"]
    single = [router.run(question).value for question in ("How many?", "By what?")]
    assert [found.value for found in router.run_batch([{"question": "How many?"}, {"question": "By what?"}])] == single
    assert reader.calls[-1] == "encode 2"
    assert len(reader.calls) == 6


def test_labels_are_declared():
    assert Semantic.declared_labels({"examples": EXAMPLES, "otherwise": "other"}) == ("size", "order", "other")
    assert Semantic.declared_labels({"examples": EXAMPLES, "otherwise": "order"}) == ("size", "order")


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ({"a": []}, "the label 'a' has no examples"),
        ({"a": ["x", " "]}, "the label 'a' has a blank example"),
        ({"a": ["Is it?"], "b": ["is  IT?"]}, "stands under 'a' and under 'b'"),
        ({"a": ["x", "x"]}, "stands twice under 'a'"),
        ({" ": ["x"]}, "a label is blank"),
    ],
)
def test_what_means_nothing_is_refused(examples, said):
    assert said in Semantic.check(Semantic.Params(examples=examples, otherwise="a"))


def test_without_a_corpus_it_says_what_it_needs():
    with pytest.raises(UsageError, match="made without a scope"):
        Semantic(Semantic.Params(examples=EXAMPLES, otherwise="size")).run("Why?")
