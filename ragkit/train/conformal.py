"""``ragkit train selector`` for ``select.conformal``: scores of relevant documents, and whether the promise holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ragkit.components.select._selection import read_ranking
from ragkit.components.select.rules.conformal import all_gold_threshold, recall_threshold
from ragkit.errors import UsageError
from ragkit.train.examples import Example, with_gold
from ragkit.train.session import Fitted

SHOWN = (0.05, 0.1, 0.2, 0.3)
_RULES = {"recall": recall_threshold, "all": all_gold_threshold}


def fit_conformal(examples: Sequence[Example], score: str | None = None, *, repeats: int = 50, seed: int = 0) -> Fitted:
    """Collects what ``select.conformal`` calibrates on.

    The figures are of halves drawn ``repeats`` times: calibrated on one, measured on the other.

    Args:
        examples: Questions with gold documents and the list that the step was given; others are left out.
        score: The score to cut on; None reads the one that ordered the lists.
        repeats: How often halves are drawn.
        seed: What they are drawn from.

    Raises:
        UsageError: Fewer than 20 questions can be used, or a list has not the score.
    """
    import numpy as np

    used = with_gold(examples)
    name, rows, curves = read_ranking(used[0].inputs["passages"], score).name, [], []
    for example in used:
        ranking = read_ranking(example.inputs["passages"], score)
        if ranking.name != name:
            raise UsageError(
                f"the lists are ordered by {name!r} and by {ranking.name!r}, and one threshold cannot cut both",
                hint="name the score to cut on: score: NAME on the step",
            )
        rows.append(_gold_scores(example, ranking.items, ranking.scores))
        curves.append((np.array(ranking.scores), [passage.tokens for passage in ranking.items]))
    rng = np.random.default_rng(seed)
    halves = [np.array_split(rng.permutation(len(used)), 2) for _ in range(repeats)]
    promises: list[dict[str, Any]] = [
        measured for promise in _RULES for miss in SHOWN if (measured := _measure(promise, miss, rows, curves, halves))
    ]
    state = {"score": name, "questions": rows}
    return Fitted(
        state, {"questions": len(used), "score": name, "repeats": repeats, "seed": seed, "promises": promises}
    )


def _gold_scores(example: Example, items: Sequence[Any], scores: Sequence[float]) -> list[float | None]:
    """The score of each gold document at its best passage; None for one that is not in the list."""
    best: dict[str, float] = {}
    for passage, score in zip(items, scores, strict=True):
        best.setdefault(passage.doc_id, score)
    return [best.get(document) for document in example.question.gold_ids]


def _measure(
    promise: str, miss: float, rows: Sequence[Any], curves: Sequence[Any], halves: Sequence[Any]
) -> dict[str, Any] | None:
    import numpy as np

    kept: list[int] = []
    tokens: list[int | None] = []
    missed: list[float] = []
    for calibrate, rest in halves:
        found = _RULES[promise]([rows[i] for i in calibrate], miss)
        if found is None:
            return None
        for i in rest:
            scores, sizes = curves[i]
            inside = scores >= found
            kept.append(int(inside.sum()))
            taken = [size for size, is_in in zip(sizes, inside, strict=True) if is_in]
            tokens.append(None if None in taken else sum(taken))
            lost = [score is None or score < found for score in rows[i]]
            missed.append(float(np.mean(lost)) if promise == "recall" else float(any(lost)))
    return {
        "promise": promise, "miss": miss, "missed": float(np.mean(missed)), "kept": float(np.mean(kept)),
        "tokens": None if None in tokens else float(np.mean([size for size in tokens if size is not None])),
    }  # fmt: skip
