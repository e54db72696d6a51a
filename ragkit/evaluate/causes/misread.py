"""Everything needed has reached the answer, and it is wrong: what was made of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ragkit.evaluate.causes.case import Case
from ragkit.evaluate.causes.cause import Cause, CauseName
from ragkit.evaluate.causes.lineage import best_rank
from ragkit.evaluate.metrics.answers import without_marks
from ragkit.evaluate.metrics.lists import missing_items
from ragkit.trace.words import counted
from ragkit.types import Passages

_TO_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_NUMBERS = {word: str(number) for number, word in enumerate(_TO_TWENTY)}
_WORDS = re.compile(r"[^\W_]+")
_SHORT = 4
"""An item with fewer letters and digits stands by accident in many a text when blanks are not looked at."""
_SHOWN = 3
_LONG = 60


def misread(case: Case) -> Cause:
    """The cause of a wrong answer that had all it needed."""
    question, outcome = case.question, case.outcome
    if outcome.answer is None:
        return case.no_answer()
    step = case.answer_step
    listed = question.kind == "aggregate"
    wanted = missing_items(question, outcome) if listed else list(question.answers)
    if not outcome.abstained:
        loose = [item for item in wanted if stands_loosely(item, outcome.text)]
        if loose and (len(loose) == len(wanted) or not listed):
            return Cause("format", f"{_named(loose)} is in the answer, but not in this spelling", step)
    said = "the answer says that there is none" if outcome.abstained else _lacks(wanted)
    if case.has_words:
        return _held(case, said)
    documents = f"all {len(case.gold)} gold documents are" if len(case.gold) > 1 else "the gold document is"
    among = f"but {documents} among the passages that reached it" if case.gold else "and no passage tells more"
    if outcome.abstained:
        return Cause("wrongly_abstained", f"{said}, {among}", step)
    if listed:
        said = f"{len(wanted)} of {len(question.answers)} items are neither in the answer nor in a cited title"
        return Cause("not_found_in_passage", f"{said} ({_named(wanted)}), {among}", step)
    return Cause("not_found_in_passage", f"{said}, {among}", step)


def _held(case: Case, said: str) -> Cause:
    """By whether a passage that reached the answer holds what was asked for."""
    rank = best_rank(case.reached, case.holds_words)
    count = f"the {counted(len(case.reached), 'passage')} that reached it"
    if rank is None:
        of_gold = "the gold document is" if len(case.gold) == 1 else "the gold documents are"
        there = f"{of_gold} among {count}, but not with a passage that holds it" if case.gold else f"nor do {count}"
        return Cause("not_found_in_passage", f"{said}; {there}", case.answer_step)
    passage = case.reached[rank - 1]
    name = case.reached.ranked_by if isinstance(case.reached, Passages) else None
    score = None if name is None else passage.scores.get(name)
    held = f"{said}, but passage {passage.id!r}, at rank {rank} of {count}, holds it"
    cause: CauseName = "wrongly_abstained" if case.outcome.abstained else "not_found_in_passage"
    return Cause(cause, held, case.answer_step, rank, score)


def stands_loosely(item: str, text: str) -> bool:
    """True where an item stands in a text when only letters and digits count: without accents, case, blanks and
    punctuation, number words up to twenty as digits. Short items have to be whole words.
    """
    words, inside = _letters(item), _letters(without_marks(text))
    joined = "".join(words)
    if len(joined) < _SHORT:
        return bool(words) and f" {' '.join(words)} " in f" {' '.join(inside)} "
    return joined in "".join(inside)


def _letters(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = folded
    if not folded.isascii():
        plain = "".join(character for character in folded if not unicodedata.combining(character))
    return [_NUMBERS.get(word, word) for word in _WORDS.findall(plain)]


def _lacks(wanted: Sequence[str]) -> str:
    """``'a' is not in the answer``; of alternatives ``none of 'a', 'b' is in the answer``."""
    return (
        f"{_named(wanted)} is not in the answer" if len(wanted) == 1 else f"none of {_named(wanted)} is in the answer"
    )


def _named(items: Sequence[str]) -> str:
    shown = ", ".join(repr(item if len(item) <= _LONG else f"{item[: _LONG - 1]}…") for item in items[:_SHOWN])
    return f"{shown} and {len(items) - _SHOWN} more" if len(items) > _SHOWN else shown
