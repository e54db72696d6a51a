"""What becomes of an answer that an LM wrote from passages: citations checked, abstention read, nothing refused."""

from __future__ import annotations

import re
from typing import NamedTuple

from ragkit.components.generate._citing import cited
from ragkit.errors import LMError
from ragkit.types import Answer, Decision, Passages

NOT_FOUND = "NOT FOUND"
"""What an LM is asked to write where the passages do not hold the answer."""
MAY_ABSTAIN = f"{NOT_FOUND} and nothing else where the passages do not hold the answer"
NOTHING_GIVEN = "No answer was found: there are no passages to answer from."
_ABSTAINED = re.compile(rf"\W*{NOT_FOUND}\b", re.IGNORECASE)


class Concluded(NamedTuple):
    """An answer, the decision that goes with it, and what must be said about it."""

    answer: Answer
    decision: Decision
    warnings: tuple[str, ...]


def conclude(written: str, passages: Passages, abstain: bool, of: int | None = None) -> Concluded:
    """Reads an answer.

    Args:
        written: The LM's text, with the numbers of passages in brackets.
        passages: Those that the LM was shown, numbered from 1.
        abstain: Whether it was told that it may abstain.
        of: How many passages the step was given; by default all were shown.

    Raises:
        LMError: The text is blank.
    """
    if not written.strip():
        raise LMError("the LM's reply has an empty answer", hint="ask again; the trace has the reply")
    of = len(passages) if of is None else of
    if abstain and says_not_found(written):
        text = "The passages do not hold the answer."
        reason = f"abstained: the LM found no answer in the {len(passages)} passages"
        return Concluded(Answer(text, (), passages, True), Decision("answer", reason, kept=0, of=of), ())
    text, citations, warnings = cited(written, passages)
    if not citations and passages:
        warnings = (*warnings, "the answer cites no passage")
    used = len({citation.passage_id for citation in citations})
    decision = Decision("answer", f"cites {used} of {of} passages", kept=used, of=of)
    return Concluded(Answer(text, citations, passages), decision, warnings)


def says_not_found(written: str) -> bool:
    """True where the LM wrote that it found nothing."""
    return _ABSTAINED.match(written) is not None


def nothing_given(question: str) -> Concluded:
    """An abstention, because there was nothing to answer from; no LM need be asked for it."""
    decision = Decision("answer", "abstained: no passages were given", kept=0, of=0)
    return Concluded(
        Answer(NOTHING_GIVEN, abstained=True), decision, (f"no passages were given to answer {question!r} from",)
    )
