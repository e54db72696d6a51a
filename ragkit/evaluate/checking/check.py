"""``check_questions``: everything that can be found wrong with a question set without running a pipeline."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.checking.duplicates import find_duplicates
from ragkit.evaluate.checking.finding import CODES, CheckReport, Finding
from ragkit.evaluate.checking.form import check_form
from ragkit.evaluate.checking.gold import check_gold
from ragkit.evaluate.checking.reach import BLOCK, Ranks, Reach, check_reach, reached
from ragkit.evaluate.documents import Documents
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import Question, parse_questions, read_content

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader

WITHIN = 100
"""A gold document further down than this in every ranking counts as out of reach."""


def check_questions(
    path: Path | str, reader: Reader, *, within: int = WITHIN, ignore: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> CheckReport:  # fmt: skip
    """Checks the form of every question, and its ids, answers and evidence against a corpus.

    Args:
        path: The file.
        reader: The index of the corpus that the questions are about.
        within: How many documents of a ranking are looked at for gold.
        ignore: Codes of findings that are left out, and counted.
        progress: Is told now and then how many questions have been looked up in the index.

    Raises:
        UsageError: The file cannot be read or has no question, or a code is unknown.
    """
    for code in ignore:
        if code not in CODES:
            raise UsageError(
                f"unknown finding {code!r}{did_you_mean(code, CODES)}", hint=f"there are: {', '.join(CODES)}"
            )
    if within < 1:
        raise UsageError(f"'within' is {within}; at least 1 document has to be looked at")
    content = read_content(Path(path))
    lines: list[int] = []
    questions: list[Question] = []
    findings: list[Finding] = []
    for line, parsed in parse_questions(content, str(path)):
        if isinstance(parsed, Question):
            lines.append(line)
            questions.append(parsed)
        else:
            findings.append(_unreadable(line, parsed, str(path)))
    if not questions and not findings:
        raise UsageError("the file has no questions; a question is one JSON object a line", place=str(path))

    documents = Documents(reader)
    reach = Reach(reader, documents, within)
    ranks: list[Ranks] = []
    vectors = [reader.encode([])]
    for start in range(0, len(questions), BLOCK):
        if progress is not None:
            progress(Progress(start, len(questions), stage="checking"))
        block = questions[start : start + BLOCK]
        vectors.append(reader.encode([question.question for question in block]))
        ranks += reach.ranks(block)
    for question, line, rank in zip(questions, lines, ranks, strict=True):
        findings += check_form(question, line)
        findings += check_gold(question, line, documents)
        findings += check_reach(question, line, rank, within)
    findings += find_duplicates(questions, lines, np.concatenate(vectors))
    findings.sort(key=lambda finding: finding.line)
    return CheckReport(
        file=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        corpus=_corpus(reader),
        questions=len(questions),
        kinds=dict(_kinds(questions)),
        within=within,
        reach=reached(ranks, within),
        findings=tuple(finding for finding in findings if finding.code not in ignore),
        ignored=dict(Counter(finding.code for finding in findings if finding.code in ignore)),
    )


def _unreadable(line: int, error: UsageError, file: str) -> Finding:
    column = (error.place or "").removeprefix(f"{file}:{line}").lstrip(":")
    return Finding(
        "not-a-question", line, None, error.message, error.hint or "mend the line, or take it away",
        int(column) if column.isdigit() else None,
    )  # fmt: skip


def _kinds(questions: Collection[Question]) -> Iterator[tuple[str, int]]:
    counted = Counter(question.kind or "(none given)" for question in questions)
    for kind in ("single", "multi", "aggregate", "none", "unanswerable", "(none given)"):
        if counted[kind]:
            yield kind, counted[kind]


def _corpus(reader: Reader) -> dict[str, Any]:
    return {
        "name": reader.name,
        "version": reader.version,
        "documents": reader.manifest.documents,
        "passages": reader.manifest.passages,
        "encoder": reader.encoder,
    }
