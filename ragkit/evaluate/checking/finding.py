"""A finding about one question, and the report that holds all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Severity = Literal["error", "warning"]
Code = Literal[
    "not-a-question", "no-kind", "gold-missing", "gold-unexpected", "gold-few", "gold-unknown", "gold-unreachable",
    "gold-far", "answers-missing", "answers-unexpected", "answer-empty", "answer-not-in-gold", "evidence-not-in-gold",
    "evidence-differs", "duplicate", "near-duplicate",
]  # fmt: skip
CODES: tuple[Code, ...] = get_args(Code)

MEANINGS: Mapping[Code, str] = {
    "not-a-question": "the line is no question: no JSON, a key missing or of another type, an id given twice",
    "no-kind": "the question has no kind, so reports by kind leave it out",
    "gold-missing": "single, multi and aggregate questions need gold documents",
    "gold-unexpected": "none and unanswerable questions have no gold document",
    "gold-few": "a multi or aggregate question has fewer than two gold documents",
    "gold-unknown": "a gold id is no document of the corpus",
    "gold-unreachable": "no retriever finds any gold document of the question",
    "gold-far": "no retriever finds some gold document of the question",
    "answers-missing": "the kind has an answer, but none is given: only retrieval can be measured",
    "answers-unexpected": "an unanswerable question has no answer",
    "answer-empty": "nothing is left of an answer without punctuation and articles",
    "answer-not-in-gold": "no accepted answer stands in a gold document",
    "evidence-not-in-gold": "an evidence stands in no gold document",
    "evidence-differs": "an evidence stands in a gold document in other spelling",
    "duplicate": "a question is asked twice",
    "near-duplicate": "two questions are nearly the same",
}
"""What each finding means, in a sentence."""

WARNINGS: frozenset[Code] = frozenset(
    {"no-kind", "gold-few", "gold-far", "answers-missing", "evidence-differs", "near-duplicate"}
)
"""Findings that may be meant so; all others are errors."""


SHOWN = 120
"""Characters of a question, an answer or an evidence that a message shows; ``details`` has all of them."""


def quoted(text: str) -> str:
    """A text as a message shows it: in quotes, and not much of a very long one."""
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one question.

    Attributes:
        code: A stable name; ``MEANINGS`` explains it.
        line: The line of the file, from 1.
        id: The question's id; None where the line is no question.
        message: What was found.
        hint: How to mend it.
        column: From 1, where it is known.
        details: The numbers and names behind it.
    """

    code: Code
    line: int
    id: str | None
    message: str
    hint: str
    column: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """An error has to be mended, a warning may be meant so."""
        return "warning" if self.code in WARNINGS else "error"

    def as_dict(self, file: str) -> dict[str, Any]:
        """The finding as a JSON object, with its severity and its file."""
        return {"severity": self.severity, "file": file, **asdict(self), "details": dict(self.details)}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        file: The file, as it was named.
        sha256: The digest of what was read.
        corpus: Name and version of the index, documents and passages in it, and the encoder.
        questions: How many were read.
        kinds: How many of each kind; "(none given)" counts those without.
        within: How many documents of a ranking were looked at for gold.
        reach: For each retriever the share of gold documents among its first ``within``; None without gold.
        findings: In the order of lines; those of ignored codes are left out.
        ignored: How many findings of each ignored code were left out.
    """

    file: str
    sha256: str
    corpus: Mapping[str, Any]
    questions: int
    kinds: Mapping[str, int]
    within: int
    reach: Mapping[str, float | None]
    findings: tuple[Finding, ...]
    ignored: Mapping[str, int]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings there are of each severity."""
        counted = Counter(finding.severity for finding in self.findings)
        return {"error": counted["error"], "warning": counted["warning"]}

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "ok": not self.counts["error"],
            "file": self.file,
            "sha256": self.sha256,
            "corpus": dict(self.corpus),
            "questions": self.questions,
            "kinds": dict(self.kinds),
            "errors": self.counts["error"],
            "warnings": self.counts["warning"],
            "reach": {"within": self.within, **self.reach},
            "ignored": dict(self.ignored),
            "findings": [finding.as_dict(self.file) for finding in self.findings],
        }
