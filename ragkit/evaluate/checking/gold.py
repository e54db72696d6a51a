"""What a question says of documents, held against them: ids, answers, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragkit.errors import nearest
from ragkit.evaluate.checking.finding import Finding, quoted
from ragkit.evaluate.checking.form import ANSWERED
from ragkit.evaluate.documents import Documents
from ragkit.evaluate.metrics.answers import normalise, stands_in
from ragkit.evaluate.questions import Question

# "APO and AEPO", "1.2M, 14M": an answer of several parts, each of which may stand in another document.
_PARTS = re.compile(r"\s*[,;/&]\s*|\s+(?:and|or|vs\.?|versus)\s+")
_JUDGED = frozenset({"yes", "no", "true", "false", "both", "neither", "none"})
_SEARCHED_WHOLE = 20_000
_LOOKED_AT = 5


def check_gold(question: Question, line: int, documents: Documents) -> Iterator[Finding]:
    """Findings about gold ids that are no documents, and about answers and evidence that stand in no gold document."""
    texts = []
    for id in question.gold_ids:
        document = documents.get(id)
        if document is None:
            yield _unknown(question, line, id, documents)
        else:
            texts.append(f"{document.title}\n{document.text}")
    if not texts:
        return
    if question.kind in ANSWERED or question.kind is None:
        yield from _answers(question, line, texts)
    yield from _evidence(question, line, texts, documents)


def _unknown(question: Question, line: int, id: str, documents: Documents) -> Finding:
    guess = nearest(id, _like(id, documents.ids))
    meant = f"; did you mean {guess!r}?" if guess is not None else ""
    return Finding(
        "gold-unknown", line, question.id, f"no document of corpus {documents.corpus!r} has the id {id!r}{meant}",
        f"write {guess!r}, or take the id away" if guess else "is it another corpus? --corpus NAME",
        details={"gold_id": id, "nearest": guess},
    )  # fmt: skip


def _like(id: str, ids: Sequence[str]) -> Sequence[str]:
    """Those worth a comparison: of very many ids only the ones with the same beginning or end."""
    if len(ids) <= _SEARCHED_WHOLE:
        return ids
    return [known for known in ids if known[:4] == id[:4] or known[-4:] == id[-4:]][:_SEARCHED_WHOLE]


def _answers(question: Question, line: int, texts: Sequence[str]) -> Iterator[Finding]:
    answers = [answer for answer in question.answers if normalise(answer) and normalise(answer) not in _JUDGED]
    found = [any(stands_in(answer, text) for text in texts) or _in_parts(answer, texts) for answer in answers]
    if question.kind == "aggregate":  # each answer is an item of the list
        missing = [answer for answer, stands in zip(answers, found, strict=True) if not stands]
        if missing:
            yield _absent(question, line, missing, len(texts))
    elif answers and not any(found):
        yield _absent(question, line, answers, len(texts))


def _in_parts(answer: str, texts: Sequence[str]) -> bool:
    parts = [part for part in _PARTS.split(answer) if normalise(part)]
    return len(parts) > 1 and all(any(stands_in(part, text) for text in texts) for part in parts)


def _absent(question: Question, line: int, answers: Sequence[str], gold: int) -> Finding:
    shown = ", ".join(quoted(answer) for answer in answers[:3]) + (f" and {len(answers) - 3} more" * (len(answers) > 3))
    where = "the gold document" if gold == 1 else f"any of the {gold} gold documents"
    message = f"{shown} {'does' if len(answers) == 1 else 'do'} not stand in {where}"
    return Finding(
        "answer-not-in-gold", line, question.id, message,
        "add the answer as the document words it, or mend 'gold_ids'", details={"answers": list(answers)},
    )  # fmt: skip


def _evidence(question: Question, line: int, texts: Sequence[str], documents: Documents) -> Iterator[Finding]:
    spaced = [" ".join(text.split()) for text in texts]
    for evidence in question.evidence:
        if any(" ".join(evidence.split()) in text for text in spaced):
            continue
        shown = quoted(evidence)
        if any(stands_in(evidence, text) for text in texts):
            yield Finding(
                "evidence-differs", line, question.id, f"the evidence {shown} is spelt otherwise in the gold document",
                "copy the sentence from the document", details={"evidence": evidence},
            )  # fmt: skip
            continue
        nearest = documents.nearest(evidence, _LOOKED_AT)
        place = next((one.id for one in nearest if stands_in(evidence, f"{one.title}\n{one.text}")), None)
        hint = (
            "copy a sentence of a gold document" if place is None else f"it stands in {place!r}: is that gold as well?"
        )
        yield Finding(
            "evidence-not-in-gold", line, question.id, f"the evidence {shown} stands in no gold document", hint,
            details={"evidence": evidence, "stands_in": place},
        )  # fmt: skip
