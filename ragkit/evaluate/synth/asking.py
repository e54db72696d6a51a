"""Statements turned into questions: who did it, how many, by how much, when, by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ragkit.evaluate.synth.draft import Method
from ragkit.evaluate.synth.names import Description, describe
from ragkit.evaluate.synth.statements import Statement
from ragkit.evaluate.synth.verbs import bases, form_of
from ragkit.evaluate.synth.wordlist import word_set

_NUMBER = (
    r"(?:\+?\d[\d,]*(?:\.\d+)?(?:\s?(?:[kKMBT]|million|billion|thousand)\b)?|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve)"
)
_ABOUT = (
    r"(?:(?:up to|over|more than|about|approximately|nearly|almost|around|at least|at most|roughly|a total of|only|some"
    r"|an? average of|as much as|well over)\s+)*"
)
_UNIT = r"(?:\s?%p?|\s?percent(?:age points)?\b|\s?×|\s?[xX]\b|-?fold\b|\s?times\b)"
_THINGS = r"(?!times\b|percent|of\b|out\b|per\b|to\b|and\b|or\b|years?\b|x\b|%)[a-z][\w-]*(?:\s+[\w-]+){0,5}"
_COUNTED = re.compile(rf"^(?:of\s+)?{_ABOUT}(?P<number>{_NUMBER})\s+(?P<things>{_THINGS})")
_COUNT_BEHIND = re.compile(
    rf"\b(?P<verb>containing|comprising|covering|spanning|including|featuring|consisting of|composed of|with|of)\s+"
    rf"{_ABOUT}(?P<number>{_NUMBER})\s+(?P<things>{_THINGS})"
)
_BEHIND = {
    "containing": "does {} contain", "comprising": "does {} comprise", "covering": "does {} cover",
    "spanning": "does {} span", "including": "does {} include", "featuring": "does {} feature",
    "consisting of": "does {} consist of", "composed of": "is {} composed of", "with": "does {} have",
    "of": "does {} have",
}  # fmt: skip
_BY = re.compile(
    rf"^(?P<what>.+?)\s+by\s+{_ABOUT}(?P<amount>{_NUMBER}{_UNIT})(?P<after>(?:\s+(?:on|over|compared|in|for|with|when"
    r"|across|at|relative)\b[^,;]*)?)"
)
_RESULT = re.compile(
    rf"^{_ABOUT}(?:an?\s+)?{_ABOUT}(?P<amount>{_NUMBER}{_UNIT})\s+(?P<noun>(?:[a-z][\w-]*\s+){{0,3}}?(?:speedups?"
    r"|speed-ups?|reductions?|improvements?|increase|accuracy|gains?|decrease|throughput|savings?|compression|sparsity"
    r"|success rate|recall|precision|sensitivity|specificity|prevalence|performance|score))\b(?P<after>[^,;]*)"
)
_RESULTING = word_set("achieve obtain reach yield deliver provide attain show bring offer demonstrate have")
_AND_IS = re.compile(r"(?:^|,?\s+)and\s+(?:is|are|was|were|may|can|has|have|most notably|also)\b.*$")
_LASTING = re.compile(
    r"(?:located|situated|based|designed|used|known|built on|tailored|optimi[sz]ed|aimed|owned|composed)\b"
)
_PARTICIPLE = re.compile(
    r"(?:located|situated|based|designed|used|known|tailored|optimi[sz]ed|owned|composed|directed|written|founded|developed"
    r"|released|built|created|produced|published|recorded|formed|established|introduced|invented)\b"
)
_NO_AMOUNT = word_set("be have show demonstrate find indicate reveal suggest confirm prove can may will")
_ODD = re.compile(r",|\b(?:that|which|who)\b|\d\s?%|\bby\b")
_STOP_THINGS = re.compile(
    r"\s+(?:and|or|that|which|who|with|from|in|on|across|for|using|including|covering|ranging|to|by|at|as|into|over|among"
    r"|per|while|when|where|of|spanning|via|through|under|between|after|before|against|without|during|about|each|is|are"
    r"|was|were|has|have|had|totaling|collected|based|drawn)\b.*$"
)
_HOLD = word_set(
    """contain comprise include have cover span hold provide support require feature involve use employ combine consist
    offer collect gather test evaluate integrate introduce identify examine study analyze analyse compare survey
    review report recruit enroll need process generate release"""
)
_PLURALS = word_set("people children men women data mice patients")
_DONE = (
    r"(?:[a-z]{3,}ed|born|built|made|founded|written|shown|held|drawn|begun|won|sold|set|known|seen|sung|chosen|led)"
)
_WHEN = (
    r"(?P<when>(?:(?:\d{1,2}\s+)?(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\s+(?:\d{1,2},\s+)?)?(?:1[5-9]|20)\d\d)\b"
)
_YEAR = re.compile(
    rf"^(?P<done>{_DONE}(?:\s+(?:by|as|to|at|with|into|from|next|under|near|over|outside)\s+[^,.;]{{2,50}}?)?)"
    rf"\s+(?:in|on)\s+{_WHEN}"
)
_YEAR_BEHIND = re.compile(rf"\b(?P<done>founded|released|formed|published|established|created|built|opened|launched"
                          rf"|first aired|written|directed|discovered|introduced)\s+(?:in|on)\s+{_WHEN}")  # fmt: skip
_AGENT = re.compile(
    rf"^(?P<done>{_DONE}(?:\s+and\s+{_DONE})?)\s+by\s+(?P<agent>(?:the\s+)?[A-Z][^,.;()]{{2,60}}?)"
    r"(?=$|,|\s+(?:and\s+[a-z]+(?:ed|s)\b|in|on|for|at|from|with|as|to|who|which|that|during|after|under|of)\b)"
)


class Asked(NamedTuple):
    """A question and its answer, and how it was made."""

    method: Method
    question: str
    answer: str


def ask_subject(statement: Statement, kind: str | None, person: bool) -> Iterator[Asked]:
    """Asks for the subject: "Which framework skips 8 layers?"."""
    if statement.form.base == "be" and not statement.adverb:
        described = re.match(r"(an?|the|one of the)\s+(.+)", statement.rest)
        found = describe(described[2]) if described is not None else None
        if found is not None and statement.subject == "name":
            yield from ask_definition(found, statement.bearer, statement.verb, person)
        elif found is not None and described is not None and described[1] == "the" and found.rest:
            rest = _AND_IS.sub("", found.rest)
            yield Asked("definition", f"What {statement.verb} the {found.phrase} {rest}?", statement.bearer)
        if described is not None:
            return
    method: Method = "subject" if statement.subject == "name" else "clause"
    which = f"Which {kind}" if kind else "Who" if person else "What"
    yield Asked(method, f"{which} {statement.predicate}?", statement.bearer)


def ask_definition(description: Description, name: str, verb: str, person: bool) -> Iterator[Asked]:
    """Asks for what is described: "Which Danish footballer plays for AGF?", "What is the name of the film by …?"."""
    rest = _AND_IS.sub("", description.rest)
    form = form_of(rest.split()[0]) if rest else None
    if not rest or re.match(r"(?:of|for|in|to|from) which\b", rest) or (form is not None and form.tense == "present"):
        return
    relative = re.match(r"(?:that|which|who)\s+(?!we\b|I\b|it\b|they\b|the\b|an?\b|is\b.*\bfor$)(.+)", rest)
    if relative is not None:
        yield Asked("definition", f"Which {description.phrase} {relative[1]}?", name)
    elif person:
        yield Asked("definition", f"Who {verb} the {description.phrase} {rest}?", name)
    elif _PARTICIPLE.match(rest):
        be = "is" if verb == "is" and _LASTING.match(rest) else "was"
        yield Asked("definition", f"Which {description.phrase} {be} {rest}?", name)
    elif description.head in ("term", "name", "word", "title"):
        yield Asked("definition", f"What {verb} the {description.phrase} {rest}?", name)
    else:
        yield Asked("definition", f"What {verb} the name of the {description.phrase} {rest}?", name)


def ask_counts(description: Description, name: str) -> Iterator[Asked]:
    """Asks for a number or a year in a description: "a dataset containing 130 videos" → "How many videos …?"."""
    for found in _COUNT_BEHIND.finditer(description.rest):
        things = _things(found["things"])
        if things is not None:
            yield Asked("count", f"How many {things} {_BEHIND[found['verb']].format(name)}?", found["number"])
    for found in _YEAR_BEHIND.finditer(description.rest):
        yield Asked("year", f"When was {name} {found['done']}?", found["when"])


def ask_parts(statement: Statement) -> Iterator[Asked]:
    """Asks for a number, an amount, a year or an agent in what is said of the subject."""
    base, rest, name = statement.form.base, statement.rest, statement.bearer
    helper = "does" if statement.form.tense == "present" else "did"
    first, _, after_first = rest.partition(" ")
    if base in ("can", "could") and first in bases():
        base, rest, helper = first, after_first, "can"
    counted = _COUNTED.match(rest)
    if counted is not None and base in _HOLD:
        things = _things(counted["things"])
        if things is not None:
            of = " of" if rest.startswith("of ") else ""
            yield Asked("count", f"How many {things} {helper} {name} {base}{of}?", counted["number"])
    by = _BY.match(rest)
    if by is not None and base not in _NO_AMOUNT and not _ODD.search(by["what"]) and len(by["what"].split()) <= 14:
        after = _short(by["after"])
        yield Asked("amount", f"By how much {helper} {name} {base} {by['what']}{after}?", by["amount"].strip())
    result = _RESULT.match(rest)
    if result is not None and base in _RESULTING:
        asked = f"What {result['noun']}{_short(result['after'])} {helper} {name} {base}?"
        yield Asked("result", asked, result["amount"].strip())
    if base == "be":
        year = _YEAR.match(rest)
        if year is not None:
            yield Asked("year", f"When {statement.verb} {name} {year['done']}?", year["when"])
        agent = _AGENT.match(rest)
        if agent is not None:
            if re.fullmatch(r"[A-Z][a-zà-ÿ]+", agent["agent"]):
                return  # a person or a thing
            people = re.fullmatch(r"(?:[A-Z][a-zà-ÿ.'-]+\s+){1,3}[A-Z][\w'-]+(?:\s+and\s+[A-Z].+)?", agent["agent"])
            whom = "whom" if people is not None else "what"
            yield Asked("agent", f"By {whom} {statement.verb} {name} {agent['done']}?", agent["agent"])


def ask_document(statement: Statement, noun: str) -> Iterator[Asked]:
    """Asks for the document that does what the sentence says; its answer is the document."""
    said = re.sub(r"\b[Oo]ur\b", "its", statement.predicate)
    yield Asked("sentence", f"Which {noun} {said}?", "")


def _things(text: str) -> str | None:
    """The noun phrase at the beginning of a text, where it ends in a plural."""
    things = _STOP_THINGS.sub("", text).strip()
    last = things.split()[-1]
    return things if re.search(r"[^s]s$", last) or last in _PLURALS else None


def _short(text: str) -> str:
    """What comes behind an amount, where it is short enough to be part of the question."""
    text = re.split(r"\s+and\s+(?=\d|up to\b|over\b|by\b)", text)[0].rstrip(" .,;")
    return text if len(text.split()) <= 9 else ""
