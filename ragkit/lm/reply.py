"""What an LM step is given back: the fields of one reply, and what is known of how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. Its fields are attributes: ``reply.answer``.

    ``text`` is the raw reply as the server gave it; ``model`` the model that the server says answered.
    """

    fields: Mapping[str, Any]
    text: str = ""
    model: str = ""
    logprobs: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"the reply has no field {name!r}; it has {', '.join(self.fields)}") from None
