"""What stands between DSPy and a server: one engine for each LM of the process.

DSPy hands over a request and is given a response. In between the engine looks into the cache, reserves the request
from the question's budget, waits for its turn, sends it through a plain ``dspy.LM``, tries again where that may help,
asks the fallback where the file names one, and writes all of it on the page of the step that asked.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any

import dspy
from dspy import lm15

from ragkit.errors import RagkitError
from ragkit.lm import accounts
from ragkit.lm import cache as caches
from ragkit.lm import ledger as ledgers
from ragkit.lm.calls import current_call
from ragkit.lm.ledger import Page
from ragkit.lm.limits import Limit
from ragkit.lm.provider import Provider
from ragkit.lm.retry import Retry
from ragkit.lm.shape import from_plain, is_text, keepable, message_list, settings_of, to_plain, usage_of
from ragkit.spec.plan import Model
from ragkit.types import Usage

REFUSALS = frozenset(
    {
        "LMAuthError", "LMBillingError", "LMInvalidRequestError", "LMNotConfiguredError", "LMRateLimitError",
        "LMUnsupportedFeatureError", "LMUnsupportedModelError", "ContextWindowExceededError",
    }
)  # fmt: skip
"""Failures for which nothing was done; of others it is not known what they cost."""
_BESIDE = "anthropic/"
"""What servers of this provider call the prompt's tokens leaves out those that they had in their cache."""
UNKNOWN = Usage(0, None, None, 0, None, None)
REFUSED = Usage()


class Engine:
    """Sends the requests of one LM; fulfils DSPy's engine protocol (``complete``, ``stream``, ``close``).

    Args:
        model: The LM as the file names it.
        provider: What reaches the server.
        fallback: The engine that is asked when this one has failed for good.
    """

    def __init__(self, model: Model, provider: Provider, fallback: Engine | None = None) -> None:
        self.model = model
        self.provider = provider
        self.fallback = fallback
        self._limit = Limit(provider.where, model.concurrency)
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
            dspy.LMError: No LM that may be asked has answered.
        """
        page = ledgers.current()
        call = current_call()
        entry: dict[str, Any] = {
            "model": self.model.model,
            "messages": message_list(request),
            "settings": settings_of(request),
            "rollout": call.rollout,
            "sample": call.sample(),
            "cached": False,
            "failures": [],
        }
        cache = page.ledger.cache if is_text(request) else None
        key = None
        if cache is not None:
            key = caches.key_of(self.model, entry["messages"], request.config, entry["rollout"], entry["sample"])
        started = time.perf_counter()
        try:
            known = cache.get(key) if cache is not None and key is not None else None
            if known is not None:
                known = self._priced(known)
                page.ledger.pay()
                page.ledger.spend(usage_of(known))
                account = accounts.current()
                if account is not None:
                    account.cached(usage_of(known))
                entry |= {**known, "cached": True}
                return from_plain(known)
            response, said = self._ask(request, page, entry)
            if cache is not None and key is not None and keepable(response) and "fallback" not in entry:
                kept = {name: entry[name] for name in caches.KEPT if name in entry}
                try:
                    cache.put(key, self.model.model, {**kept, "usage": {**kept["usage"], "cost": said}})
                except RagkitError as error:  # the answer is there, and paid for
                    page.ledger.warn(f"what the LM said was not kept: {error}")
            return response
        finally:
            entry["seconds"] = time.perf_counter() - started
            page.record(entry)

    def stream(self, request: Any) -> Iterator[Any]:
        """Answers one request in pieces, for DSPy's own streaming: the whole of it, once it is there."""
        yield from lm15.response_to_events(self.complete(request))

    def close(self) -> None:
        """Connections belong to the process."""

    def _ask(self, request: Any, page: Page, entry: dict[str, Any]) -> tuple[Any, float | None]:
        """The server's response, or that of the fallback; and what it is said to have cost."""
        try:
            response, cost = self._attempts(request, page, entry)
        except dspy.LMError as error:
            if self.fallback is None or page.shown:
                raise
            other = self.fallback
            here, there = self.provider.where, other.provider.where
            page.ledger.warn(f"the LM {here} did not answer ({type(error).__name__}); {there} was asked in its place")
            entry["fallback"] = other.model.model
            return other._ask(other.own(request), page, entry)
        entry |= self._priced(to_plain(response, cost))
        page.ledger.spend(usage_of(entry))
        return response, cost

    def _priced(self, plain: dict[str, Any]) -> dict[str, Any]:
        """A response as plain data; where nobody said its cost, as the price that the file declares has it."""
        told, price = plain["usage"], self.model.price
        if told["cost"] is not None or price is None:
            return plain
        prompt, cached = told["prompt_tokens"], told["cached_tokens"]
        if prompt is not None and self.model.model.startswith(_BESIDE):
            prompt += cached or 0
        return {**plain, "usage": {**told, "cost": price.cost(prompt, told["completion_tokens"], cached)}}

    def _attempts(self, request: Any, page: Page, entry: dict[str, Any]) -> tuple[Any, float | None]:
        failures: list[dict[str, Any]] = []
        try:
            return self._retry.run(
                lambda: self._send(request, page),
                failures,
                seconds_left=page.ledger.seconds_left,
                final=lambda: page.shown,
            )
        finally:
            entry["failures"] += failures
            if any(failure["error"] not in REFUSALS for failure in failures):
                page.ledger.spend(UNKNOWN)

    def own(self, request: Any) -> Any:
        """A request that was made for another LM, with this one's settings."""
        settings = {"temperature": self.model.temperature, "max_tokens": self.model.max_tokens}
        changes = {name: value for name, value in settings.items() if value is not None}
        return dataclasses.replace(request, config=dataclasses.replace(request.config, **changes))

    def _send(self, request: Any, page: Page) -> tuple[Any, float | None]:
        page.ledger.pay()
        account = accounts.current()
        with self._limit:
            if account is None:
                return self._attempt(request, page)
            ticket = account.reserve(accounts.most_of(request, self.model, self.provider.price))
            usage: Usage | None = None
            try:
                response, cost = self._attempt(request, page)
                usage = usage_of(self._priced(to_plain(response, cost)))
            except dspy.LMError as error:
                usage = REFUSED if type(error).__name__ in REFUSALS else None
                raise
            finally:
                account.settle(ticket, usage)
            return response, cost

    def _attempt(self, request: Any, page: Page) -> tuple[Any, float | None]:
        if page.on_text is not None:
            return self.provider.stream(request, page.show)
        return self.provider.complete(request)
