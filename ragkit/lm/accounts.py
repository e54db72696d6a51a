"""Who pays for the requests of a stretch of work: an account that each request passes before it leaves.

A question's own budget (``ragkit/lm/ledger.py``) is about one run. An account is about everything inside a block, from
whichever thread and however deep in DSPy it is asked: runs of the pipeline, an optimiser's own requests, a judge. It
stands in DSPy's settings, which DSPy's threads and ragkit's own take along.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from ragkit.lm.ledger import BudgetSpentError
from ragkit.lm.quiet import quiet_libraries
from ragkit.spec.price import MILLION, Price
from ragkit.types import Usage

if TYPE_CHECKING:
    from ragkit.spec.plan import Model

_KEY = "ragkit_account"
_EXTRA = 64
"""What a chat template adds to a message, and to the whole of them, at most, in tokens."""


@dataclass(frozen=True, slots=True)
class Dearest:
    """US dollars for a token, at the dearest that a request in text can come to."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True)
class Most:
    """The most that one request can come to, known before it leaves; None where nothing bounds it.

    ``tokens`` are prompt and completion; ``cost`` is in US dollars. ``why`` says what is not bounded.
    """

    model: str
    tokens: int | None
    cost: float | None
    why: str | None = None


class AccountSpentError(BudgetSpentError):
    """A request that the account does not pay; its text is a sentence."""


class Account(Protocol):
    """What pays. ``refused`` says why a request was not paid; None while all were."""

    @property
    def refused(self) -> str | None: ...

    def reserve(self, most: Most) -> Any:
        """Takes the most that a request can come to, and gives a ticket for it.

        Raises:
            AccountSpentError: The account does not pay for it: it must not leave.
        """

    def settle(self, ticket: Any, usage: Usage | None) -> None:
        """Puts what the request did come to in the place of its reservation; None: it failed, and nobody knows."""

    def cached(self, usage: Usage) -> None:
        """A reply came from the cache: nothing left."""


@contextlib.contextmanager
def charged(account: Account | None) -> Iterator[None]:
    """Inside the block requests are paid by this account (None: by nobody), in threads of DSPy and of ragkit too."""
    import dspy

    with dspy.context(**{_KEY: account}):
        yield


def current() -> Account | None:
    """The account that pays here."""
    import dspy

    account: Account | None = dspy.settings.get(_KEY)
    return account


def most_of(request: Any, model: Model, price: Dearest | None) -> Most:
    """The most that a request can come to.

    A prompt has no more tokens than bytes: vocabularies of LMs build on bytes, or on whole characters of several.

    Args:
        request: A request of DSPy.
        model: The LM that it goes to.
        price: Its price; None where it is not known.
    """
    from ragkit.lm.shape import is_text, message_list

    if not is_text(request):
        return Most(model.model, None, None, "it holds more than text")
    form = orjson.dumps(request.config.response_format, default=str)
    texts = [one["content"].encode() for one in message_list(request)]
    prompt = sum(len(text) + _EXTRA for text in (*texts, form))
    completion = request.config.max_tokens
    if completion is None:
        return Most(model.model, None, None, "nothing says how long its reply may be (`max_tokens` under `lms`)")
    cost = None if price is None else prompt * price.prompt + completion * price.completion
    return Most(model.model, prompt + completion, cost, None if price else "its price is not known")


def declared_price(price: Price) -> Dearest:
    """The price that a file declares, of a token."""
    return Dearest(max(price.input, price.cached_input or 0.0) / MILLION, price.output / MILLION)


def listed_price(model: str) -> Dearest | None:
    """The price in the list that comes with DSPy (nothing is fetched); None where it has none."""
    quiet_libraries()
    from dspy.clients.model_metadata import model_info

    provider, _, name = model.partition("/")
    info: dict[str, Any] = model_info(provider, name) or {}
    prompt = _dearest(info, ("input_cost_per_token", "cache_creation_input_token_cost"))
    completion = _dearest(info, ("output_cost_per_token", "output_cost_per_reasoning_token"))
    return None if prompt is None or completion is None else Dearest(prompt, completion)


_ASKED_FOR = ("_batches", "_flex", "_priority", "_above_1hr")
"""Tiers that a request must ask for by name; ragkit's do not."""


def _dearest(info: dict[str, Any], begins: tuple[str, ...]) -> float | None:
    found = [
        float(rate)
        for key, rate in info.items()
        if key.startswith(begins) and not any(part in key for part in _ASKED_FOR) and rate is not None
    ]
    return max(found, default=None)
