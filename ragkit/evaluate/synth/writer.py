"""An LM that writes questions about documents; what it writes passes the same filters as all other questions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ragkit.errors import LMError, UsageError
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.material import SourceDocument
from ragkit.lm.ledger import Ledger
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.spec.plan import Model
from ragkit.types import Passage, Usage

if TYPE_CHECKING:
    from ragkit.lm.cache import ResponseCache
    from ragkit.lm.reply import Reply

_MANNERS = (
    "Ask as a person would who has not read it: in your own words rather than its own, without 'the text', 'the "
    "document' or 'the authors', so that the question makes sense by itself and means this one thing only."
)
ONE = Signature(
    f"Write one question that this document answers. {_MANNERS} The answer is a few words that stand in the document "
    "exactly as you write them, and do not stand in the question.",
    inputs={"title": Field("the document's title"), "text": Field("the document")},
    outputs={
        "evidence": Field("the sentence that answers, copied word for word"),
        "answer": Field("the answer, copied word for word, a few words"),
        "question": Field("the question"),
    },
)
TWO = Signature(
    f"Write one question that can only be answered with both of these documents together. {_MANNERS} The answer is a "
    "few words that stand in one of them exactly as you write them, and do not stand in the question.",
    inputs={"first": Field("a document"), "second": Field("another document")},
    outputs={
        "first_evidence": Field("the sentence of the first document that is needed, copied word for word"),
        "second_evidence": Field("the sentence of the second document that is needed, copied word for word"),
        "answer": Field("the answer, copied word for word, a few words"),
        "question": Field("the question"),
    },
)
MISS = Signature(
    f"Write one question that a reader of this document could well ask next, and that it does not answer. {_MANNERS} "
    "Stay close to its subject; ask for a particular that it leaves out.",
    inputs={"title": Field("the document's title"), "text": Field("the document")},
    outputs={"question": Field("the question")},
)
CHECK = Signature(
    "Say whether these passages answer the question, wholly or in part.",
    inputs={"passages": Field("numbered passages"), "question": Field("the question")},
    outputs={"answered": Field("whether they answer it", bool)},
)
MOST_CHARACTERS = 8000
"""So much of a document is shown to the LM."""
_CONCURRENCY = 8


class Writer:
    """Writes questions, several side by side. Requests that fail are counted, and are an error only if all do.

    Args:
        model: A DSPy model string, ``provider/model``.
        responses: What LMs answered earlier; None asks anew each time.
        most: The most requests that may leave; None for any number.

    Raises:
        UsageError: It is no model string.
        LMError: DSPy does not take it.
    """

    def __init__(self, model: str, responses: ResponseCache | None = None, most: int | None = None) -> None:
        if "/" not in model.strip("/"):
            hint = "--lm openai/gpt-4o-mini: provider/model, as DSPy has it"
            raise UsageError(f"{model!r} is no model string", hint=hint)
        from ragkit.lm.predictor import Predictor
        from ragkit.lm.registry import open_lm

        self.model = model
        self._lm = open_lm(Model(model, concurrency=_CONCURRENCY))
        self._predictors = {id(one): Predictor(one, self._lm) for one in (ONE, TWO, MISS, CHECK)}
        self._responses = responses
        self._most = most
        self._lock = threading.Lock()
        self._sent = 0
        self._failed = 0
        self._error: LMError | None = None
        self._usage = Usage()

    @property
    def card(self) -> dict[str, Any]:
        """The model and what was spent on it."""
        return {
            "model": self.model,
            "requests": self._sent,
            "failed": self._failed,
            "first_error": None if self._error is None else str(self._error),
            "prompt_tokens": self._usage.prompt_tokens,
            "completion_tokens": self._usage.completion_tokens,
            "cached_tokens": self._usage.cached_tokens,
            "cost": self._usage.cost,
        }

    def single(self, documents: Sequence[SourceDocument]) -> list[Draft]:
        """A question about each document."""

        def write(one: SourceDocument) -> Draft | None:
            said = self._ask(ONE, {"title": one.title, "text": one.text[:MOST_CHARACTERS]})
            return None if said is None else _draft("single", said.question, said.answer, (said.evidence,), (one.id,))

        return self._side_by_side(write, documents)

    def multi(self, pairs: Sequence[tuple[SourceDocument, SourceDocument]]) -> list[Draft]:
        """A question about each pair of documents."""

        def write(pair: tuple[SourceDocument, SourceDocument]) -> Draft | None:
            first, second = (f"{one.title}\n{one.text[: MOST_CHARACTERS // 2]}" for one in pair)
            said = self._ask(TWO, {"first": first, "second": second})
            if said is None:
                return None
            evidence = (said.first_evidence, said.second_evidence)
            return _draft("multi", said.question, said.answer, evidence, (pair[0].id, pair[1].id))

        return self._side_by_side(write, pairs)

    def unanswerable(
        self, documents: Sequence[SourceDocument], search: Callable[[str], Sequence[Passage]]
    ) -> list[Draft]:
        """A question near to each document that, by the LM's own reading, nothing that is found for it answers.

        Args:
            documents: The documents.
            search: The passages of the corpus that are nearest to a question.
        """

        def write(one: SourceDocument) -> Draft | None:
            said = self._ask(MISS, {"title": one.title, "text": one.text[:MOST_CHARACTERS]})
            if said is None:
                return None
            question = " ".join(said.question.split())
            checked = self._ask(CHECK, {"passages": numbered(search(question)), "question": question})
            if checked is None or checked.answered:
                return None
            return Draft("unanswerable", "written", question, made_from=(one.id,))

        return self._side_by_side(write, documents)

    def _side_by_side(self, write: Callable[[Any], Draft | None], about: Sequence[Any]) -> list[Draft]:
        with ThreadPoolExecutor(_CONCURRENCY, thread_name_prefix="ragkit-writer") as pool:
            found = [draft for draft in pool.map(write, about) if draft is not None]
        if self._error is not None and self._failed == self._sent:
            raise self._error
        return found

    def _ask(self, signature: Signature, fields: Mapping[str, Any]) -> Reply | None:
        """Asks once; None where no request may leave any more, or it failed."""
        from ragkit.lm.asking import ask
        from ragkit.lm.handed import Handed

        with self._lock:
            if self._most is not None and self._sent >= self._most:
                return None
            self._sent += 1
        ledger = Ledger(prepaid=1, cache=self._responses)
        try:
            return ask(Handed(self._predictors[id(signature)], self._lm, ledger), fields, {})
        except LMError as error:
            with self._lock:
                self._failed += 1
                self._error = self._error or error
            return None
        finally:
            with self._lock:
                self._usage += ledger.usage


def _draft(kind: Any, question: str, answer: str, evidence: Sequence[str], ids: tuple[str, ...]) -> Draft:
    plain = [" ".join(text.split()) for text in (question, answer.rstrip(" ."), *evidence)]
    return Draft(kind, "written", plain[0], (plain[1],), ids, tuple(plain[2:]), ids)
