"""Questions that one document answers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from ragkit.evaluate.synth.asking import Asked, ask_counts, ask_definition, ask_document, ask_parts, ask_subject
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import Material, SourceDocument, is_person
from ragkit.evaluate.synth.wording import reworded

_GAP = "____"
_LITTLE = re.compile(
    r"(?i)\w+ly|around|among|upon|within|while|whereas|twice|along|across|behind|beyond|despite|hence|another"
)
_OF_A_PERSON = re.compile(r"\b(?:his|her|hers|he|she|him)\b")
_CLOZE_WORDS = (8, 28)


def single_questions(document: SourceDocument, material: Material, noun: str, rng: random.Random) -> Iterator[Draft]:
    """Every question that one document gives rise to; most will not be kept.

    Args:
        document: The document.
        material: The corpus it stands in.
        noun: What a document is called in a question.
        rng: Chooses between wordings.
    """
    if document.name and document.description is not None:
        for asked in [
            *ask_definition(document.description, document.name, "is", document.person),
            *ask_counts(document.description, document.name),
        ]:
            yield _draft(document, asked, document.described_in)
    for statement in document.statements:
        other = reworded(statement, rng)
        if statement.subject == "document":
            for asked in ask_document(other, noun):
                yield _draft(document, asked, statement.sentence)
            continue
        own = statement.subject == "name"
        if not own and (_is_perhaps_a_person(statement.bearer, material) or _is_too_common(statement.bearer, material)):
            continue
        if not (own and document.person) and _OF_A_PERSON.search(statement.rest):
            continue
        bearer = statement.bearer if own else material.vocabulary.uncapitalised(statement.bearer)
        for asked in [
            *ask_subject(other._replace(bearer=bearer), document.kind if own else None, own and document.person),
            *ask_parts(statement._replace(bearer=bearer)),
        ]:
            yield _draft(document, asked, statement.sentence)
    yield from _abbreviations(document, material, rng)
    yield from _gaps(document, material, rng)


def _is_too_common(bearer: str, material: Material) -> bool:
    """One word that many documents hold is no answer that a question could mean: "emphasis"."""
    content = material.vocabulary.content(bearer)
    most = max(3, len(material.vocabulary) // 50)
    return len(content) == 1 and all(len(material.vocabulary.holding(*one)) > most for one in content.items())


def _is_perhaps_a_person(bearer: str, material: Material) -> bool:
    """Names without a digit, a capital inside or an article may be a person's: "what" would not be safe."""
    words = [word for word in bearer.split() if word not in ("and", "&")]
    if any(is_person(word) for word in words):
        return True
    return all(re.fullmatch(r"[^\W\d_][^\W\d_A-Z]*\.?", word) and word[:1].isupper() for word in words) and not (
        len(words) == 1 and material.vocabulary.is_common(words[0].lower())
    )


def _draft(document: SourceDocument, asked: Asked, sentence: str) -> Draft:
    answers = (asked.answer,) if asked.answer else tuple(dict.fromkeys((document.label, document.title or document.id)))
    return Draft("single", asked.method, asked.question, answers, (document.id,), (sentence,), (document.id,))


def _abbreviations(document: SourceDocument, material: Material, rng: random.Random) -> Iterator[Draft]:
    """What an abbreviation stands for, where this document alone explains it."""
    for one in document.abbreviations:
        if material.explaining(one.short) != frozenset({document.number}):
            continue
        sentence = next((s for s in document.sentences if f"({one.short}" in s and one.long in s), None)
        if sentence is None:
            continue
        # At the beginning of a sentence a capital means nothing; elsewhere it is the name's own.
        begins = sentence.startswith(one.long) and one.long[1:].islower()
        long = material.vocabulary.uncapitalised(one.long) if begins else one.long
        asked = rng.choice(
            (
                Asked("abbreviation", f"What does {one.short} stand for?", long),
                Asked("abbreviation", f"What is the abbreviation {one.short} short for?", long),
                Asked("abbreviation", f"How is {long} abbreviated?", one.short),
            )
        )
        yield _draft(document, asked, sentence)


def _gaps(document: SourceDocument, material: Material, rng: random.Random) -> Iterator[Draft]:
    """A rare word held out of the title, and one held out of a sentence."""
    gap = _rarest(document.title, material)
    if gap is not None and gap in document.text and len(document.title.split()) >= 4:
        asked = Asked("title", f'Which word is missing in the title "{_without(document.title, gap)}"?', gap)
        yield _draft(document, asked, document.title)
    whole = [s for s in document.sentences if _CLOZE_WORDS[0] <= len(s.split()) <= _CLOZE_WORDS[1] and '"' not in s]
    if whole:
        sentence = rng.choice(whole)
        gap = _rarest(sentence.rstrip(".!?"), material)
        if gap is not None:
            asked = Asked("cloze", f'Which word is missing: "{_without(sentence, gap)}"?', gap)
            yield _draft(document, asked, sentence)


def _rarest(text: str, material: Material) -> str | None:
    """The word of a text that the fewest documents hold, where that is at least two and at most one in twenty."""
    vocabulary = material.vocabulary
    found: list[tuple[int, str]] = []
    for word in re.findall(r"(?<![\w-])[^\W\d_][\w-]{3,}(?![\w-])", text)[1:]:
        content = vocabulary.content(word)
        held = [len(vocabulary.holding(stem, part)) for stem, part in content.items()]
        if (
            len(held) == 1
            and not _LITTLE.fullmatch(word)
            and 2 <= held[0] <= max(2, len(vocabulary) // 20)
            and text.count(word) == 1
        ):
            found.append((held[0], word))
    return min(found)[1] if found else None


def _without(text: str, word: str) -> str:
    return re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", _GAP, text, count=1)
