"""One question to a predictor, in ragkit's format, and the reply with what the ledger knows of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dspy

from ragkit.lm.adapter import ChatAdapter
from ragkit.lm.reply import Reply

if TYPE_CHECKING:
    from ragkit.lm.ledger import Ledger
    from ragkit.lm.predictor import Predictor


@functools.cache
def _adapter() -> ChatAdapter:
    return ChatAdapter()


def ask(predictor: Predictor, fields: Mapping[str, Any], config: Mapping[str, Any], ledger: Ledger) -> Reply:
    """Calls the predictor; an adapter that the caller of the program has set in DSPy is kept to.

    Raises:
        dspy.LMError: The request failed for good.
        dspy.AdapterParseError: The reply has not the fields that were asked for.
    """
    with dspy.context(adapter=dspy.settings.adapter or _adapter()):
        found = predictor(config=dict(config), **fields)
    last = ledger.requests[-1] if ledger.requests else {}
    values = {name: found[name] for name in predictor.signature.output_fields}
    return Reply(values, last.get("reply") or "", last.get("answered_by") or "", last.get("logprobs"))
