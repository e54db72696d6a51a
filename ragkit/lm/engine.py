"""What stands between DSPy and a server: one engine for each LM of the process.

DSPy hands over a request and is given a response. In between the engine looks into the cache, reserves the request
from the question's budget, waits for its turn, sends it through a plain ``dspy.LM``, tries again where that may help,
asks the fallback where the file names one, and writes all of it into the ledger of the step that asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dspy

from ragkit.lm import ledger as ledgers
from ragkit.lm.calls import current_call
from ragkit.lm.limits import limit
from ragkit.lm.provider import Provider
from ragkit.lm.retry import Retry
from ragkit.lm.shape import message_list, plain_tokens, spent
from ragkit.spec.plan import Model

if TYPE_CHECKING:
    from ragkit.lm.ledger import Ledger


class Engine:
    """Sends the requests of one LM; DSPy's engine protocol (``complete``, ``stream``, ``close``).

    Args:
        model: The LM as the file names it.
        provider: What reaches the server.
    """

    def __init__(self, model: Model, provider: Provider) -> None:
        self.model = model
        self.provider = provider
        self._limit = limit(provider.where, model.concurrency)
        self._retry = Retry(model.retries)

    @property
    def supports_function_calling(self) -> bool:
        """As DSPy knows it of the model."""
        return bool(self.provider.lm.supports_function_calling)

    @property
    def supports_reasoning(self) -> bool:
        """As DSPy knows it of the model."""
        return bool(self.provider.lm.supports_reasoning)

    @property
    def supports_response_schema(self) -> bool:
        """As DSPy knows it of the model."""
        return bool(self.provider.lm.supports_response_schema)

    @property
    def supported_params(self) -> set[str]:
        """As DSPy knows it of the model."""
        return set(self.provider.lm.supported_params)

    def complete(self, request: Any) -> Any:
        """Answers one request.

        Raises:
            BudgetSpentError: The question's budget does not pay for it.
            dspy.LMError: The server did not answer, retries included.
        """
        ledger = ledgers.current() or ledgers.Ledger()
        asked = current_call()
        entry: dict[str, Any] = {
            "model": self.model.model, "messages": message_list(request), "rollout": asked.rollout,
            "sample": asked.sample(), "cached": False, "failures": [],
        }  # fmt: skip
        started = time.perf_counter()
        try:
            response, cost = self._retry.run(lambda: self._send(request, ledger), entry["failures"])
            usage = spent(response, cost)
            ledger.spend(usage)
            entry |= {
                "reply": response.text, "finish_reason": response.finish_reason, "answered_by": response.model,
                "usage": {
                    "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens,
                    "cached_tokens": usage.cached_tokens, "cost": usage.cost,
                },
            }  # fmt: skip
            if response.logprobs is not None:
                entry["logprobs"] = plain_tokens(response.logprobs)
            return response
        finally:
            entry["seconds"] = time.perf_counter() - started
            ledger.record(entry)

    def stream(self, request: Any) -> Iterator[Any]:
        """Answers one request piece by piece, for DSPy's own streaming."""
        yield from dspy.lm15.response_to_events(self.complete(request))

    def close(self) -> None:
        """Connections belong to the process."""

    def _send(self, request: Any, ledger: Ledger) -> tuple[Any, float | None]:
        ledger.pay()
        with self._limit:
            return self.provider.complete(request)
