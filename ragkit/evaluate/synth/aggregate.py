"""Questions for a list: every document that mentions a phrase."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import Material, follows
from ragkit.evaluate.synth.phrases import SharedPhrase

LEAST, MOST = 3, 10
"""A list has at least and at most so many documents."""


def aggregate_questions(
    phrases: list[SharedPhrase], material: Material, noun: str, rng: random.Random
) -> Iterator[Draft]:
    """For each phrase a question for all documents that mention it."""
    nouns = f"{noun}s"
    for phrase in phrases:
        if not LEAST <= len(phrase.holding) <= MOST:
            continue
        numbers = sorted(phrase.holding)
        documents = [material.indexed[number] for number in numbers]
        known = [material.by_id.get(document.id) for document in documents]
        labels = [
            one.label if one is not None else document.title or document.id
            for one, document in zip(known, documents, strict=True)
        ]
        wanted = material.vocabulary.stems(phrase.text)
        question = rng.choice(
            (
                f"Which {nouns} mention {phrase.text}?",
                f"List the {nouns} that mention {phrase.text}.",
                f"Which {nouns} bring up {phrase.text}?",
                f"Find all {nouns} that mention {phrase.text}",
                f"{nouns} that mention {phrase.text}",
            )
        )
        evidence = tuple(_sentence(document.title, document.text, wanted, material) for document in documents)
        ids = tuple(document.id for document in documents)
        yield Draft("aggregate", "shared-term", question, tuple(dict.fromkeys(labels)), ids, evidence, ids)


def _sentence(title: str, text: str, wanted: list[str], material: Material) -> str:
    """The first sentence with the phrase, else the title."""
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if follows(wanted, material.vocabulary.stems(sentence)):
            return sentence
    return title
