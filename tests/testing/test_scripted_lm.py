"""The scripted LM: a ``dspy.LM`` like any other, that says what it is told to."""

from __future__ import annotations

import copy

import dspy
import pytest

from ragkit.testing import Asked, FakeReader, FakeScope, Fault, Said, ScriptedLM, opened


def predict(lm, **values):
    with dspy.context(lm=lm):
        return dspy.Predict("question -> answer, score: int")(**values)


def test_it_answers_in_turn_and_keeps_what_it_was_asked():
    lm = ScriptedLM([{"answer": "Paris", "score": 3}, {"answer": "Rome", "score": 2}])
    assert [predict(lm, question=q).answer for q in ("France?", "Italy?")] == ["Paris", "Rome"]
    assert [asked.field("question") for asked in lm.requests] == ["France?", "Italy?"]
    assert lm.requests[0].wanted == ["answer", "score"]


def test_a_request_more_than_the_script_has_is_an_error():
    lm = ScriptedLM([])
    with pytest.raises(Exception, match=r"no answer to request 1: .*Where"):
        predict(lm, question="Where?")


def test_a_rule_sees_the_request():
    def rule(asked: Asked):
        return {"answer": asked.field("question").upper(), "score": len(asked.messages)}

    found = predict(ScriptedLM(rule), question="why?")
    assert (found.answer, found.score) == ("WHY?", 2)


def test_it_answers_in_the_format_that_is_asked_for():
    lm = ScriptedLM([{"answer": "a", "score": 1}])
    with dspy.context(adapter=dspy.JSONAdapter()):
        assert predict(lm, question="?").score == 1
    assert lm.requests[0].wants_json
    assert lm.requests[0].wanted == ["answer", "score"]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", dspy.LMRateLimitError), ("server", dspy.LMServerError), ("auth", dspy.LMAuthError),
        ("bad_request", dspy.LMInvalidRequestError), ("timeout", dspy.LMTimeoutError),
        ("connection", dspy.LMTransportError),
    ],
)  # fmt: skip
def test_faults_are_dspy_s_own_errors(kind, error):
    with pytest.raises(error, match="scripted"):
        predict(ScriptedLM([Fault(kind)]), question="?")


def test_faults_of_the_wire_need_a_server():
    with pytest.raises(Exception, match="needs a ChatServer"):
        predict(ScriptedLM([Fault("garbage")]), question="?")


def test_usage_and_log_probabilities_are_as_scripted():
    lm = ScriptedLM([Said("ab", logprobs=[("a", -0.1), ("b", -0.2)], usage=(5, 2), cached_tokens=4)])
    (output,) = lm("hello", logprobs=True)
    assert [one["token"] for one in output["logprobs"]["content"]] == ["a", "b"]
    assert lm.history[-1]["usage"]["prompt_tokens"] == 5
    assert lm.history[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 4


def test_tokens_that_do_not_spell_the_reply_are_a_mistake_in_the_test():
    with pytest.raises(Exception, match="the tokens spell 'a'"):
        ScriptedLM([Said("ab", logprobs=[("a", -0.1)])])("hello", logprobs=True)


def test_copies_go_on_in_the_same_script_with_settings_of_their_own():
    lm = ScriptedLM(["one", "two", "three"], temperature=0.1)
    other = copy.deepcopy(lm)
    other.kwargs["temperature"] = 0.9
    assert [lm("?"), other("?"), lm.copy(temperature=0.5)("?")] == [["one"], ["two"], ["three"]]
    assert [asked.settings["temperature"] for asked in lm.requests] == [0.1, 0.9, 0.5]


def test_a_prompt_is_taken_apart_into_its_fields():
    message = "[[ ## a ## ]]\none\n\ntwo\n\n[[ ## b ## ]]\n[1] x\n\nRespond with the corresponding output fields, "
    message += "starting with the field `[[ ## c ## ]]`, then `[[ ## d ## ]]`, and then ending with the marker for "
    asked = Asked([{"role": "user", "content": f"{message}`[[ ## completed ## ]]`."}])
    assert asked.fields == {"a": "one\n\ntwo", "b": "[1] x"}
    assert asked.wanted == ["c", "d"]
    assert asked.field("c") is None


def test_a_scope_without_what_is_asked_of_it_says_so():
    for what in ("lm", "corpus"):
        with pytest.raises(Exception, match="was made without"):
            getattr(FakeScope(), what)()


def test_a_pipeline_from_a_text_runs_over_lm_and_notes():
    text = """
    corpus: notes
    lm: scripted/lm
    steps:
      found: {use: retrieve.dense, k: {choice: [1, 2], default: 1}}
      answer: {use: generate.answer, passages: found}
    output: answer
    """
    lm = ScriptedLM(lambda asked: {"answer": "At the gap [1]."})
    with opened(text, lm=lm, reader=FakeReader(), choices={"found.k": 2}) as pipeline:
        result = pipeline.run("At which gap does adaptive-k cut the ranked list?")
    assert result.answer.citations[0].doc_id == "adaptive-k"
    assert lm.requests[0].field("passages").count("\n\n[2] ") == 1
    assert result.document["conditions"]["corpus_version"] == {"notes": "v1"}
