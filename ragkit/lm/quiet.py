"""Keeps the libraries below from fetching and from telling what ragkit tells itself."""

from __future__ import annotations

import logging
import os

from ragkit.lm import ledger as ledgers


def quiet_libraries() -> None:
    """Keeps DSPy and LiteLLM from fetching a list of prices and abilities of models, unless the person chose.

    And DSPy from telling on stderr, twice, of a reply that was cut off: the step's warning says it.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    logging.getLogger("dspy.clients.lm").addFilter(_untold)


def _untold(record: logging.LogRecord) -> bool:
    return not (ledgers.inside() and record.getMessage().startswith("LM response was truncated"))
