"""Which optimiser `auto` takes, by data and by what attribution explains; and what a budget pays for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from ragkit.errors import UsageError
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.optimizers.choice import OPTIMIZERS, Name, choose
from ragkit.optimize.prompts.optimizers.optimizer import Size

CORRECT = Objective("correct")


def rows(wrong: int, explained: int, right: int = 10) -> list[dict[str, Any]]:
    """Rows of questions: so many wrong, of these so many with a cause."""
    made = [
        {"metrics": {"correct": 0.0}, "cause": {"cause": "retrieval_miss"} if n < explained else None, "error": None}
        for n in range(wrong)
    ]
    return [*made, *({"metrics": {"correct": 1.0}, "cause": None, "error": None} for _ in range(right))]


@pytest.mark.parametrize(
    ("n", "explained", "name", "said"),
    [
        (12, 10, "bootstrap", "12 questions are few"),
        (40, 10, "gepa", "10 of the 10 questions that lose something have a known cause"),
        (40, 4, "bootstrap-rs", "only 4 of the 10 questions"),
        (200, 10, "better-together", "gepa goes on from there"),
        (200, 4, "mipro", "200 questions let instructions and examples be searched together"),
    ],
)
def test_auto_goes_by_the_data_and_by_what_is_explained(n: int, explained: int, name: str, said: str) -> None:
    found = choose("auto", Size(n // 2, n // 2, 2), rows(10, explained), CORRECT, 3, None)
    assert found.optimizer.name == name
    assert said in found.why


def test_auto_takes_a_cheaper_one_where_the_budget_does_not_pay() -> None:
    size, lost = Size(100, 100, 2), rows(10, 10)
    names = [choose("auto", size, lost, CORRECT, 2, pays).optimizer.name for pays in (100_000, 2_400, 1_500, 250)]
    assert names[0] == "better-together"
    assert names[-1] == "bootstrap"
    assert len(set(names)) >= 3


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_levels_go_from_dear_to_cheap_and_the_first_that_is_paid_is_taken(name: Any) -> None:
    size, optimizer = Size(20, 20, 3), OPTIMIZERS[name]()
    most = [optimizer.most(size, level).requests(2) for level in optimizer.levels]
    assert most == sorted(most, reverse=True)
    assert len(set(most)) == len(most)
    for level, requests in zip(optimizer.levels, most, strict=True):
        assert choose(name, size, [], CORRECT, 2, requests).level == level
    with pytest.raises(UsageError, match=f"takes up to {most[-1]:,} at its smallest"):
        choose(name, size, [], CORRECT, 2, most[-1] - 1)


def test_every_name_is_an_optimiser() -> None:
    assert {"auto", *OPTIMIZERS} == set(get_args(Name))


def test_a_strategy_joins_optimisers_in_its_order() -> None:
    size = Size(20, 20, 2)
    found = choose("better-together", size, [], CORRECT, 2, None, "gepa->bootstrap-rs -> gepa")
    assert found.why == "gepa -> bootstrap-rs -> gepa; as asked for"
    assert found.optimizer.settings(found.level) == {
        "gepa evaluations": 14, "bootstrap-rs demos": 4, "bootstrap-rs sets": 10,
    }  # fmt: skip
    gepa, sets = (OPTIMIZERS[name]() for name in ("gepa", "bootstrap-rs"))
    parts = gepa.most(size, gepa.levels[0]) + gepa.most(size, gepa.levels[0]) + sets.most(size, sets.levels[0])
    assert found.most.runs == parts.runs + 4 * size.validation
    one = choose("better-together", size, [], CORRECT, 2, found.most.requests(2) // 2, "gepa -> bootstrap")
    assert one.most.requests(2) <= found.most.requests(2) // 2


@pytest.mark.parametrize("strategy", ["mipro -> gpea", "better-together", "mipro, gepa", ""])
def test_what_is_no_strategy_is_told(strategy: str) -> None:
    with pytest.raises(UsageError, match=r"the strategy has .*; its parts are bootstrap, bootstrap-rs, mipro, gepa"):
        choose("better-together", Size(20, 20, 2), [], CORRECT, 2, None, strategy)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_docs_say_what_each_sends_at_most(name: Any, repository: Path) -> None:
    optimizer = OPTIMIZERS[name]()
    most = [optimizer.most(Size(20, 20, 2), level).requests(2) for level in optimizer.levels]
    told = f"{most[0]:,}" if len(most) == 1 else f"{min(most):,} to {max(most):,}"
    page = (repository / "docs" / "optimizing.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    assert row.split(" | ")[3] == told
