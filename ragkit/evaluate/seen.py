"""Which questions a trained step has seen: short digests in its trained file, held against those that are asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Plan
from ragkit.trained import TrainedFile

DIGITS = 12
"""Hexadecimal digits of a digest: the chance that 10,000 learned and 10,000 asked ones share one is 1 in 3 million."""


def digest_of(question: str) -> str:
    """The digest of a question as people compare questions: case, white space and a mark at the end do not count."""
    plain = " ".join(unicodedata.normalize("NFKC", question).casefold().split()).rstrip(".?! ")
    return sha256(plain.encode()).hexdigest()[:DIGITS]


def digests_of(questions: Iterable[str]) -> tuple[str, ...]:
    """The digests of questions, each once, in an order that tells nothing of theirs."""
    return tuple(sorted({digest_of(question) for question in questions}))


def seen_by(plan: Plan) -> dict[str, frozenset[str]]:
    """For each trained step of a plan the digests of what it learned from; files of before they had any are left out.

    Raises:
        TrainedFileError: A trained file cannot be read.
    """
    found = {}
    for step in steps_of(plan.root):
        for _, value in step.params or ():
            if isinstance(value, TrainedFile) and value.trained:
                trained = value.read(step.use)
                if trained.questions is not None:
                    found[step.path] = frozenset(trained.questions)
    return found


def asked_again(questions: Iterable[str], seen: Mapping[str, Collection[str]]) -> dict[str, int]:
    """For each step how many of the questions it has learned from."""
    digests = [digest_of(question) for question in questions]
    return {step: sum(digest in known for digest in digests) for step, known in seen.items()}
