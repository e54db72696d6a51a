"""``query.split``: a comparison or a chain as its parts, by the form of the question."""

from __future__ import annotations

import re
from typing import Any

from ragkit.component import Component, Parameters
from ragkit.components.query.decompose import Decomposed
from ragkit.trace.words import one_line
from ragkit.types import Decision, Result

_ASKS = r"(?:who|what|which|where|when|why|how|is|are|was|were|do|does|did|has|have|can)\b"
# Repetitions are possessive (*+) and have a bound: what a name holds never helps what follows it, and a text of
# capitals would take the square of its length to find that out.
_CAPITAL = rf"(?!(?i:{_ASKS}))[A-Z0-9][\w.'’/^+#*-]*+"
_LITTLE = r"(?:(?:of|the|de|la|van|von|for|&)\s+){0,2}"
_QUOTED = r"[\"“][^\"“”]+[\"”]"
_NAME = rf"(?:{_QUOTED}|(?:[Tt]he\s+|an?\s+)?{_CAPITAL}(?:\s+{_LITTLE}{_CAPITAL}){{0,15}}+)"
_BRACKETS = r"(?:\s*[(\[][^)\]]{0,200}+[)\]])?"
_NO_NOUN = r"(?:of|the|de|la|van|von|for|and|or|nor|in|on|at|to|by|with|from|as|than|vs|versus)\b"
_DESCRIBED = rf"(?:[Tt]he|[Aa]n?)\s+{_CAPITAL}\s+(?!{_NO_NOUN}|{_ASKS})[a-z-]+\s+{_CAPITAL}"
"""A name behind what it is: "the AutoML agent SELA"."""


def _alternatives(name: str, last: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:(?:both|either|between|neither)\s+)?(?P<first>{name}){_BRACKETS}(?P<more>(?:,\s+{name}{_BRACKETS}){{0,20}}+)"
        rf"(?P<joined>,?\s+(?:and|or|nor|vs\.?|versus)\s+)(?P<last>{last}){_BRACKETS}"
    )


_ANY_NAME = rf"(?:{_DESCRIBED}|{_NAME})"
# Between two names may stand a verb as well as a noun, so only a described last name makes one of the first.
_ALTERNATIVES = ((_alternatives(_ANY_NAME, _DESCRIBED), _ANY_NAME), (_alternatives(_NAME, _NAME), _NAME))
_CHAIN = re.compile(
    r"^.*\b(?:the|an?|this|that|which|what|whose)\s+((?:[\w'’-]+\s+){0,4}?[a-z][\w'’-]*),?\s+"
    r"((?:who|that|which|whose|where|(?:in|of|to|by|for|on|at)\s+(?:which|whom|whose))\s+.{8,}?)[?.!\s]*$"
)


class Split(Component):
    """Splits a question by its form into parts that can be searched for alone; without a language model.

    Use it where questions compare or chain, and there is no model to ask: it has the ports of ``query.decompose`` and
    knows two forms. *Alternatives*: names joined by "and", "or", "vs" give the question once for each name, without
    the others ("Who is older, A or B?": "Who is older, A", "Who is older, B"). *Chain*: what the last relative
    clause describes comes first ("the birthplace of the author who wrote X": "author who wrote X"), then the whole.
    Where neither fits the question is its own only part. It reads English, and a form is not a meaning: "Trinidad and
    Tobago" is split too.

    Cost: none. Shape: a question in; ``questions``, at least one, and ``several`` (bool) out.

    Source: the kinds of multi-hop questions that DecompRC (Min et al., arXiv 1906.02916, Section 3) tells apart:
    bridging, intersection and comparison; its spans are learned, these are patterns.

    Errors: none.

    YAML::

        steps:
          parts: {use: query.split}
          each: {use: flow.map, over: parts.questions, max_items: 4, output: hits,
                 steps: {hits: {use: retrieve.hybrid, query: item, k: 10}}}
          pool: {use: fuse.rrf, passages: [each]}
        output: pool

    Python::

        from ragkit.components.query.split import Split

        parts = Split(Split.Params()).run("Which is older, BM25 or HNSW?").value
        assert parts.questions == ["Which is older, BM25?", "Which is older, HNSW?"] and parts.several
        assert Split(Split.Params()).run("What is BM25?").value.questions == ["What is BM25?"]
    """

    class Params(Parameters):
        """``query.split`` has no parameters."""

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)

    def run(self, question: str) -> Result[Decomposed]:
        """Splits the question."""
        form, parts = split(question)
        if len(parts) > 1:
            reason = f"{form}: " + " | ".join(one_line(part, 60) for part in parts)
        else:
            reason = "no form fits: the question is its own only part"
        decision = Decision("query", reason, details={"form": form, "parts": parts})
        return Result(Decomposed(parts, len(parts) > 1), decision)


def split(question: str) -> tuple[str, list[str]]:
    """The form of a question (``alternatives``, ``chain`` or ``one``) and its parts, at least one."""
    flat = " ".join(question.split())
    for pattern, name in _ALTERNATIVES:
        found = pattern.search(flat)
        if found is None:
            continue
        names = [found["first"], *re.findall(name, found["more"]), found["last"]]
        start = found.start()
        if len(names) > 2 and "or" in found["joined"] and "," not in found["joined"]:
            # "Which artist was Italian, A or B": what stands before the comma is no alternative.
            names, start = names[-2:], found.start() + flat[found.start() :].index(names[-2])
        parts = list(dict.fromkeys(f"{flat[:start]}{one}{flat[found.end() :]}" for one in names))
        if len(parts) > 1:
            return "alternatives", parts
    if found := _CHAIN.search(flat):
        inner = f"{found[1]} {found[2]}"
        if len(inner) < len(flat) - 8:
            return "chain", [inner, flat]
    return "one", [question]
