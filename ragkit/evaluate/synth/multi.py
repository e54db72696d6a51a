"""Questions that need two documents."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import Material, SourceDocument
from ragkit.evaluate.synth.phrases import SharedPhrase
from ragkit.evaluate.synth.statements import Statement
from ragkit.evaluate.synth.wording import reworded

_LITTLE = 0.5
"""The other document holds at most this share of what is asked for, by weight."""
_NEAR, _CLOSE = 12, 0.5
"""How many neighbours are looked at, and the cosine of two that may be of one kind though no text says so."""
_MENTIONED_IN_MOST = 5
_SHORT = 16
_DOCUMENTS = 1000


def multi_questions(
    singles: Sequence[Draft], phrases: Sequence[SharedPhrase], material: Material, noun: str, rng: random.Random
) -> Iterator[Draft]:
    """Questions over pairs of documents that are alike, share a phrase, an abbreviation or a name.

    Args:
        singles: Questions that one document answers; two of neighbours are asked together.
        phrases: Phrases that documents share.
        material: The corpus.
        noun: What a document is called in a question.
        rng: Chooses between pairs and wordings.
    """
    for document in rng.sample(material.documents, min(len(material.documents), _DOCUMENTS)):
        yield from _which_of_two(document, material, rng)
        yield from _mentioned(document, material, noun)
    yield from _same_abbreviation(material, noun)
    yield from _two_names(phrases, material, noun, rng)
    yield from _two_questions(singles, material, rng)


def _which_of_two(document: SourceDocument, material: Material, rng: random.Random) -> Iterator[Draft]:
    own = [statement for statement in document.statements if statement.subject == "name"]
    if not document.name or not own:
        return
    others = [
        other
        for other in material.neighbours(document, _NEAR)
        if other.name and other.name != document.name and other.person == document.person and other.sentences
        and (other.kind == document.kind if document.kind else material.cosine(document, other) >= _CLOSE)
    ]  # fmt: skip
    if not others:
        return
    other, statement = rng.choice(others[:3]), reworded(rng.choice(own), rng)
    weights = material.vocabulary.weights(statement.rest)
    if material.share(weights, other.number) > _LITTLE:
        return
    pair = rng.sample([document.name, str(other.name)], 2)
    wordings = [f"{pair[0]} or {pair[1]}: which of them {statement.predicate}?"]
    if "," not in statement.predicate:
        wordings.append(f"Which of the two {statement.predicate}, {pair[0]} or {pair[1]}?")
    question = rng.choice(wordings)
    evidence = (statement.sentence, other.described_in or other.sentences[0])
    ids = (document.id, other.id)
    yield Draft("multi", "which-of-two", question, (document.name,), ids, evidence, ids)


def _mentioned(document: SourceDocument, material: Material, noun: str) -> Iterator[Draft]:
    """A document mentions the bearer of another's name, and that other one says what it is."""
    if not document.name or not document.kind:
        return
    numbers = material.mentioning(document.name) - {document.number}
    if not 0 < len(numbers) <= _MENTIONED_IN_MOST:
        return
    own = [statement for statement in document.statements if statement.subject == "name"]
    for number in sorted(numbers):
        other = material.by_id.get(material.indexed.ids[number])
        if other is None or not other.name or other.name in document.name or document.name in other.name:
            continue
        bearer = re.compile(rf"(?<![\w-]){re.escape(document.name)}(?![\w-])")
        sentence = next((s for s in other.sentences if bearer.search(s)), None)
        if sentence is None:
            continue
        for statement in own:
            weights = material.vocabulary.weights(statement.rest)
            if material.share(weights, other.number) <= _LITTLE and _says_something(statement):
                article = "an" if document.kind[0] in "aeiou" else "a"
                relative = "who" if document.person else "that"
                asked = (
                    f"The {noun} on {other.name} mentions {article} {document.kind} {relative} {statement.predicate}"
                )
                question = f"{asked}. Which one is it?" if not document.person else f"{asked}. Who is it?"
                ids = (other.id, document.id)
                evidence = (sentence, statement.sentence)
                yield Draft("multi", "mention", question, (document.name,), ids, evidence, ids)
                break


