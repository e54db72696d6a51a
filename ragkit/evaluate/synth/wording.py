"""Other words for the same: a question should not be the sentence that answers it.

Only what cannot change the meaning is touched: adverbs of praise go, the main verb may give way to another of the same
sense, and what trails behind is left out as long as the rest still means one document.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping

from ragkit.evaluate.synth.clauses import DANGLING, is_noun
from ragkit.evaluate.synth.statements import Statement
from ragkit.evaluate.synth.verbs import is_finite, is_only_a_verb, past, third_person

_SENSES = (
    "use utilize employ leverage", "reduce lower decrease", "increase raise", "achieve attain reach",
    "outperform surpass", "propose present introduce", "propose put+forward", "develop devise", "show demonstrate",
    "investigate examine study look+into", "evaluate assess", "identify pinpoint", "comprise consist+of",
    "require need", "allow enable", "provide offer", "address tackle", "generate produce", "obtain get",
    "facilitate ease", "mitigate alleviate", "accelerate speed+up", "maintain preserve",
    "describe outline", "promote foster", "inhibit suppress", "regulate control", "eliminate remove",
)  # fmt: skip
_FOLLOWED_BY = {
    "show": r"that|how|an?|the|its", "demonstrate": r"that|how|an?|the|its", "look into": r"an?|the|its|how|whether",
    "need": r"an?|the|no|\w+s", "get": r"an?|the", "reach": r"an?|the|\d", "present": r"an?|the|\w+s",
    "introduce": r"an?|the|\w+s", "put forward": r"an?|the|\w+s",
}  # fmt: skip
"""A verb that only fits in front of certain words."""
_PRAISE = re.compile(
    r"\b(?:significantly|substantially|consistently|effectively|efficiently|remarkably|notably|drastically|dramatically"
    r"|greatly|markedly|considerably|successfully|adeptly|seamlessly|extensively|thus|also|further|therefore|thereby"
    r"|additionally|explicitly|simply|jointly)\s+",
)
_TAIL = re.compile(
    r",?\s+(?:for|in|with|by|on|through|via|using|across|under|during|while|when|from|at|and|over|among|between|without"
    r"|compared|based|including|that|which|where|as)\b(?=[^,]*$)"
)
_SHORTEST, _NEAR_END = 5, 40
_TAKES_WITH = re.compile(
    r"\b(?:combin|compar|associat|interact|integrat|replac|correlat|merg|pair|align|equip|link)\w*\b(?!.*\bwith\b)"
)


def reworded(statement: Statement, rng: random.Random) -> Statement:
    """The statement without praise and, where there is one, with another verb of the same sense; the sentence stays."""
    rest = _PRAISE.sub("", statement.rest)
    adverb = "" if _PRAISE.fullmatch(statement.adverb) else statement.adverb
    verb = statement.verb
    base = statement.form.base
    others = [other for other in _others(base) if _fits(other, rest)]
    if others:
        base = rng.choice(others)
        head, _, particle = base.partition(" ")
        verb = (third_person(head) or head) if statement.form.tense == "present" else past(head)
        verb = f"{verb} {particle}".strip()
    form = statement.form._replace(base=base)
    return statement._replace(adverb=adverb, verb=verb, form=form, rest=rest)


def exchanged(text: str, forms: Mapping[str, str], rng: random.Random) -> str:
    """The text with an abbreviation written out, or a long form abbreviated, in half of the cases where that can be.

    One place is exchanged, that of the longest form: what stands inside of another is none of its own.

    Args:
        text: A question.
        forms: Each abbreviation with what it stands for, both in the singular.
        rng: Chooses the cases.
    """
    for short, long in sorted(forms.items(), key=lambda form: -len(form[1])):
        for old, new in ((short, long), (f"{short}s", f"{long}s"), (f"{long}s", f"{short}s"), (long, short)):
            place = re.search(rf"(?<![\w-]){re.escape(old)}(?![\w-])", text)
            if place is not None:
                return f"{text[: place.start()]}{new}{text[place.end() :]}" if rng.random() < 0.5 else text
    return text


def shortened(question: str, is_enough: Callable[[str], bool]) -> str:
    """The question without its last phrases, as long as ``is_enough`` says that it still means one document."""
    text, mark = question[:-1], question[-1]
    while True:
        tails = list(_TAIL.finditer(text))
        shorter = text[: tails[-1].start()] if tails else text
        cuts_list = re.match(r",?\s+(?:and|or)\b", text[len(shorter) :]) and "," in shorter[-_NEAR_END:]
        if shorter == text or cuts_list or not _ends_well(shorter) or not is_enough(f"{shorter}{mark}"):
            return f"{text}{mark}"
        text = shorter


def _ends_well(text: str) -> bool:
    words = text.split()
    pair = re.search(r"\b(?:between|both|either|from)\b(?!.*\band\b)", text)
    return (
        len(words) >= _SHORTEST and pair is None and _TAKES_WITH.search(text) is None
        and is_noun(words[-1]) and words[-1].lower() not in DANGLING
        and not is_finite(words[-1]) and not is_only_a_verb(words[-1])
    )  # fmt: skip


def _others(base: str) -> Iterator[str]:
    if base == "get":
        return  # it means too many things
    for sense in _SENSES:
        words = [word.replace("+", " ") for word in sense.split()]
        if base in words:
            yield from (word for word in words if word != base)


def _fits(verb: str, rest: str) -> bool:
    wanted = _FOLLOWED_BY.get(verb)
    return wanted is None or re.match(rf"(?:{wanted})\b", rest) is not None
