"""What a question asks for: its words with their weights, a number, a list."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.corpus.index.words import Words
    from ragkit.corpus.reader import Reader

# Words that carry no content in an English question, those that only ask included.
_FUNCTION = frozenset(
    re.findall(
        r"\w+",
        """
    a an the this that these those there here it its they them their he she his her you your we our us i me my mine
    one ones is are was were be been being am do does did done doing has have had having can could will would shall
    should may might must and or but nor if then than so as at by for from in into of off on onto out over to up
    with within without about across after again against along among around before behind below beneath beside
    besides between beyond during except near since through throughout till toward towards under until upon via what
    which who whom whose when where why how whether not no yes only just also too very more most less least much
    many few some any all both each every either neither other others another such same own please tell name list
    give say show find get got let make made call called s t d ll m o re ve
    """,
    )
)
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_NUMBER_ASKED = re.compile(
    r"\bhow (?:many|much|large|big|far|long|fast|often|few|high|low)\b|\bnumber of\b|\bup to what\b|\bpercent(?:age)?\b"
    r"|\b(?:what|which|by what) (?:percentage|percent|share|fraction|portion|number|size|range|year|margin|factor)\b",
    re.IGNORECASE,
)
_COUNT = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
_THINGS = (
    r"(?:papers|studies|articles|publications|documents|reports|surveys|reviews|methods|approaches|techniques|schemes"
    r"|strategies|systems|frameworks|libraries|tools|models|architectures|algorithms|optimi[sz]ers|benchmarks|datasets"
    r"|data sets|projects|authors|notes|pages|files|books|posts|examples)"
)
# Up to five words between "which" and the plural, none of which begins another clause or says how many there are.
_NEAR = rf"(?:(?!{_COUNT}\b|(?:of|that|do|does|did|is|was|are|were|has|have|when|if)\b)[\w'’/-]+\s+){{0,5}}?{_THINGS}\b"
_ASK = r"(?:which|what|list|enumerate|name|find|show|give|tell)\s+(?:(?:me|us|all|of|any|are|the)\s+)*"
_LIST = re.compile(
    rf"^\W*(?:please\s+|can you\s+|could you\s+)?(?:list|enumerate)\b"
    rf"|(?:^\W*|[,;:]\s*|\bplease\s+)(?:{_ASK}{_NEAR}|(?:which|what)\s+works\b)"
    rf"|^\W*(?:(?:all|any)\s+)?(?:{_THINGS}|works)\s+(?!of\b)",
    re.IGNORECASE,
)
_ONE_NAME = re.compile(r"\bwhat (?:is|are|was|were) the\b[^,;?]*\bcalled\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the extractive answer reads it.

    ``weights`` maps its terms to their weights. A content word's stem weighs its inverse document frequency in the
    corpus, ``log(1 + passages / passages with it)``, where a word in no passage counts as in half a one. Two content
    words side by side are a term too ("flow pattern"), which weighs their mean: an ordered window of the sequential
    dependence model (Metzler and Croft, SIGIR 2005). Two words with a hyphen between them ("adaptive-k") are mostly a
    name: unstemmed they are one more term, which weighs their sum. ``mass`` is the sum of the weights. ``wants_number``
    and ``wants_list`` say what kind of answer the question's form asks for.
    """

    text: str
    weights: Mapping[str, float]
    mass: float
    wants_number: bool
    wants_list: bool

    def covered(self, terms: frozenset[str]) -> float:
        """The share of the question's weight that these terms hold, 0 to 1."""
        shared = self.weights.keys() & terms
        # fsum: the order of a set changes from process to process, and must not change a score.
        return math.fsum(self.weights[term] for term in shared) / self.mass if shared else 0.0


def read_question(text: str, reader: Reader) -> Question:
    """Reads a question; document frequencies come from the corpus's own keyword index."""
    settings = reader.manifest.bm25
    ignored = function_words(settings["stopwords"])
    words = _splitter("none")(text)
    stems = dict(zip(words, _splitter(settings["stemmer"])(" ".join(words)), strict=True))
    content = [word for word in stems if word not in ignored]
    weights: dict[str, float] = {}
    for word, hits in zip(content, reader.bm25(content, None) if content else (), strict=True):
        weights[stems[word]] = math.log(1 + reader.count / max(len(hits.indices), 0.5))
    for left, right in pairwise(words):
        if left != right and {left, right}.issubset(content):
            weights[f"{stems[left]} {stems[right]}"] = (weights[stems[left]] + weights[stems[right]]) / 2
    for pair in _hyphenated(text):
        left, right = pair.split("-")
        if {left, right}.issubset(content):
            weights[pair] = weights[stems[left]] + weights[stems[right]]
    return Question(text, weights, math.fsum(weights.values()), bool(_NUMBER_ASKED.search(text)), asks_for_list(text))


def asks_for_list(text: str) -> bool:
    """True for "which papers …", "list the methods …", "papers on …"; false for "what are the models called …"."""
    return bool(_LIST.search(text)) and not _ONE_NAME.search(text)


@functools.lru_cache(maxsize=16_384)
def terms_of(text: str, language: str) -> frozenset[str]:
    """The stems of a text's words, their pairs ("a b"), and its hyphenated pairs ("a-b"); recent texts are kept."""
    stems = _splitter(language)(text)
    return frozenset(stems).union((f"{left} {right}" for left, right in pairwise(stems)), _hyphenated(text))


def _hyphenated(text: str) -> list[str]:
    parts = (name.split("-") for name in _COMPOUND.findall(text.lower()))
    return [f"{left}-{right}" for names in parts for left, right in pairwise(names)]


@functools.cache
def _splitter(language: str) -> Words:
    from ragkit.corpus.index.words import Words

    return Words(language, ())  # type: ignore[arg-type]


@functools.cache
def function_words(language: str) -> frozenset[str]:
    """The words that are left out of a question: the English ones, or those that the corpus's index leaves out."""
    if language in ("english", "none"):
        return _FUNCTION
    from ragkit.corpus.index.words import stopword_list

    return frozenset(stopword_list(language))