def _says_something(statement: Statement) -> bool:
    return not (statement.form.base == "be" and re.match(r"(?:an?|the|one of)\b", statement.rest))


def _same_abbreviation(material: Material, noun: str) -> Iterator[Draft]:
    for short, forms in sorted(material.explained.items()):
        if len(forms) != 2 or any(len(places) != 1 for places in forms.values()):
            continue
        (one, first), (two, second) = (places[0] for places in forms.values())
        if one.id == two.id or _is_one_spelling(first.long, second.long, material):
            continue
        if material.explaining(short) != frozenset({one.number, two.number}):
            continue
        question = f"The abbreviation {short} stands for something else in two {noun}s. What is it short for in each?"
        answers = (f"{first.long} and {second.long}", f"{second.long} and {first.long}")
        evidence = tuple(_sentence_with(document, f"({short}") for document in (one, two))
        if all(evidence):
            ids = (one.id, two.id)
            yield Draft("multi", "same-abbreviation", question, answers, ids, evidence, ids)


def _is_one_spelling(one: str, two: str, material: Material) -> bool:
    """True for "leukemia" and "leukaemia", "copy number variant" and "copy number variation"."""
    words = set(material.vocabulary.stems(one)) & set(material.vocabulary.stems(two))
    return bool(words) or SequenceMatcher(None, one.lower(), two.lower()).ratio() > 0.6


def _two_names(phrases: Sequence[SharedPhrase], material: Material, noun: str, rng: random.Random) -> Iterator[Draft]:
    for phrase in phrases:
        documents = [material.by_id.get(material.indexed.ids[number]) for number in sorted(phrase.holding)]
        if len(documents) != 2:
            continue
        one, two = documents
        if (
            one is None
            or two is None
            or not one.name
            or not two.name
            or one.name == two.name
            or phrase.text.lower() in f"{one.name} {two.name}".lower()
        ):
            continue
        question = rng.choice(
            (f"Which two {noun}s mention {phrase.text}?", f"{phrase.text}: which two {noun}s bring it up?")
        )
        wanted = phrase.text.lower()
        evidence = tuple(
            next((s for s in each.sentences if wanted in s.lower()), each.sentences[0]) for each in (one, two)
            if each.sentences
        )  # fmt: skip
        answers = (f"{one.name} and {two.name}", f"{two.name} and {one.name}")
        ids = (one.id, two.id)
        yield Draft("multi", "two-names", question, answers, ids, evidence, ids)


def _two_questions(singles: Sequence[Draft], material: Material, rng: random.Random) -> Iterator[Draft]:
    """Two short questions about neighbours, joined: each document answers one."""
    short = [
        draft for draft in singles
        if draft.method in ("count", "amount", "result", "year", "agent", "abbreviation", "definition", "subject")
        and len(draft.question.split()) <= _SHORT and not draft.question.startswith("How is")
    ]  # fmt: skip
    by_document: dict[str, list[Draft]] = {}
    for draft in short:
        by_document.setdefault(draft.gold_ids[0], []).append(draft)
    for id, drafts in sorted(by_document.items()):
        near = [other for other in material.neighbours(material.by_id[id]) if other.id in by_document]
        if not near:
            continue
        one, two = rng.choice(drafts), rng.choice(by_document[rng.choice(near[:3]).id])
        if one.method == two.method == "abbreviation" or one.answers[0] == two.answers[0]:
            continue
        question = f"{one.question.rstrip('?')}, and {two.question[0].lower()}{two.question[1:]}"
        answers = (f"{one.answers[0]} and {two.answers[0]}", f"{one.answers[0]}, {two.answers[0]}")
        ids = (one.gold_ids[0], two.gold_ids[0])
        yield Draft("multi", "two-questions", question, answers, ids, one.evidence + two.evidence, ids)


def _sentence_with(document: SourceDocument, text: str) -> str:
    return next((sentence for sentence in document.sentences if text in sentence), "")
