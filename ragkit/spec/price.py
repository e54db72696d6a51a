"""What the tokens of an LM cost, as a file declares it."""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens; ``cached_input`` for those that the server had in its cache, None: as others."""

    input: float
    output: float
    cached_input: float | None = None

    def cost(self, prompt: int | None, completion: int | None, cached: int | None = None) -> float | None:
        """What a request cost, in US dollars; None where the server did not say its tokens.

        Args:
            prompt: Tokens of the prompt, those from the cache among them.
            completion: Tokens of the reply.
            cached: Tokens of the prompt that came from the server's cache.
        """
        if prompt is None or completion is None:
            return None
        cheap = 0 if self.cached_input is None else min(cached or 0, prompt)
        spent = (prompt - cheap) * self.input + cheap * (self.cached_input or 0.0) + completion * self.output
        return spent / MILLION
