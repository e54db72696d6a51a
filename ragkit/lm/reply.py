"""What an LM step is given back: the fields of one reply, and what is known of how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ragkit.lm.tokens import tokens_of
from ragkit.types import Token


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. Its fields are attributes: ``reply.answer``; by any name they are in ``fields``.

    ``raw`` is the reply as the server gave it; ``answered_by`` the model that the server says answered; ``logprobs``
    the tokens of the reply, where they were asked for and the server gave them.
    """

    fields: Mapping[str, Any]
    raw: str = ""
    answered_by: str = ""
    logprobs: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)

    def tokens(self, name: str) -> list[Token] | None:
        """The tokens of a field's text with their log-probabilities; None where there are none."""
        return None if self.logprobs is None else list(tokens_of(name, self.logprobs))

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"the reply has no field {name!r}; it has {', '.join(self.fields)}") from None
