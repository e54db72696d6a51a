"""Near misses: questions in the words of the corpus that no document of it answers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.phrases import SharedPhrase

if TYPE_CHECKING:
    from ragkit.corpus.encoder.vectors import Vectors

_NEAR = 12
_NAMED_IN_MOST = 12
_MISSING = 0.45
"""A document that could answer lacks at least this share of the question's weight, the name left out."""
_ASKS_PART = ("count", "amount", "result", "year", "agent")
_ASKS_BEARER = ("definition", "subject", "clause")
_TERM = re.compile(
    r"(?P<behind>\b[a-z]+ (?:by|of|in|on|to|from|with|than|over|for|at|as))\s+"
    r"(?P<term>(?:[A-Z][a-zà-ÿ'’-]+(?: [A-Z]\.)? )+[A-Z][a-zà-ÿ'’-]+"
    r"|[\w-]*(?:[a-z][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*)(?=\?|,| (?:and|in|on|for|with|by)\b)"
)
_PAIRS = 400


def unanswerable_questions(
    singles: Sequence[Draft], phrases: Sequence[SharedPhrase], material: Material, noun: str, rng: random.Random
) -> Iterator[Draft]:
    """Questions whose name was exchanged for a neighbour's, and questions for two subjects that never meet.

    Every document of the corpus that has the new name is read: none may hold most of the rest of the question. Of two
    subjects no document may hold all words of both.

    Args:
        singles: Questions that one document answers.
        phrases: Phrases that documents share.
        material: The corpus.
        noun: What a document is called in a question.
        rng: Chooses between neighbours and wordings.
    """
    by_method: dict[str, list[Draft]] = {}
    for draft in singles:
        by_method.setdefault(draft.method, []).append(draft)
    for draft in singles:
        if draft.method in _ASKS_PART:
            yield from _other_bearer(draft, material, rng)
        elif draft.method in _ASKS_BEARER:
            yield from _other_term(draft, by_method[draft.method], material, rng)
    yield from _never_together(phrases, material, noun, rng)


def _other_bearer(draft: Draft, material: Material, rng: random.Random) -> Iterator[Draft]:
    """The same number asked of a neighbour: "By how much does BitPipe reduce …?"."""
    document = material.by_id[draft.gold_ids[0]]
    if not document.name or document.name not in draft.question:
        return
    others = [
        other for other in material.neighbours(document, _NEAR)
        if other.name and other.person == document.person and other.name not in draft.question
        and (document.kind is None or other.kind == document.kind)
    ]  # fmt: skip
    rng.shuffle(others)
    for other in others:
        if _nobody_says(draft.question.replace(document.name, " "), str(other.name), material):
            question = draft.question.replace(document.name, str(other.name))
            yield Draft("unanswerable", "swapped-name", question, made_from=(document.id, other.id))
            return


def _other_term(draft: Draft, alike: Sequence[Draft], material: Material, rng: random.Random) -> Iterator[Draft]:
    """A name inside the question exchanged for one of the same shape from another question of its make."""
    terms = _terms(draft.question)
    if not terms:
        return
    behind, term = rng.choice(terms)
    start = rng.randrange(len(alike))
    for other in (*alike[start:], *alike[:start]):
        found = [new for place, new in _terms(other.question) if place == behind and new not in draft.question]
        if not found or other.gold_ids == draft.gold_ids:
            continue
        new = rng.choice(found)
        if _nobody_says(draft.question.replace(term, " "), new, material):
            question = draft.question.replace(term, new)
            yield Draft("unanswerable", "swapped-name", question, made_from=draft.gold_ids + other.gold_ids)
            return


def _nobody_says(rest: str, name: str, material: Material) -> bool:
    """True where the corpus knows the name, and no document that holds it holds most of the rest as well."""
    weights = material.vocabulary.weights(rest)
    holding = material.vocabulary.holding_all(name)
    if len(weights) < 2 or not 0 < len(holding) <= _NAMED_IN_MOST:
        return False
    return all(material.share(weights, number) <= 1 - _MISSING for number in holding)


def _terms(question: str) -> list[tuple[str, str]]:
    """The names inside a question, each with the two words before it: what stands behind "directed by" is a person."""
    return [(match["behind"], match["term"]) for match in _TERM.finditer(question)]


def _never_together(
    phrases: Sequence[SharedPhrase], material: Material, noun: str, rng: random.Random
) -> Iterator[Draft]:
    several = [phrase for phrase in phrases if len(phrase.holding) >= 3 and phrase.is_topic and " " in phrase.text]
    if len(several) < 2:
        return
    vectors: Vectors = material.reader.encode([phrase.text for phrase in several])
    cosines = vectors @ vectors.T
    pairs = np.argwhere(np.triu((cosines > 0.25) & (cosines < 0.6), k=1)).tolist()
    rng.shuffle(pairs)
    for left, right in pairs[:_PAIRS]:
        one, two = several[left], several[right]
        words = set(material.vocabulary.stems(one.text)), set(material.vocabulary.stems(two.text))
        if words[0] & words[1] or material.vocabulary.holding_all(f"{one.text} {two.text}"):
            continue
        question = rng.choice(
            (
                f"Which {noun} brings {one.text} and {two.text} together?",
                f"Is there a {noun} on {one.text} that also deals with {two.text}?",
                f"What do the {noun}s say about {one.text} in connection with {two.text}?",
                f"{one.text} combined with {two.text}",
            )
        )
        made_from = tuple(material.indexed.ids[min(phrase.holding)] for phrase in (one, two))
        yield Draft("unanswerable", "never-together", question, made_from=made_from)
