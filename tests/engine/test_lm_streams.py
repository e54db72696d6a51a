"""LM steps whose answer comes piece by piece."""

from __future__ import annotations

import contextlib

import pytest

from ragkit.engine.streaming import last_steps
from ragkit.testing import ChatServer, Fault, Said, ScriptedLM, in_process
from tests.engine.lm_parts import EVERYWHERE, everywhere, pipeline, scripted, served, spans


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("draft", {"draft"}),
        ("choose", {"choose.a.say", "choose.b.say"}),
        ("best", {"draft"}),
        ("looped", set()),
    ],
)
def test_the_last_steps_are_those_that_write_the_answer(output, expected):
    text = f"""
    version: 1
    lm: scripted/lm
    steps:
      draft: {{use: lm.predict, signature: "question -> answer: Answer"}}
      kind: {{use: lm.predict, signature: "question -> kind: Literal[a, b]"}}
      choose:
        use: flow.route
        label: kind
        branches:
          a: {{steps: {{say: {{use: lm.predict, signature: "question -> answer: Answer"}}}}, output: say}}
          b: {{steps: {{say: {{use: lm.predict, signature: "question -> answer: Answer"}}}}, output: say}}
      best: {{use: flow.first, of: [draft, choose]}}
      looped:
        use: flow.loop
        max_rounds: 2
        carry: {{last: {{value: ""}}}}
        steps: {{say: {{use: lm.predict, signature: "last, question -> answer: Answer, text", last: carry.last}}}}
        next: {{last: say.text}}
        output: say
      all: {{use: flow.first, of: [{output}, best, looped, choose]}}
    output: all
    """
    assert last_steps(pipeline(text).plan) == expected


THOUGHTS = """
version: 1
lm: scripted/lm
steps:
  notes: {use: lm.predict, signature: "question -> notes"}
  last: {use: lm.predict, signature: "notes, question -> thoughts, answer: Answer", notes: notes}
output: last.answer
"""


@contextlib.contextmanager
def over_http(text, rule):
    with ChatServer(rule) as server, pipeline(served(server, text=text)) as loaded:
        yield loaded, server


def test_the_answer_comes_piece_by_piece():
    def rule(asked):
        known = {"notes": "not shown", "thoughts": "nor this", "answer": "One two three.\n\nFour [[five]]."}
        return {name: known[name] for name in asked.wanted}

    for opened in (scripted, over_http):
        with opened(THOUGHTS, rule) as (loaded, _):
            stream = loaded.stream("Why?")
            pieces = list(stream)
            assert "".join(pieces) == stream.result.answer.text == "One two three.\n\nFour [[five]]."
            assert len(pieces) > 4
            (request,) = spans(stream.result, "last")[0].requests
            assert request["reply"].startswith("[[ ## thoughts ## ]]")


def test_a_stream_that_breaks_off_is_not_asked_again():
    with ChatServer([Fault("half"), {"answer": "Whole."}]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        shown = list(stream)
        assert "".join(shown).startswith("Half")
        assert stream.result.error is not None
        assert len(server.requests) == 1


def test_a_stream_that_breaks_off_does_not_go_on_with_the_fallback():
    spare = ScriptedLM([{"answer": "Another answer."}], "scripted/spare")
    with (
        in_process("scripted/spare", spare),
        ChatServer([Fault("half"), Fault("server")]) as server,
        pipeline(served(server, "retries: 0, fallback: scripted/spare")) as loaded,
    ):
        stream = loaded.stream("Why?")
        assert "".join(stream).startswith("Half")
        assert stream.result.error is not None
        assert spare.requests == []
        stream = loaded.stream("Why?")
        assert "".join(stream) == stream.result.answer.text == "Another answer."


def test_a_stream_that_fails_before_its_first_word_is_asked_again():
    faults = [Fault("server", retry_after=0.01)]
    with ChatServer([*faults, {"answer": "Whole."}]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        assert "".join(stream) == "Whole."
        assert stream.result.usage["lm_calls"] == 2


def test_usage_is_known_of_a_stream_where_the_server_says_it():
    with ChatServer([Said({"answer": "Whole."}, usage=(11, 3))]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        list(stream)
        assert stream.result.usage["prompt_tokens"] in (11, None)
        assert spans(stream.result, "answer")[0].requests[0]["usage"]["prompt_tokens"] == 11


def test_an_answer_that_no_lm_writes_comes_in_one_piece():
    with scripted(EVERYWHERE, everywhere) as (loaded, _), pytest.raises(Exception, match="unknown input"):
        list(loaded.stream("Why?", inputs={"nope": 1}))


def test_half_a_character_is_shown_as_what_stands_for_it():
    with ChatServer([{"answer": "Half \ud800 of \U0001f600."}]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        assert "".join(stream) == stream.result.answer.text == "Half \ufffd of \U0001f600."
