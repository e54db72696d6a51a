"""What a run came to, as the metrics see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ragkit.types import Answer, Passage, Passages


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question's run.

    Attributes:
        answer: The answer; None where the pipeline gives only passages, or where there came none.
        passages: Those that reached the answer, or the output itself.
        expects_answer: The pipeline's output has an answer.
        retrievals: How often was retrieved.
        lm: The pipeline has an LM.
        failed: A step failed; then there is neither answer nor passages.
        owners: The document of each passage id, for merged passages.
    """

    answer: Answer | None
    passages: Passages
    expects_answer: bool
    retrievals: int = 0
    lm: bool = False
    failed: bool = False
    owners: Mapping[str, str] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        """The answer says that there is none."""
        return self.answer is not None and self.answer.abstained

    @property
    def text(self) -> str:
        """What was answered; empty where nothing was, or where the answer says that there is none."""
        return "" if self.answer is None or self.answer.abstained else self.answer.text

    def cited(self) -> dict[str, str]:
        """The documents that the answer cites, and their titles where a passage tells them."""
        if self.answer is None:
            return {}
        titles: dict[str, str] = {}
        for passage in (*self.answer.passages, *self.passages):
            titles.setdefault(passage.doc_id, passage.title)
        return {citation.doc_id: titles.get(citation.doc_id, "") for citation in self.answer.citations}

    def by_id(self) -> dict[str, Passage]:
        """The passages that reached the answer, by their ids."""
        read = () if self.answer is None else self.answer.passages
        return {passage.id: passage for passage in (*self.passages, *read)}
