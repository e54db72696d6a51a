"""Citations as ALCE measures them (Gao et al., arXiv 2305.14627, Section 4), with an entailment model or verbatim.

An answer is a list of statements, each with the passages whose marks, ``[1]``, it bears.

* **Recall** of a statement is 1 where it bears marks and the passages they name, together, support it. Of an answer:
  the mean over its statements; a statement without marks has 0.
* **Precision** of a citation is 1 where its statement has recall 1 and the passage is not irrelevant; it is irrelevant
  where it does not support the statement alone and the others support it without it. Of an answer: the mean over its
  citations, 0 where it has none. A mark that names no passage which reached the answer is a citation that supports
  nothing.

ALCE's own script reads the first three marks of a sentence and leaves out marks without a passage; here all count.

What "support" means is the caller's: an entailment function over (premise, hypothesis), where the premise is title and
text of the passages; or, without one, **verbatim**: a passage supports a statement when the statement is a quotation of
it, word for word but for white space, and at the place that the citation gives where it gives one.

Verbatim is all that can be said without a model, and it is little. It shows that no quote is altered, misplaced or
attributed to another passage; it does not show that the quote answers the question, and a statement in words of its own
counts as unsupported even where it is true to its source. ``generate.extractive`` has 1 by construction: there this is
a check of the software and no merit of the pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ragkit.corpus.chunks.segmenting import sentence_spans
from ragkit.evaluate.metrics.answers import without_marks
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.types import Answer, Passage

Entails = Callable[[str, str], bool]
"""Whether a premise entails a hypothesis."""
CITATION_METRICS = ("citation_precision", "citation_recall")

_MARK = re.compile(r"\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]")
_LEADING = re.compile(r"\s*(?:\[\d{1,4}(?:\s*,\s*\d{1,4})*\]\s*)+")
_ITEM = re.compile(r"^[ \t]*[-*•][ \t]+([^\n]*:)[ \t]*\Z", re.MULTILINE)
"""An item of a list that introduces what follows it."""
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an answer.

    Attributes:
        text: Its words without marks.
        marks: The numbers of its citations, each once, in order.
        quote: The quotation in it, where the answer gives one as such.
    """

    text: str
    marks: tuple[int, ...]
    quote: str | None = None


def citation_metrics(outcome: Outcome, entails: Entails | None = None) -> dict[str, float | None]:
    """The metrics of ``CITATION_METRICS``; None where there is no answer, or one that says that there is none.

    Args:
        outcome: The run.
        entails: What decides on support; None compares verbatim.
    """
    answer = outcome.answer
    found = [] if answer is None or answer.abstained else list(statements(answer))
    if answer is None or not found:
        return dict.fromkeys(CITATION_METRICS)
    judge = _Judge(answer, outcome.by_id(), entails)
    supported = [judge.supported(statement, statement.marks) for statement in found]
    cited = sum(len(statement.marks) for statement in found)
    right = sum(
        judge.needed(statement, mark)
        for statement, yes in zip(found, supported, strict=True)
        if yes
        for mark in statement.marks
    )
    return {
        "citation_precision": right / cited if cited else 0.0,
        "citation_recall": sum(supported) / len(found),
    }


def statements(answer: Answer) -> Iterator[Statement]:
    """The statements of an answer: its quotations, and the sentences of the rest.

    A quotation is what stands between “ and ” and is the quote of a citation; it is one statement however many
    sentences it has, together with what introduces it: the sentence before it that ends with a colon, or, in an item of
    a list, all that stands before it in its line (a title). Marks behind a sentence's full stop belong to it.
    """
    at = 0
    for start, end, quote in _quotations(answer):
        item = _ITEM.search(answer.text, at, start)
        before = list(_sentences(answer.text[at : start if item is None else item.start()]))
        lead = "" if item is None else f"{item[1]} "
        if item is None and before and before[-1].text.endswith(":") and not before[-1].marks:
            lead = f"{before.pop().text} "
        yield from before
        yield Statement(f"{lead}{quote}", _marks(answer.text[start:end]), quote)
        at = end
    yield from _sentences(answer.text[at:])


def _quotations(answer: Answer) -> Iterator[tuple[int, int, str]]:
    """Where the quotes of the citations stand in the answer between quotation marks, with the marks behind them."""
    quotes = sorted({each.quote for each in answer.citations if each.quote and _WORD.search(each.quote)}, key=len)
    if not quotes:
        return
    # The longest first: a quote can begin another.
    either = re.compile("|".join(re.escape(f"“{quote}”") for quote in reversed(quotes)))
    for found in either.finditer(answer.text):
        marks = _LEADING.match(answer.text, found.end())
        yield found.start(), found.end() if marks is None else marks.end(), found[0][1:-1]


def _sentences(text: str) -> Iterator[Statement]:
    last: Statement | None = None
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        behind = _LEADING.match(sentence)
        if behind is not None and last is not None:
            last = replace(last, marks=tuple(dict.fromkeys((*last.marks, *_marks(behind[0])))))
            sentence = sentence[behind.end() :]
        words = without_marks(sentence).strip(" \n\t-*•")
        if not _WORD.search(words):
            continue
        if last is not None:
            yield last
        last = Statement(words, _marks(sentence))
    if last is not None:
        yield last


def _marks(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(number) for group in _MARK.findall(text) for number in group.split(",")))


class _Judge:
    """Whether passages support a statement; each pair is asked once."""

    def __init__(self, answer: Answer, passages: dict[str, Passage], entails: Entails | None) -> None:
        self._citations = {citation.number: citation for citation in answer.citations}
        self._passages = {
            number: passages[citation.passage_id]
            for number, citation in self._citations.items()
            if citation.passage_id in passages
        }
        self._entails = entails
        self._known: dict[tuple[Statement, tuple[int, ...]], bool] = {}

    def supported(self, statement: Statement, marks: tuple[int, ...]) -> bool:
        """The passages of these marks support the statement together."""
        key = (statement, marks)
        if key not in self._known:
            there = bool(marks) and all(mark in self._passages for mark in marks)
            self._known[key] = there and self._ask(statement, marks)
        return self._known[key]

    def needed(self, statement: Statement, mark: int) -> bool:
        """The citation is not irrelevant to a statement that is supported."""
        others = tuple(each for each in statement.marks if each != mark)
        return self.supported(statement, (mark,)) or not self.supported(statement, others)

    def _ask(self, statement: Statement, marks: Sequence[int]) -> bool:
        if self._entails is None:
            return any(self._quoted(statement, mark) for mark in marks)
        given = (self._passages[mark] for mark in marks)
        premise = "\n\n".join(f"{passage.title}\n{passage.text}".strip() for passage in given)
        return self._entails(premise, statement.text)

    def _quoted(self, statement: Statement, mark: int) -> bool:
        citation, text = self._citations[mark], self._passages[mark].text
        if statement.quote is not None and citation.quote == statement.quote and citation.start is not None:
            return text[citation.start : citation.end] == statement.quote
        words = statement.quote if statement.quote is not None else statement.text.strip("“”\"'")
        return _single_spaced(words) in _single_spaced(text)


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
