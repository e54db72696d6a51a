"""The pupil: better when told, better when shown, and no better than it can be."""

from __future__ import annotations

import pytest

from ragkit.testing import Asked, Pupil

KNOWS = {f"What is the colour of {n}?": f"colour-{n}" for n in range(200)}


def asked(question: str, instructions: str = "Answer.", demos: int = 0, wanted: str = "answer", **more: str) -> Asked:
    """A request as DSPy words it."""
    fields = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in {**more, "question": question}.items())
    end = f"Respond with the corresponding output fields, starting with the field `[[ ## {wanted} ## ]]`."
    shown = [{"role": role, "content": "x"} for _ in range(demos) for role in ("user", "assistant")]
    return Asked(
        [
            {
                "role": "system",
                "content": f"Your fields. In adhering to this structure, your objective is: {instructions}",
            },
            *shown,
            {"role": "user", "content": f"{fields}\n\n{end}"},
        ]
    )


def right(pupil: Pupil, **how: object) -> float:
    """The share of right answers."""
    return sum(pupil(asked(q, **how))["answer"] == a for q, a in KNOWS.items()) / len(KNOWS)  # type: ignore[arg-type]


def test_it_is_better_when_it_is_told_or_shown() -> None:
    pupil = Pupil(KNOWS, base=0.4, told=0.3, shown=0.2)
    told = f"Answer. {pupil.advice}"
    assert right(pupil) == pytest.approx(0.4, abs=0.08)
    assert right(pupil, instructions=told) == pytest.approx(0.7, abs=0.08)
    assert right(pupil, demos=1) == pytest.approx(0.5, abs=0.08)
    assert right(pupil, demos=2) == right(pupil, demos=5) == pytest.approx(0.6, abs=0.08)
    assert right(pupil, instructions=told, demos=2) == pytest.approx(0.9, abs=0.08)


def test_what_helps_loses_no_question() -> None:
    pupil = Pupil(KNOWS, base=0.4)
    for question in KNOWS:
        before, after = pupil(asked(question)), pupil(asked(question, demos=2))
        assert before["answer"] != KNOWS[question] or after["answer"] == KNOWS[question]


def test_nothing_helps_where_nothing_can() -> None:
    pupil = Pupil(KNOWS, told=0, shown=0)
    assert right(pupil) == right(pupil, instructions=pupil.advice, demos=3)


def test_a_wrong_step_before_misleads_it() -> None:
    assert right(Pupil(KNOWS, base=1.0)) == 1.0
    assert right(Pupil(KNOWS, base=1.0), notes="nothing") == 0.0


def test_it_proposes_what_helps_two_times_of_three() -> None:
    pupil = Pupil(KNOWS)
    said = [pupil(asked("Improve this.", wanted="proposed_instruction"))["proposed_instruction"] for _ in range(6)]
    assert [pupil.advice in each for each in said] == [True, False, True] * 2
    assert len(set(said)) == 6
    advice = pupil(asked("x", wanted="module_advice", module_names='["notes", "answer"]'))["module_advice"]
    assert set(advice) == {"notes", "answer"}


def test_in_a_mood_other_words_get_other_questions_right_and_no_more_of_them() -> None:
    pupil = Pupil(KNOWS, told=0, shown=0, mood=1.0)
    first, second = (
        {q for q, a in KNOWS.items() if pupil(asked(q, instructions=words))["answer"] == a}
        for words in ("One.", "Two.")
    )
    assert len(first) / len(KNOWS) == pytest.approx(0.5, abs=0.08)
    assert len(second) / len(KNOWS) == pytest.approx(0.5, abs=0.08)
    assert len(first & second) / len(KNOWS) == pytest.approx(0.25, abs=0.08), "chance, not skill"
