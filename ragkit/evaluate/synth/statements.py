"""What a sentence says of whom: "FlexiDepth skips 8 layers" is a statement about FlexiDepth.

English prose is read by its surface: a subject, perhaps an adverb, a verb of ``verbs``, and what follows. What is not
of this form is no statement, so that what is one can be turned into a question and stay English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from ragkit.evaluate.synth.clauses import LONGEST, is_noun, is_whole, main_clause, plain_clause, without_opening
from ragkit.evaluate.synth.verbs import (
    Form,
    bases,
    form_of,
    is_finite,
    is_only_a_verb,
    is_plural_noun_too,
    third_person,
)
from ragkit.evaluate.synth.wordlist import word_set

_ADVERB = re.compile(r"(?:(?:also|further|then|thus|therefore|first|often|still|now|only|even|\w+ly)\s+)+")
_NO_ADVERB = frozenset({"apply", "rely", "imply", "supply", "multiply", "comply", "reply", "only"})
_OURS = (
    "method", "approach", "framework", "model", "system", "algorithm", "technique", "scheme", "strategy", "pipeline",
    "architecture", "design",
)  # fmt: skip
_ARTICLE = re.compile(r"(?:[Tt]he|[Tt]his|[Oo]ur)\s+(?:proposed\s+|resulting\s+)?")
_BEHIND_BEARER = re.compile(r"[\"”]?,?\s+")
_PRONOUN = re.compile(r"(?:It|He|She)\s+")
_FINDS = r"(?:shows?|showed|demonstrates?|demonstrated|finds?|found|reveals?|revealed|indicates?|indicated|suggests?"
_FINDS += r"|suggested|reports?|reported|observes?|observed|proves?|proved|confirms?|confirmed|argues?|concludes?)"
_THAT = re.compile(rf"\b{_FINDS}(?:\s+here)?\s+that\s+")
_ITS_RESULTS = re.compile(
    r"(?:Our|The|Extensive|Comprehensive|Experimental|Empirical|These|Further)\s+(?:[\w-]+\s+){0,3}?"
    r"(?:experiments|results|evaluations?|analys[ie]s|findings|data|study|studies)\b(?:\s+on [^,.;]{3,40}?)?\s+"
    r"(?=(?:show|demonstrate|reveal|indicate|suggest|confirm|prove|find|found|showed|revealed|suggested)\b)"
)
_REPORTING = word_set(
    """propose introduce present show demonstrate find study investigate develop evaluate compare describe measure
    analyse analyze examine explore review report reveal establish prove identify discover observe design derive
    formulate estimate release build construct survey assess determine characterise characterize suggest argue test
    generate obtain use apply combine extend create provide discuss train learn collect explain"""
)
_SECOND = _REPORTING | word_set("achieve enable reduce improve utilize employ")
"""What "and" may join to a first verb; of other words it is not sure that they are verbs there."""
_NO_SUBJECT = word_set(
    """we it they he she i you this these those there that which who what when where while if as in on at by for with
    from to of and or but our its their his her my one some many most both each all such here although because since
    after before during under over another other however results experiments findings data studies study researchers
    authors method approach not only moreover have has had given despite based using existing resulting previous
    prior recent current how together whether why than like unlike whereas two three four five several various such"""
)
_DETERMINERS = word_set("the a an its their all both no any each several how that whether more new different many")
_SAYS = re.compile(
    r"(?:(?:\w+ly|also|often|not|still|now)\s+)*(?:\w{2,}ed|known|found|shown|seen|made|built|given|bound|held|lost|born|led"
    r"|required|necessary|essential|sufficient|responsible|critical|crucial|important|dependent|independent|resistant"
    r"|sensitive|the (?:first|most|primary|main|principal|major|only|leading|largest|smallest|oldest|best))\b"
)
_SHORTEST, _LONGEST_SUBJECT = 3, 7

Subject = Literal["name", "phrase", "document"]


class Statement(NamedTuple):
    """One thing that a text says.

    ``subject`` tells what it is said of: the bearer of the document's name, some other phrase, or the document itself,
    which "we propose" and "our results show" speak of. ``bearer`` is that name or phrase as it stands. ``verb`` is in
    the third person or in the past, ``rest`` what follows it, without what only trails behind.
    """

    subject: Subject
    bearer: str
    adverb: str
    verb: str
    form: Form
    rest: str
    sentence: str

    @property
    def predicate(self) -> str:
        """Adverb, verb and the rest: what follows the subject."""
        return f"{self.adverb}{self.verb} {self.rest}"


def statements(name: str | None, kind: str | None, sentences: Sequence[str]) -> Iterator[Statement]:
    """The statements of a text, in its order; a sentence may hold one about the document and one inside of that.

    Args:
        name: The name of what the document is about.
        kind: What that is, one noun: "the framework" is the bearer too.
        sentences: The sentences of the document.
    """
    about_name = False
    for sentence in sentences:
        text = without_opening(sentence)
        that = _THAT.search(text)
        inner = text[that.end() :] if that is not None and that.start() < 90 else None
        found = [
            _about_name(text, sentence, name, kind, about_name) or _about_phrase(text, sentence),
            _about_name(inner, sentence, name, kind, False) or _about_phrase(inner, sentence) if inner else None,
            _about_document(text, sentence),
        ]
        about_name = (found[0] is not None and found[0].subject == "name") or (
            name is not None and text.startswith(name)
        )
        yield from (statement for statement in found if statement is not None)


def _about_name(text: str, sentence: str, name: str | None, kind: str | None, follows: bool) -> Statement | None:
    """A statement whose subject is the name, "our method", "the framework", or "it" right after one of these."""
    if name is None:
        return None
    start = _length_of_bearer(text, name, kind)
    if start == 0 and follows:
        pronoun = _PRONOUN.match(text)
        start = pronoun.end() if pronoun is not None else 0
    return _statement("name", name, text[start:], sentence) if start else None


def _length_of_bearer(text: str, name: str, kind: str | None) -> int:
    """How many characters at the beginning of a text speak of the bearer of a name; 0 where it speaks of another."""
    article = _ARTICLE.match(text)
    at = 0 if article is None else article.end()
    for bearer in (name, *_OURS, kind or name) if at else (name, f'"{name}"', f"“{name}”"):
        if text.startswith(bearer, at):
            behind = _BEHIND_BEARER.match(text, at + len(bearer))
            if behind is not None:
                return behind.end()
    return 0


def _about_document(text: str, sentence: str) -> Statement | None:
    match = re.match(r"(?:We|This (?:paper|work|study|article|survey|report|thesis))\s+", text)
    match = match or _ITS_RESULTS.match(text)
    if match is None:
        return None
    found = _statement("document", "", text[match.end() :], sentence, of_many=True)
    return found if found is not None and found.form.base in _REPORTING else None


def _about_phrase(text: str, sentence: str) -> Statement | None:
    """A statement whose subject is whatever stands before the first verb, where that is a short phrase."""
    words = text.split()
    for at in range(1, min(len(words), _LONGEST_SUBJECT + 1)):
        if is_finite(words[at]) and not is_finite(words[at - 1]):
            break
        if words[at].lower() in _NO_SUBJECT - {"of", "and", "in", "for", "with", "on", "to"}:
            return None
    else:
        return None
    if (
        words[0].lower().strip(",") in _NO_SUBJECT
        or words[0][0].isdigit()
        or any(word.endswith((",", ":", ";")) for word in words[:at])
    ):
        return None
    if words[0].lower() in ("the", "a", "an") and not re.search(r"\d|[A-Z]", " ".join(words[1:at])):
        return None  # "the method", "a common belief": too little to be asked for
    if words[0].lower().endswith(("ly", "ing", "ed")) or is_finite(words[0]):
        return None  # "widely considered", "introducing low quality answers"
    after = words[at + 1].lower() if at + 1 < len(words) else ""
    if is_plural_noun_too(words[at]) and after not in _DETERMINERS:
        return None  # "previous works fail": a noun
    start = at
    while start > 1 and _ADVERB.fullmatch(f"{words[start - 1].lower()} "):
        start -= 1
    bearer = " ".join(words[:start])
    if not re.search(r"[^\W\d_]{3}", bearer) or not is_noun(words[start - 1]) or words[start - 1] in _NO_SUBJECT:
        return None
    return _statement("phrase", bearer, " ".join(words[start:]), sentence)


def _statement(subject: Subject, bearer: str, text: str, sentence: str, *, of_many: bool = False) -> Statement | None:
    match = _ADVERB.match(text)
    adverb = match[0] if match is not None and not _NO_ADVERB & set(match[0].split()) else ""
    verb, _, rest = text[len(adverb) :].partition(" ")
    form = form_of(verb)
    if verb in ("are", "were") or (of_many and form is None):
        verb = third_person(verb) or ""
        form = form_of(verb)
    if form is None or not rest or (is_finite(rest.split()[0]) and form.base not in ("have", "be")):
        return None
    rest = plain_clause(rest)
    if _is_identity(subject, form, rest):
        return None
    if form.tense == "past" and form.base != "be" and _has_another_verb(rest):
        return None  # "mice treated with X showed": the first was a participle
    if of_many and form.tense == "present":
        rest = _also_third_person(rest)
    if not _SHORTEST <= len(rest.split()) <= LONGEST or not is_whole(rest):
        return None
    return Statement(subject, bearer, adverb, verb, form, rest, sentence)


def _is_identity(subject: Subject, form: Form, rest: str) -> bool:
    """Of a phrase it says little that it "is to improve …" or "is Michael"; "is required for …" is a statement."""
    return subject == "phrase" and form.base == "be" and not _SAYS.match(rest)


def _has_another_verb(rest: str) -> bool:
    """True behind "the genes identified", which "hold great promise": that was no verb of a clause."""
    return rest.split()[0] in bases() or any(is_finite(word) for word in main_clause(rest))


def _also_third_person(text: str) -> str:
    """After "we" a second verb has to follow the first: "and propose metrics" → "and proposes metrics".

    Where it may be an infinitive or a noun the text ends before it.
    """
    words = text.split()
    if words[0] == "and" and len(words) > 2:  # "discover and utilize a property": the second is a verb for certain
        words[1] = third_person(words[1]) or f"{words[1]}s"
    for at in range(1, len(words) - 1):
        if words[at - 1].endswith(",") and is_only_a_verb(words[at]):
            return " ".join(words[:at]).rstrip(",")
        if at > 1 and words[at - 1] in ("and", "then", "or") and words[at] in bases():
            after_to = {"to", "can", "could", "may", "might", "will", "would", "help", "helps"} & set(words[: at - 1])
            if after_to or words[at] not in _SECOND:
                return " ".join(words[: at - 1]).rstrip(",")
            words[at] = third_person(words[at]) or words[at]
    return " ".join(words)
