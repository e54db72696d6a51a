"""Reading question sets: what is kept, what is chosen, and what is said about a wrong line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.evaluate.questions import KINDS, Question, parse_question, parse_questions, read_questions
from ragkit.types import Turn

LINE = {"id": "q1", "question": "What is it?", "answers": ["this"], "gold_ids": ["d1"], "kind": "single"}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_everything_that_a_line_can_have() -> None:
    line = {
        **LINE,
        "judgements": {"d1": 3, "d2": 1, "d3": 0},
        "evidence": "One. || Two.",
        "history": [{"role": "user", "text": "hi"}],
        "inputs": {"tone": "dry"},
        "source": "mine",
        "difficulty": 2,
    }
    found = parse_question(line, "f:1")
    assert found == Question(
        "q1", "What is it?", ("this",), {"d1": 3.0, "d2": 1.0, "d3": 0.0}, "single", ("One.", "Two."),
        (Turn("user", "hi"),), {"tone": "dry"}, {"source": "mine", "difficulty": 2},
    )  # fmt: skip
    assert found.gold_ids == ("d1", "d2"), "what was judged irrelevant is no gold"


def test_the_least_that_a_line_can_have() -> None:
    assert parse_question({"id": "q", "question": "why?"}, "f:1") == Question("q", "why?")


def test_a_set_knows_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "some.jsonl", LINE, "", {**LINE, "id": "q2"})
    found = read_questions(path)
    assert [question.id for question in found] == ["q1", "q2"]
    assert (found.name, len(found), found.total) == ("some", 2, 2)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_kinds_then_shuffle_then_limit(tmp_path: Path) -> None:
    lines = [{**LINE, "id": f"q{number}", "kind": KINDS[number % 2]} for number in range(40)]
    path = write(tmp_path / "q.jsonl", *lines)
    plain = read_questions(path, kinds=["multi"])
    assert [question.id for question in plain] == [f"q{number}" for number in range(1, 40, 2)], "the file's own order"
    shuffled = read_questions(path, kinds=["multi"], seed=3)
    assert {question.id for question in shuffled} == {question.id for question in plain}
    assert shuffled.questions != plain.questions
    few = read_questions(path, kinds=["multi"], seed=3, limit=5)
    assert few.questions == shuffled.questions[:5]
    assert few.sha256 == plain.sha256 and few.total == 40


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"question": "x"}, "the key 'id' is missing"),
        ({"id": "q"}, "the key 'question' is missing"),
        ({**LINE, "id": 3}, "'id' has 3; it takes a text"),
        ({**LINE, "question": " "}, "'question' has ' '"),
        ({**LINE, "kind": "mutli"}, r"unknown kind 'mutli'.*'single', 'multi'.*did you mean 'multi'"),
        ({**LINE, "kind": ["multi"]}, r"unknown kind \['multi'\]"),
        ({**LINE, "answers": "this"}, "'answers' has 'this'; it takes a list"),
        ({**LINE, "answers": [""]}, "'answers' has ''; it takes texts"),
        ({**LINE, "gold_ids": [1]}, "'gold_ids' has 1; it takes texts"),
        ({**LINE, "judgements": {"d1": "high"}}, "'judgements.d1' has 'high'; it takes a number"),
        ({**LINE, "judgements": {"d1": True}}, "'judgements.d1' has True"),
        ({**LINE, "judgements": {"d1": 0}}, "'d1' stands in 'gold_ids' and is judged 0"),
        ({**LINE, "judgements": ["d1"]}, "it takes an object"),
        ({**LINE, "history": [{"role": "system", "text": "x"}]}, "'history' has"),
        ({**LINE, "inputs": [1]}, "'inputs' has"),
        ({"id": "q", "question": "x", "answer": ["y"]}, "unknown key 'answer'; did you mean 'answers'?"),
        ({"id": "q", "question": "x", "gold_id": ["y"]}, "did you mean 'gold_ids'?"),
        ({"id": "q", "question": "x", "judgments": {}}, "did you mean 'judgements'?"),
        ("[1]", "the line is no JSON object"),
        ("{", "not JSON"),
        ('{"id": "q", "id": "r", "question": "x"}', "the key 'id' is given twice"),
        ('{"id": "q", "question": "what \\ud800 is"}', r"an escape .* is half of a surrogate pair"),
        ('{"id": "q", "question": "x", "mine": {"\\uDFFF": 1}}', r"an escape .* is half of a surrogate pair"),
        ('{"id": "q", "question": "x", "judgements": {"d": NaN}}', "NaN is no JSON number"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(line: Any, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {**LINE, "id": "first"}, line)
    with pytest.raises(UsageError, match=message) as caught:
        read_questions(path)
    assert caught.value.place is not None
    assert caught.value.place.startswith(f"{path}:2")
    assert caught.value.message[0].islower() or caught.value.message[0] in "'n"


def test_a_whole_surrogate_pair_is_one_character(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", '{"id": "q", "question": "what is \\ud83d\\ude00 \\u00e9?"}')
    assert read_questions(path).questions[0].question == "what is \U0001f600 \u00e9?"


def test_keys_of_ones_own_are_no_near_misses() -> None:
    own = {"answer_type": "x", "kind_of": 1, "answers": ["a"], "answer": "a", "title": "t", "level": 2}
    assert set(parse_question({"id": "q", "question": "x", **own}, "f:1").extra) == set(own) - {"answers"}


def test_several_wrong_lines_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", "{", LINE, LINE, "[]")
    with pytest.raises(UsageError, match=r"2 more lines of this file are wrong"):
        read_questions(path)
    found = list(parse_questions(path.read_bytes(), "q"))
    assert [number for number, _ in found] == [1, 2, 3, 4]
    assert [isinstance(each, Question) for _, each in found] == [False, True, False, False]
    assert "was given in line 2 already" in str(found[2][1])


def test_what_cannot_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", LINE)
    with pytest.raises(UsageError, match=r"no question is of kind 'none'; the file has 'single'"):
        read_questions(path, kinds=["none"])
    with pytest.raises(UsageError, match=r"unknown kind 'singel'.*did you mean 'single'"):
        read_questions(path, kinds=["singel"])
    with pytest.raises(UsageError, match="'limit' is 0"):
        read_questions(path, limit=0)
    with pytest.raises(UsageError, match=r"there is no such file; did you mean 'q.jsonl'"):
        read_questions(tmp_path / "qq.jsonl")
    with pytest.raises(UsageError, match="the file has no questions"):
        read_questions(write(tmp_path / "empty.jsonl", "", " "))


texts = st.text(min_size=1, max_size=20).filter(lambda text: text.strip())


@given(
    st.lists(
        st.fixed_dictionaries(
            {"id": texts, "question": texts},
            optional={
                "answers": st.lists(texts, max_size=3),
                "gold_ids": st.lists(texts, max_size=3),
                "kind": st.sampled_from([*KINDS, None]),
                "evidence": st.lists(texts, max_size=2),
            },
        ),
        max_size=5,
        unique_by=lambda line: line["id"],
    )
)
def test_what_was_written_is_read(lines: list[dict[str, Any]]) -> None:
    content = "\r\n".join(json.dumps(line) for line in lines).encode()
    found = [question for _, question in parse_questions(content, "f")]
    for line, question in zip(lines, found, strict=True):
        assert isinstance(question, Question)
        assert (question.id, question.question) == (line["id"], line["question"])
        assert question.answers == tuple(line.get("answers", ()))
        assert set(question.gold_ids) == set(line.get("gold_ids", ()))
        assert question.kind == line.get("kind")
        assert question.evidence == tuple(line.get("evidence", ()))


@given(st.binary(max_size=60))
def test_any_bytes_give_questions_or_errors(content: bytes) -> None:
    for _, found in parse_questions(content, "f"):
        assert isinstance(found, (Question, UsageError))
