from __future__ import annotations

import itertools
import random
import re

import pytest

from ragkit.evaluate.synth.none import none_questions

CHECKS = {
    r"What is (\d+) \+ (\d+)\?": lambda a, b: a + b,
    r"(\d+) - (\d+) = \?": lambda a, b: a - b,
    r"how much is (\d+) times (\d+)": lambda a, b: a * b,
    r"Divide (\d+) by (\d+)\.": lambda a, b: a // b,
    r"What is (\d+) percent of (\d+)\?": lambda a, b: a * b // 100,
    r"square root of (\d+)": lambda a: int(a**0.5),
    r"(\d+) to the power of 3": lambda a: a**3,
    r"(\d+) degrees Celsius in Fahrenheit": lambda a: a * 9 // 5 + 32,
    r"How many days are (\d+) weeks\?": lambda a: a * 7,
    r"convert (\d+) minutes to seconds": lambda a: a * 60,
    r"How many months are (\d+) years\?": lambda a: a * 12,
}


@pytest.fixture(scope="module")
def many() -> list:
    return list(itertools.islice(none_questions(random.Random(4)), 600))


@pytest.mark.parametrize("pattern", CHECKS)
def test_sums_are_right(many: list, pattern: str) -> None:
    found = [(draft, match) for draft in many if (match := re.fullmatch(pattern, draft.question))]
    assert found
    for draft, match in found:
        assert draft.answers[0] == str(CHECKS[pattern](*map(int, match.groups())))


def test_every_method_has_its_turn_and_patterns_come_again_only_when_all_were_there(many: list) -> None:
    assert [draft.method for draft in many[:5]] == ["arithmetic", "greeting", "conversion", "task", "common-knowledge"]
    greetings = [draft.question for draft in many if draft.method == "greeting"]
    first = greetings[:30]
    assert len(set(first)) == len(first)


def test_nothing_is_left_to_fill_in_and_none_has_documents(many: list) -> None:
    assert all(not re.search(r"[{}|]", draft.question) for draft in many)
    assert all(draft.gold_ids == () and draft.kind == "none" for draft in many)


def test_a_typing_error_is_one(many: list) -> None:
    from ragkit.evaluate.synth.none import _SENTENCES

    wrong = [draft.question for draft in many if draft.question.startswith("Correct the spelling")]
    assert wrong
    assert all(not any(sentence in question for sentence in _SENTENCES) for question in wrong)
