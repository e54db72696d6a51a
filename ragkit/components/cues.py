"""What the form of an English question gives away: a list, a number, several things at once, names."""

from __future__ import annotations

import re

FUNCTION_WORDS = frozenset(
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
"""Words that carry no content in an English question, those that only ask included."""
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
_NUMBER = re.compile(
    r"\bhow (?:many|much|large|big|far|long|fast|often|few|high|low)\b|\bnumber of\b|\bup to what\b|\bpercent(?:age)?\b"
    r"|\b(?:what|which|by what) (?:percentage|percent|share|fraction|portion|number|size|range|year|margin|factor)\b",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:two|three|four|both|each|either|neither|all|common|shared?|same|among|between|versus|vs|respectively"
    r"|another|other|later|also)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w.^-]*[A-Z0-9][\w^-]*")


def asks_for_list(text: str) -> bool:
    """True for "which papers …", "list the methods …", "papers on …"; false for "what are the models called …"."""
    return bool(_LIST.search(text)) and not _ONE_NAME.search(text)


def asks_for_number(text: str) -> bool:
    """True for "how many …", "by what margin …"."""
    return bool(_NUMBER.search(text))


def several(text: str) -> int:
    """How many words speak of more than one thing: "both", "in common", "the other", "versus"."""
    return len(_SEVERAL.findall(text))


def names(text: str) -> list[str]:
    """Words that are written like the name of a system: "CRAG", "Self-RAG", "GPT-4"; with a second capital or digit."""
    return _NAME.findall(text)
