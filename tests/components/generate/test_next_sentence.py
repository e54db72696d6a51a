"""One sentence at a time, with the tokens of that sentence."""

from __future__ import annotations

import pytest

from ragkit.components.generate.next_sentence import NONE_YET, NextSentence
from ragkit.testing import FakeReader, Said, ScriptedLM, opened
from tests.components.asking import step
from tests.components.helpers import ranked


def test_it_is_shown_passages_the_question_and_the_text_so_far():
    asking, lm = step(NextSentence, {"sentence": "It cuts."}, {"sentence": "It cuts."})
    asking.run("Where?", "", ranked([0.9]))
    assert lm.requests[0].fields == {"passages": "[1] Title p0\nText of p0.", "question": "Where?", "so_far": NONE_YET}
    asking.run("Where?", "It is. ")
    assert lm.requests[1].fields == {"passages": "(no passages)", "question": "Where?", "so_far": "It is."}


@pytest.mark.parametrize(
    ("said", "sentence", "told"),
    [
        ("It cuts.", "It cuts.", "wrote “It cuts.”"),
        ("\n It cuts. At a gap. Always.", "It cuts.", "the first of 3 sentences"),
        ("", "", "wrote nothing"),
        ("no end", "no end", "wrote “no end”"),
    ],
)
def test_the_first_sentence_is_kept_and_the_decision_says_of_how_many(said, sentence, told):
    asking, _ = step(NextSentence, {"sentence": said})
    result = asking.run("Where?", "")
    assert result.value == (sentence, None)
    assert told in result.decision.reason


def test_the_tokens_are_those_of_the_sentence():
    said = [("It", -0.1), (" cuts", -0.2), (".", -0.3), (" At", -0.4), (" a gap.", 0.0)]
    parts = [("[[ ## sentence ## ]]\n", 0.0), *said, ("\n\n[[ ## completed ## ]]", 0.0)]
    text = """
    lm: scripted/lm
    corpus: notes
    steps:
      next: {use: generate.next_sentence, so_far: {value: ""}}
      sure: {use: judge.confidence, sentence: next.sentence, tokens: next.logprobs, threshold: 0.75}
      found: {use: retrieve.bm25, when: {not: sure.confident}}
      answer: {use: generate.conclude, text: next.sentence, passages: found}
    output: answer
    """
    lm = ScriptedLM([Said("".join(part[0] for part in parts), parts)])
    with opened(text, lm=lm, reader=FakeReader()) as pipeline:
        spans = {span.step: span for span in pipeline.run("Where does it cut?").trace.spans}
    assert [(token.text, token.logprob) for token in spans["next"].outputs["logprobs"]] == said[:3]
    assert spans["sure"].outputs["confident"] is False
    assert spans["found"].status == "ok"
