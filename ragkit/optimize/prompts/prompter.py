"""The LM that writes proposals: asked through ragkit, so that its requests are counted, kept and paid like all."""

from __future__ import annotations

from typing import Any

from ragkit.lm.cache import ResponseCache
from ragkit.lm.engine import Engine
from ragkit.lm.ledger import Ledger, page
from ragkit.lm.lm import LM
from ragkit.optimize.prompts.exhausted import ExhaustedError
from ragkit.optimize.prompts.meter import Meter


class Prompter(LM):
    """An LM for DSPy's optimisers themselves.

    Args:
        engine: What sends its requests.
        meter: The meter of the stage, which tells when the budget is spent.
        cache: Where replies are kept.
        settings: Defaults of every request.
    """

    def __init__(self, engine: Engine, meter: Meter, cache: ResponseCache | None, **settings: Any) -> None:
        super().__init__(engine, **settings)
        self.meter = meter
        self.cached_in = cache
        self.asked: list[bool] = []
        """For each request whether the cache answered it; copies write into the same list."""
        self.failures: list[str] = []
        """Why requests failed, one for each; optimisers pass over some of them in silence."""

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """Asks.

        Raises:
            ExhaustedError: The budget does not pay for it.
        """
        ledger = Ledger(cache=self.cached_in)
        try:
            with page(ledger):
                return super().__call__(prompt, messages=messages, **kwargs)
        except Exception as error:
            if self.meter.refused is not None:
                raise ExhaustedError(self.meter.refused) from error
            self.failures.append((str(error).strip().splitlines() or [type(error).__name__])[0])
            raise
        finally:
            self.asked += [bool(request["cached"]) for request in ledger.requests]
