"""One question to a predictor, in ragkit's format, and the reply with what the ledger knows of it."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dspy

from ragkit.errors import LMError, RagkitError
from ragkit.lm.accounts import AccountSpentError
from ragkit.lm.adapter import ChatAdapter
from ragkit.lm.failures import explained, unreadable
from ragkit.lm.handed import Handed
from ragkit.lm.ledger import BudgetSpentError, Page, page
from ragkit.lm.lm import LM
from ragkit.lm.marks import harmless
from ragkit.lm.registry import wrapped
from ragkit.lm.reply import Reply
from ragkit.lm.stream import FieldStream


def ask(handed: Handed, fields: Mapping[str, Any], config: Mapping[str, Any], streamed: str | None = None) -> Reply:
    """Asks once.

    Args:
        handed: The predictor to ask with, and the ledger to write into.
        fields: The values of the input fields.
        config: Settings of this request.
        streamed: The output field whose text is handed on while it comes.

    Raises:
        LMError: The LM did not answer, or not with the fields that were asked for.
        RagkitError: The cache cannot be read.
    """
    predictor, ledger = handed.predictor, handed.ledger
    lm = predictor.lm or handed.lm
    own = lm if isinstance(lm, LM) else wrapped(lm)  # an LM that the program's owner has set
    stream = None
    if streamed is not None and ledger.on_text is not None:
        stream = FieldStream(streamed, ledger.on_text)
    settings: dict[str, Any] = {"adapter": dspy.settings.adapter or _adapter(), "send_stream": None}
    if not handed.compiled:  # nobody will read what DSPy would keep for its optimisers and for inspect_history
        settings |= {"trace": None, "disable_history": True}
    with page(ledger, None if stream is None else stream.feed) as written, dspy.context(**settings):
        try:
            found = predictor(lm=own, config=dict(config), **{name: harmless(value) for name, value in fields.items()})
        except (dspy.AdapterParseError, dspy.LMError) as error:
            raise _explained(error, own, written) from error
    if stream is not None:
        stream.end()
    last = written.requests[-1]
    if last.get("finish_reason") == "length":
        ledger.warn(
            f"the reply of the LM {own.engine.provider.where} was cut off: it reached the most tokens it may have"
        )
    if config.get("logprobs") and last.get("logprobs") is None:
        ledger.warn(f"the LM {own.engine.provider.where} gave no log-probabilities, and a step reads them")
    values = {name: found[name] for name in predictor.signature.output_fields}
    return Reply(values, last.get("reply") or "", last.get("answered_by") or "", last.get("logprobs"))


def side_by_side(calls: Sequence[Callable[[], Reply]]) -> list[Reply]:
    """Replies of several calls at the same time, in order; each runs in a copy of the caller's context."""
    if len(calls) == 1:
        return [calls[0]()]
    with ThreadPoolExecutor(len(calls), thread_name_prefix="ragkit-sample") as pool:
        futures = [pool.submit(contextvars.copy_context().run, call) for call in calls]
    return [future.result() for future in futures]


def _explained(error: Exception, lm: LM, written: Page) -> RagkitError:
    where = lm.engine.provider.where
    if isinstance(error.__cause__, RagkitError):
        return error.__cause__  # the cache could not be read
    if isinstance(error, dspy.AdapterParseError):
        last = written.requests[-1] if written.requests else {}
        return unreadable(error, where, list(error.signature.output_fields), last)
    if isinstance(error.__cause__, AccountSpentError):
        return LMError(str(error.__cause__))
    if isinstance(error.__cause__, BudgetSpentError):
        return LMError(
            f"the budget for {error.__cause__} is spent", hint="raise `budget`, or let the step send fewer requests"
        )
    failures = written.requests[-1]["failures"] if written.requests else []
    return explained(error, where, failures)


@functools.cache
def _adapter() -> ChatAdapter:
    return ChatAdapter()
