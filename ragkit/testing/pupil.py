"""An LM for tests of optimisation: it answers better when it is told or shown more, by rules that anybody can check."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

from ragkit.testing.script import Asked

NOTHING = "nothing"


class Pupil:
    """A rule for ``ScriptedLM`` and ``ChatServer``: a pupil that knows every answer, and gives some.

    Each question is of a fixed difficulty between 0 and 1 for each field that it is asked for; the pupil is right where
    its skill is above that. Skill is ``base``; it is ``told`` more where the instructions hold ``advice``, and
    ``shown`` more with two demos, half of it with one. So a gain on some questions is a gain on others, too. With
    ``told`` and ``shown`` at 0 nothing helps.

    Asked to propose instructions (by whatever DSPy's optimisers ask), it gives the advice two times of three, and
    else some words that help nobody.

    Args:
        knows: The right answer to each question.
        base: Its skill without help.
        told: What advice adds.
        shown: What demos add.
        mood: The share of the questions whose difficulty hangs, by chance, on the wording of the whole prompt: then
            some prompts look better on some questions, and are not.
        advice: The words that help.

    Example::

        from ragkit.testing import Pupil, ScriptedLM

        lm = ScriptedLM(Pupil({"What is the colour of 7?": "green"}))
    """

    def __init__(
        self, knows: Mapping[str, str], *, base: float = 0.5, told: float = 0.5, shown: float = 0.5,
        mood: float = 0.0, advice: str = "Look twice before you write.",
    ) -> None:  # fmt: skip
        self.knows = knows
        self.base = base
        self.told = told
        self.shown = shown
        self.mood = mood
        self.advice = advice
        self._proposals = 0
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        """The fields of its reply."""
        question = asked.field("question")
        if question is None or question not in self.knows:
            return self._proposed(asked)
        return {name: self._value(name, question, asked) for name in asked.wanted}

    def _value(self, name: str, question: str, asked: Asked) -> str:
        demos = max(0, (len(asked.messages) - 2) // 2)
        skill = self.base + self.shown * min(demos, 2) / 2
        if self.advice in asked.instructions:
            skill += self.told
        misled = any(value == NOTHING for value in asked.fields.values())
        about = asked.prompt if difficulty("mood", question) < self.mood else name
        right = not misled and difficulty(about, question) < skill
        return self.knows[question] if right else NOTHING

    def _proposed(self, asked: Asked) -> dict[str, Any]:
        with self._lock:
            self._proposals += 1
            helps = self._proposals % 3 != 2
        text = (
            f"{self.advice} Variant {self._proposals}." if helps else f"Write as you like. Variant {self._proposals}."
        )
        steps = json.loads(asked.field("module_names") or "[]")
        return {name: dict.fromkeys(steps, text) if name == "module_advice" else text for name in asked.wanted}


def difficulty(field: str, question: str) -> float:
    """How hard a question is in a field, from 0 to 1: the same in every process."""
    return int.from_bytes(hashlib.sha256(f"{field}: {question}".encode()).digest()[:4]) / 2**32
