"""Values that an LM worded freely: read where there is one way to read them, refused where there are two."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import LMError
from ragkit.lm.handed import Handed
from ragkit.lm.ledger import Ledger
from ragkit.lm.reading import canonical
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.testing import FakeScope, ScriptedLM

Grade = Literal["relevant", "partly relevant", "irrelevant"]


@pytest.mark.parametrize(
    ("text", "annotation", "expected"),
    [
        ("Relevant.", Grade, "relevant"),
        ("**IRRELEVANT**", Grade, "irrelevant"),
        ("Partly relevant: it names the subject only", Grade, "partly relevant"),
        ("relevant, although it is not about irrelevant matters", Grade, "relevant"),
        ("The passage is relevant", Grade, "relevant"),
        ("The passage is not relevant", Grade, None),
        ("relevant or irrelevant", Grade, None),
        ("It depends", Grade, None),
        ("", Grade, None),
        ("Yes, it does.", bool, "true"),
        ("no", bool, "false"),
        ("True.", bool, "true"),
        ("The answer is yes", bool, "true"),
        ("yes and no", bool, None),
        ("Yes\nbecause of that", bool, "true"),
        ("maybe", bool, None),
        ("0.8 (high)", float, "0.8"),
        ("about -2", int, "-2"),
        ("80%", float, None),
        ("8/10", float, None),
        ("between 1 and 2", int, None),
        ("- first one\n- second: two", list[str], '["first one", "second: two"]'),
        ("1. first\n\n2) second", list[str], '["first", "second"]'),
        ("None.", list[str], "[]"),
        ("I would rather not.", list[str], None),
        ("Here you are:\n- one", list[str], None),
        ("[1], [3]", list[int], "[1, 3]"),
        ("1 and 3", list[int], "[1, 3]"),
        ("- 1\n- 3", list[int], "[1, 3]"),
        ("none", list[int], "[]"),
        ("2", list[int], "[2]"),
        ("[3] > [1] > [2]", list[int], "[3, 1, 2]"),
        ("Passage 2 says so", list[int], None),
        ("[1, 2], but not [3]", list[int], None),
        ("Supported: [1, 3]", list[int], "[1, 3]"),
        ("```json\n[1]\n```", list[int], "[1]"),
        ("[1, 2", list[int], None),
        ('["one", "two', list[str], None),
        (f"[1], [{'9' * 5000}]", list[int], None),
        ("anything", dict, None),
    ],
)
def test_reading(text, annotation, expected):
    assert canonical(text, annotation) == expected


@given(text=st.text(max_size=60), annotation=st.sampled_from([Grade, bool, int, float, list[str], list[int]]))
def test_no_text_breaks_it(text, annotation):
    found = canonical(text, annotation)
    assert found is None or (found in ("relevant", "partly relevant", "irrelevant")) == (annotation is Grade)


class Judge(LMStep):
    """Asks for one value of each kind."""

    signature = Signature(
        "Judge.",
        inputs={"text": Field()},
        outputs={"grade": Field(type=Grade), "good": Field(type=bool), "numbers": Field(type=list[int])},
    )

    def run(self, text: str) -> str:
        reply = self.ask(text=text)
        return f"{reply.grade} {reply.good} {reply.numbers}"


def judged(reply):
    """What the step gives, and what it is told."""
    step = Judge(Judge.Params(), FakeScope(ScriptedLM([reply])))
    own, ledger = step.own_predictor(), Ledger()
    return step.handed(Handed(own, own.own_lm, ledger)).run("x"), ledger.warnings


def test_a_reply_is_read_with_its_freely_worded_values_and_says_so():
    read, told = judged({"grade": "Relevant.", "good": "Yes, it is", "numbers": "[1], [2]"})
    assert read == "relevant True [1, 2]"
    assert told == [
        "the LM worded 'numbers' freely, which was read as what was asked for",
        "the LM worded 'grade', 'good' freely, which was read as what was asked for",
    ]
    assert judged({"grade": "relevant", "good": "true", "numbers": "[]"}) == ("relevant True []", [])


@pytest.mark.parametrize("numbers", ["[1] and [3]", "[1]\n[3]", "[1]; [3]", "1, 3", "['1', '3']"])
def test_a_list_is_read_whole(numbers):
    """DSPy would mend the first three to [3]."""
    assert judged({"grade": "relevant", "good": "true", "numbers": numbers})[0] == "relevant True [1, 3]"


@pytest.mark.parametrize(
    "reply",
    [
        {"grade": "not relevant", "good": "yes", "numbers": "1"},
        {"grade": "relevant", "good": "yes"},
        {"grade": "relevant", "good": "yes", "numbers": "[1] is, [3] may be"},
    ],
)
def test_what_cannot_be_read_in_one_way_is_an_error(reply):
    with pytest.raises(LMError, match=r"grade|numbers"):
        judged(reply)
