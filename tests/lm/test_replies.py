"""Replies that are not as the chat format has them: what is read of them, and what is not."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from ragkit.errors import LMError
from ragkit.lm.handed import Handed
from ragkit.lm.ledger import Ledger
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMStep
from ragkit.testing import FakeScope, ScriptedLM

MARKED = "[[ ## answer ## ]]\nBM25 [1].\n\n[[ ## kind ## ]]\na\n\n[[ ## numbers ## ]]\n[1, 2]"
JSON = '{"answer": "BM25 [1].", "kind": "a", "numbers": [1, 2], "score": null}'
VALUES = ("BM25 [1].", "a", [1, 2], None)


class Several(LMStep):
    """Asks for fields of several types."""

    signature = Signature(
        "Answer.",
        inputs={"text": Field()},
        outputs={
            "answer": Field(),
            "kind": Field(type=Literal["a", "b"]),
            "numbers": Field(type=list[int]),
            "score": Field(type=int | None),
        },
    )

    def run(self, text: str) -> Any:
        reply = self.ask(text=text)
        return tuple(reply.fields.values())


class One(LMStep):
    """Asks for one text."""

    signature = Signature("Answer.", inputs={"text": Field()}, outputs={"answer": Field()})

    def run(self, text: str) -> str:
        return str(self.ask(text=text).answer)


class Maybe(LMStep):
    """Asks for a number that may be nothing."""

    signature = Signature("Count.", inputs={"text": Field()}, outputs={"score": Field(type=int | None)})

    def run(self, text: str) -> Any:
        return self.ask(text=text).score


def read(cls: type[LMStep], reply: str) -> tuple[Any, list[str]]:
    step = cls(cls.Params(), FakeScope(ScriptedLM([reply])))
    own, ledger = step.own_predictor(), Ledger()
    return step.handed(Handed(own, own.own_lm, ledger)).run("x"), ledger.warnings


@pytest.mark.parametrize(
    "reply",
    [
        MARKED,
        f"```\n{MARKED}\n```",
        f"```markdown\n{MARKED}\n\n[[ ## completed ## ]]\n```\n",
        MARKED.replace("[[", "**[[").replace("]]", "]]**"),
        MARKED.replace("[[", "### [["),
        MARKED.replace("[[", "   [["),
        f"<think>\nPerhaps\n[[ ## answer ## ]]\nHNSW?\n</think>\n\n{MARKED}",
    ],
)
def test_what_stands_around_the_fields_is_no_part_of_them(reply: str) -> None:
    assert read(Several, reply) == (VALUES, [])


@pytest.mark.parametrize(
    "reply",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"Sure! Here it is:\n```json\n{JSON}\n```\nI hope that helps.",
        f"Sure: {JSON}",
        f"[{JSON}]",
        f'{{"output": {JSON}}}',
        f"<think>So {{x}}</think>{JSON}",
        JSON.replace("BM25 [1].", "BM25 [1].\n"),
        JSON.replace("[1, 2]", '"[1] and [2]"').replace('"a"', '"A."'),
        f"{JSON}\n{JSON}",
    ],
)
def test_an_object_is_read_wherever_it_stands(reply: str) -> None:
    found, told = read(Several, reply)
    assert found == VALUES
    assert any("answered in JSON instead of the chat format" in warning for warning in told)


def test_mistakes_that_were_mended_are_told() -> None:
    found, told = read(Several, JSON.replace('"score"', "score"))
    assert found[:3] == VALUES[:3]
    assert "with mistakes that were mended" in told[0]


@pytest.mark.parametrize("end", range(2, len(JSON) - 1, 3))
@pytest.mark.parametrize("cls", [Several, One])
def test_half_an_object_is_not_read(cls: type[LMStep], end: int) -> None:
    half = JSON[:end]
    if half.rstrip().endswith(("}", "]")):
        return
    with pytest.raises(LMError, match=r"lacks '|does not fit '"):
        read(cls, half)


@pytest.mark.parametrize(
    "reply",
    [
        f"{JSON} or {JSON.replace('BM25', 'HNSW')}",
        JSON.replace('"BM25 [1]."', "null"),
        JSON.replace('"a"', '"c"'),
        "<think>I am not sure",
        "[[ ## ans",
    ],
)
def test_what_cannot_be_read_in_one_way_is_an_error_that_shows_it(reply: str) -> None:
    with pytest.raises(LMError) as caught:
        read(Several, reply)
    assert repr(reply)[:60] in str(caught.value)


def test_a_whole_reply_is_taken_without_its_thoughts_and_half_a_mark_is_none() -> None:
    assert read(One, "<think>Perhaps HNSW.</think>\nBM25 [1].")[0] == "BM25 [1]."
    assert read(One, "```python\nprint(1)\n```")[0] == "```python\nprint(1)\n```"
    assert read(One, "{x | x > 0} is the set.")[0] == "{x | x > 0} is the set."
    for reply in ("[[ ## answ", "<think>Perhaps HNSW.", '{"answer": "BM'):
        with pytest.raises(LMError, match=r"(lacks|does not fit) 'answer'"):
            read(One, reply)


def test_a_field_that_may_be_nothing_is_not_nothing_where_the_reply_has_it() -> None:
    assert read(Maybe, '{"score": 5}')[0] == 5
    assert read(Maybe, '{"score": null}')[0] is None
    for reply in ("5", "I do not know", ""):
        with pytest.raises(LMError):
            read(Maybe, reply)


def test_many_braces_cost_no_time() -> None:
    with pytest.raises(LMError):
        read(Several, "{" * 100_000)
