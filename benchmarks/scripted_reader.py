"""A scripted LM for counting: it reads well, knows nothing by itself, and costs nothing.

The scripted reader stands in the place of a language model where calls, tokens and decisions are counted and quality is
not. It answers right exactly where an accepted answer of the question stands in the passages that it is shown, and says
that it does not otherwise; asked without passages it guesses, another guess each time, but for questions that need no
documents. It grades, filters and criticises by the same rule, names every statement as supported, rewrites nothing, and
is sure of its words (0.97) but for one word (0.3) of a sentence that no answer backs. What a pipeline makes of such
replies shows how often it asks, searches and stops; it says nothing about how well it answers with a real LM.
"""

from __future__ import annotations

import itertools
import math
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ragkit.evaluate.metrics.answers import contains
from ragkit.evaluate.questions import Question
from ragkit.testing import Asked, Said, ScriptedLM
from ragkit.testing.script import chat_format, pieces

MODEL = "scripted/reader"
SURE: Mapping[str, float] = {"": 0.97, "or": 0.03}
UNSURE: Mapping[str, float] = {"": 0.3, "or": 0.3, "and": 0.25, "not": 0.15}
"""The alternatives of a token, itself first, and their probabilities."""
GUESSES = ("It grows.", "Nobody measured that.", "Twelve of them.", "A graph of rules.", "By chance alone.")
_PASSAGE = re.compile(r"(?m)^\[(\d+)\] ")


class Reader:
    """What the scripted LM says to each request.

    Args:
        questions: The questions that will be asked, with what is known of them.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = {question.question: question for question in questions}
        self._guesses: dict[str, Any] = defaultdict(itertools.count)
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Said:
        reply = {name: FIELDS[name](self, asked) for name in asked.wanted}
        unsure = reply["sentence"] if "sentence" in reply and "answer is" not in reply["sentence"] else None
        return Said(reply, logprobs=_tokens(chat_format(reply), unsure))

    def answers(self, asked: Asked) -> Sequence[str]:
        """The accepted answers of the question that is asked; none where it is not one of the file."""
        known = self._questions.get(asked.field("question") or "")
        return known.answers if known is not None else ()

    def holds(self, asked: Asked, text: str) -> bool:
        """Whether an accepted answer stands in a text."""
        return contains(text, self.answers(asked)) == 1.0

    def holding(self, asked: Asked) -> list[int]:
        """The numbers of the shown passages that hold an accepted answer."""
        parts = _PASSAGE.split(asked.field("passages") or "")
        return [int(n) for n, text in zip(parts[1::2], parts[2::2], strict=True) if self.holds(asked, text)]

    def answer(self, asked: Asked) -> str:
        """An answer from the passages, from the note, or a guess."""
        if "note" in asked.fields:
            return self._from(asked, asked.fields["note"])
        if "passages" not in asked.fields:
            return self._guess(asked)
        numbers = self.holding(asked)
        return f"{self.answers(asked)[0]} [{numbers[0]}]." if numbers else "NOT FOUND"

    def sentence(self, asked: Asked) -> str:
        """The answer where what is shown holds it, else a sentence about another word of the question."""
        shown = asked.field("passages") or asked.field("passage") or ""
        if self.holds(asked, shown):
            return f"So the answer is: {self.answers(asked)[0]}."
        words = re.findall(r"\w{4,}", asked.field("question") or "") or ["this"]
        so_far = asked.field("so_far") or ""
        place = sum(f"about {word} " in so_far for word in dict.fromkeys(words))
        return f"Something is said about {words[place % len(words)]} in step {so_far.count('.') + 1}."

    def note(self, asked: Asked) -> str:
        """What was known before, and the answer where the passages hold it."""
        before = asked.field("note") or ""
        if self.holding(asked) and not self.holds(asked, before):
            return f"{before} It is {self.answers(asked)[0]}.".strip()
        return before or "Nothing is known yet."

    def is_better(self, asked: Asked) -> bool:
        """Whether the second note holds the answer and the first does not."""
        return self.holds(asked, asked.field("second") or "") and not self.holds(asked, asked.field("first") or "")

    def helps(self, asked: Asked) -> bool:
        """Whether the one passage that is shown holds an accepted answer."""
        return self.holds(asked, asked.field("passage") or "")

    def _from(self, asked: Asked, text: str) -> str:
        return f"{self.answers(asked)[0]}." if self.holds(asked, text) else "NOT FOUND"

    def _guess(self, asked: Asked) -> str:
        question = asked.field("question") or ""
        known = self._questions.get(question)
        if known is not None and known.kind == "none":
            return known.answers[0] if known.answers else "With pleasure."
        with self._lock:
            return GUESSES[next(self._guesses[question]) % len(GUESSES)]


def _question(reader: Reader, asked: Asked) -> str:
    return asked.field("question") or ""


def _statements(reader: Reader, asked: Asked) -> list[int]:
    return list(range(1, len(re.findall(r"(?m)^\d+\. ", asked.field("statements") or "")) + 1))


FIELDS: Mapping[str, Callable[[Reader, Asked], Any]] = {
    "answer": Reader.answer,
    "reasoning": lambda reader, asked: "That is what the passages say.",
    "sentence": Reader.sentence,
    "note": Reader.note,
    "refined_note": Reader.note,
    "second_is_better": Reader.is_better,
    "query": _question,
    "rewritten": _question,
    "queries": lambda reader, asked: [_question(reader, asked)],
    "helpful": Reader.holding,
    "supported": _statements,
    "grade": lambda reader, asked: "relevant" if reader.helps(asked) else "irrelevant",
    "retrieve": lambda reader, asked: "continue" if "." in (asked.field("so_far") or "") else "retrieve",
    "relevance": lambda reader, asked: "relevant" if reader.helps(asked) else "irrelevant",
    "support": lambda reader, asked: "fully supported" if reader.helps(asked) else "not supported",
    "usefulness": lambda reader, asked: 5 if reader.helps(asked) else 2,
}
"""What is said for each output field of the shipped pipelines."""


def _tokens(text: str, unsure: str | None) -> list[tuple[str, float, Mapping[str, float]]]:
    """The reply in tokens, with alternatives; the last word of an unsure sentence is improbable."""
    doubted = -1 if unsure is None else text.index(unsure) + len(unsure) - 2
    found, place = [], 0
    for piece in pieces(text):
        shares = UNSURE if place <= doubted < place + len(piece) else SURE
        top = {name or piece: math.log(chance) for name, chance in shares.items()}
        found.append((piece, top[piece], top))
        place += len(piece)
    return found


def scripted_reader(questions: Sequence[Question]) -> ScriptedLM:
    """The LM for these questions."""
    return ScriptedLM(Reader(questions), MODEL)
