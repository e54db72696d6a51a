"""A question on its way: how it was made, from what, and what is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ragkit.evaluate.questions import Kind

Method = Literal[
    "abbreviation", "definition", "subject", "clause", "count", "amount", "result", "year", "agent", "sentence",
    "title", "cloze", "which-of-two", "same-abbreviation", "two-names", "mention", "two-questions", "shared-term",
    "swapped-name", "never-together", "arithmetic", "conversion", "greeting", "task", "common-knowledge", "written",
]  # fmt: skip
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that may be kept.

    Attributes:
        kind: The kind of question.
        method: How it was made.
        question: What is asked.
        answers: Accepted answers; for ``aggregate`` the items of the list.
        gold_ids: The documents that answer it.
        evidence: The sentences that answer it, as they stand in these documents.
        made_from: Every document that it was made from, gold or not; a split parts by them.
    """

    kind: Kind
    method: Method
    question: str
    answers: tuple[str, ...] = ()
    gold_ids: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
