"""One question of a question set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from ragkit.types import Turn

Kind = Literal["single", "multi", "aggregate", "none", "unanswerable"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known about its answer.

    Attributes:
        id: Unique in its file.
        question: What is asked.
        answers: Accepted answers; for an ``aggregate`` question the items of the list.
        gold: Judged document ids and their grades. From ``gold_ids`` a document has grade 1; ``judgements`` gives
            grades, where 0 and below say that a document was judged and is not relevant.
        kind: What a right answer takes: one document, several, a list, no document at all, or that there is none.
        evidence: Sentences of the gold documents that hold the answer, verbatim.
        history: The conversation before the question, oldest first.
        inputs: Values for the inputs that a pipeline declares.
        extra: All other keys of the line.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold: Mapping[str, float] = field(default_factory=lambda: _NONE)
    kind: Kind | None = None
    evidence: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    extra: Mapping[str, Any] = field(default_factory=lambda: _NONE)

    @property
    def gold_ids(self) -> tuple[str, ...]:
        """The ids of the relevant documents: those with a grade above 0, in the order of the file."""
        return tuple(id for id, grade in self.gold.items() if grade > 0)
