"""The study of several steps: its variants compile, and nothing reads more than its budget."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.spec.load import load_text
from ragkit.types import Passage, Passages

ROOT = Path(__file__).parents[2]


def listed(*sizes: int) -> Passages:
    return Passages([Passage(f"p{n}", f"d{n}", "", "", tokens=size) for n, size in enumerate(sizes)])


def test_every_variant_compiles_and_is_named_once() -> None:
    from several_steps import pipelines

    texts = pipelines("papers")
    assert len(set(texts.values())) == len(texts) > 5
    for name, text in texts.items():
        plan = load_text(text, name, base=ROOT / "pipelines", catalogue=Catalogue(), corpora=ROOT / "corpora")
        assert plan.calls.lm == 0


@pytest.mark.parametrize(("budget", "kept"), [(0, 0), (9, 0), (10, 1), (29, 1), (30, 2), (100, 3)])
def test_a_list_is_cut_before_the_passage_that_passes_the_budget(budget: int, kept: int) -> None:
    from several_steps import within

    assert len(within(listed(10, 20, 30), budget)) == kept


def test_gold_counts_within_the_budget_only() -> None:
    from several_steps import measure

    questions = [SimpleNamespace(gold_ids=("d0", "d2")), SimpleNamespace(gold_ids=("d0",))]
    lists = [listed(10, 20, 30), listed(10, 20, 30)]
    found = measure(SimpleNamespace(questions=questions), [0, 1], lists, [30, 60])
    assert found == {"all_gold": [0.0, 1.0], "recall": [0.5, 1.0], "tokens": [30.0, 60.0]}
    assert measure(SimpleNamespace(questions=questions), [0], lists[:1], [60])["all_gold"] == [1.0]
