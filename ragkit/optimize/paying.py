"""Work that means nothing in part: paid for to its end, or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ragkit.optimize.limits import SpentError
from ragkit.optimize.spending import Spending


@contextlib.contextmanager
def paid(spending: Spending, phase: str) -> Iterator[None]:
    """LM requests inside the block are paid from here.

    Raises:
        SpentError: One of them was not: what was measured inside the block is not to be used.
    """
    with spending.during(phase) as account:
        yield
    if account.refused is not None:
        raise SpentError(f"the budget ended during {phase}: {account.refused}")
