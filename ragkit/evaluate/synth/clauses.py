"""Clauses by their surface: what opens and what trails behind them, what is a noun, what is whole."""

from __future__ import annotations

import re

from ragkit.evaluate.synth.verbs import bases, is_finite
from ragkit.evaluate.synth.wordlist import word_set

LONGEST = 24
"""The most words of a clause."""
_OPENING = re.compile(
    r"^(?:(?:Specifically|Furthermore|Moreover|Additionally|Notably|Finally|Importantly|Concretely|Interestingly"
    r"|Surprisingly|However|Therefore|Thus|Hence|Consequently|Also|Here|Further|Second|First|Third|Lastly|Overall"
    r"|Besides|Meanwhile|Crucially|Experimentally|Empirically|Theoretically|As a result|To this end"
    r"|In (?:addition|particular|general|total|fact|contrast|summary|conclusion|short"
    r"|this (?:paper|work|study|article|report|survey))|For (?:example|instance)),\s+"
    r"|(?:In this (?:paper|work|study|article)|Here)\s+(?=we\b)"
    r"|(?:To|In|By|For|With|Through|Using|Unlike|Inspired by|Motivated by|Based on|On) [^,.;]{3,90},\s+"
    r"(?=we\b|our\b))+"
)
_LABEL = re.compile(r"^(?:[A-Z]{5,}(?:\s+(?:AND|OF)\s+[A-Z]{5,}|\s+[A-Z]{5,})*:?\s+)(?=[A-Z][\w-]*[a-z])")
_PARENTHESIS = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)")
_CITATION = re.compile(r"\s*\[[\d,;\s–-]+\]")
_TRAILING = re.compile(
    r"(?:;|:|\s[–—]|,\s+(?:while|whereas|which|who|where|when|thereby|thus|hence|therefore|making|leading|resulting"
    r"|enabling|allowing|showing|demonstrating|achieving|suggesting|indicating|highlighting|outperforming|reducing"
    r"|providing|offering|it|they|he|she|various|many|several|some|most|such|there|but|as|so|yet|respectively|including"
    r"|especially|particularly|and\s+(?:we|it|they|he|she|this|these|the|its|our|is|are|was|were|has|have|that|thus"
    r"|therefore|then|even|also|\w+s\s+(?:the|a|an|that))|with\s+the|even|without|compared|e\.g\.|i\.e\.)"
    r"|\s+(?:while|whereas|thereby|and\s+(?:we|that|it|they|its)))(?=\W).*$"
)
# At a comma before one of these a long clause can end; at another it could be a list that is cut.
_HANGS_ON = re.compile(
    r"\w+ing|with|in|by|for|on|at|from|after|before|during|through|as|to|under|until|when|where|which|who|because|since"
)
DANGLING = word_set(
    """along together such well late early only because due according prior instead rather out up lying being ranging
    starting beginning following depending"""
)
"""Words that want another one behind them."""
_NO_NOUN = re.compile(r"(?:ed|ly|ive|ous|ful|able|ible|ic|al)$")
_NOUN_ALL_THE_SAME = word_set(
    """model method feed seed bed metal logic topic metric music fabric clinic critic comic arsenal journal hospital
    animal protocol capital festival signal material trial table cable variable vegetable relative objective
    detective representative executive archive family assembly anomaly mathematic republic public graphic plastic
    antibiotic musical criminal official professional individual general admiral cardinal manual terminal portal
    canal medal crystal chemical pharmaceutical mineral retrieval removal survival renewal approval trunk traffic
    heuristic characteristic dynamic epidemic pandemic perspective initiative alternative incentive adhesive
    sedative derivative electrical need breed species supply reply butterfly assembly jelly bully rally"""
)


def without_opening(sentence: str) -> str:
    """A sentence without its label ("METHODS"), parentheses, citations and what only leads over to it."""
    text = _LABEL.sub("", _CITATION.sub("", _PARENTHESIS.sub("", sentence)).strip())
    text = _OPENING.sub("", text)
    return text[:1].upper() + text[1:]


def plain_clause(text: str) -> str:
    """A clause without parentheses, citations, what trails behind it, and the full stop."""
    text = _TRAILING.sub("", _CITATION.sub("", _PARENTHESIS.sub("", text)).strip()).strip()
    words = text.split()
    if len(words) > LONGEST:
        cuts = [i for i in range(8, LONGEST) if words[i - 1].endswith(",") and _HANGS_ON.fullmatch(words[i])]
        text = " ".join(words[: cuts[-1]]) if cuts else text
    return text.rstrip(" .,;:")


def is_noun(word: str) -> bool:
    """False for a word that ends like an adjective or an adverb: no phrase ends with it."""
    simple = word.lower().rpartition("-")[2]
    return not _NO_NOUN.search(simple) or simple in _NOUN_ALL_THE_SAME or word[:1].isupper()


def is_whole(text: str) -> bool:
    """False where a clause after "that" has lost its verb, because it was cut at a comma."""
    clause = re.search(r"\bthat\s+\S+\s+(.*)", text)
    return clause is None or any(is_finite(word) or word in bases() for word in clause[1].rstrip(",").split())


def main_clause(text: str) -> list[str]:
    """The words before the first clause that hangs on another."""
    return re.split(r"\bthat\b|\bwhich\b|\bwho\b|\bwhen\b|\bwhile\b|\bhow\b|\bwhether\b|\bwhere\b", text)[0].split()
