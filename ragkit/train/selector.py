"""``ragkit train selector``: the probability of relevance of each passage, and the curve of thresholds to cut at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.components.select._calibration import Calibration, curve
from ragkit.components.select._relevance import Features, Reading, features, read_scores
from ragkit.components.select.learned import relevance
from ragkit.errors import UsageError
from ragkit.evaluate.intervals import mean_interval, paired_interval
from ragkit.evaluate.questions import Question
from ragkit.evaluate.seen import digest_of
from ragkit.train.examples import Example, with_gold
from ragkit.train.fitting import calibration_error, fit, folds
from ragkit.train.session import Fitted
from ragkit.types import Passages

SHOWN_K = (2, 3, 5, 10)
Aim = Literal["evidence", "documents"]


@dataclass(frozen=True, slots=True)
class Item:
    """One question, ready to be fitted.

    Attributes:
        found: The features of its passages, rows in the order of the score that orders the list.
        relevant: For each row, True when the passage should be kept.
        documents: For each row, its document.
        tokens: For each row, its tokens.
        gold: The relevant documents of the question.
    """

    found: Features
    relevant: Any
    documents: list[str]
    tokens: list[int]
    gold: frozenset[str]


def fit_selector(examples: Sequence[Example], *, aim: Aim = "evidence", count: int = 10, seed: int = 0) -> Fitted:
    """Fits ``select.learned``.

    A passage is relevant when it is the best of a gold document or, with ``aim="evidence"``, when it is a further one
    that holds a sentence of the question's evidence. Without evidence, and with ``aim="documents"``, one passage of
    each document is all that is ever kept. Figures are those of cross-validation by question: each question is judged
    by a model that had not seen it.

    Args:
        examples: Questions with gold documents and the list that the step was given; others are left out.
        aim: What further passages of a document are kept for.
        count: Parts of the cross-validation.
        seed: What the parts are drawn from.

    Raises:
        UsageError: Fewer than 20 questions have gold documents and a list, the lists hold none of them, or passages
            have no token counts.
    """
    import numpy as np

    used = with_gold(examples)
    scores = read_scores(_passages(used[0]))
    labels = tuple(sorted({str(e.inputs["label"]) for e in used if e.inputs.get("label") is not None}))
    reading = Reading(scores, labels)
    items = [_item(example, reading, aim) for example in used]
    if not any(item.relevant.any() for item in items):
        raise UsageError("no list holds a gold document: there is nothing to learn", hint="ragkit data check FILE")
    chances: list[Any] = [None] * len(items)
    for seen, unseen in folds(len(items), count, seed, same=[digest_of(example.question.question) for example in used]):
        models = _models([items[i] for i in seen], reading)
        for i in unseen:
            chances[i] = relevance(*models, items[i].found.rows, items[i].found.first)
    gains = [_gains(item, chance) for item, chance in zip(items, chances, strict=True)]
    calibration = curve(chances, gains, [item.tokens for item in items])
    first, further = _models(items, reading)
    outcome = np.concatenate([item.relevant for item in items])
    chance = np.concatenate(chances)
    state = {
        "scores": list(scores),
        "labels": list(labels),
        "first": first.as_state(),
        "further": None if further is None else further.as_state(),
        "calibration": calibration.as_state(),
    }
    report = {
        "questions": len(items),
        "passages": len(chance),
        "relevant": int(outcome.sum()),
        "scores": list(scores),
        "labels": list(labels),
        "aim": aim,
        "folds": min(count, len(items)),
        "seed": seed,
        "auc": _auc(chance, outcome),
        "calibration_error": calibration_error(chance, outcome.astype(float)),
        "against_fixed_k": [_against(k, items, chances, gains) for k in SHOWN_K],
        "targets": _targets(calibration),
    }
    return Fitted(state, report)


def _passages(example: Example) -> Passages:
    passages: Passages = example.inputs["passages"]
    return passages


def _item(example: Example, reading: Reading, aim: Aim) -> Item:
    passages = _passages(example)
    label = example.inputs.get("label")
    found = features(example.question.question, passages, None if label is None else str(label), reading)
    ordered = [passages[place] for place in found.order]
    tokens = [passage.tokens for passage in ordered]
    if None in tokens:
        raise UsageError("passages have no token counts, and targets are told in tokens", hint="train behind an index")
    documents = [passage.doc_id for passage in ordered]
    return Item(
        found,
        _relevant(example.question, [passage.text for passage in ordered], documents, found.first, aim),
        documents,
        [size for size in tokens if size is not None],
        frozenset(example.question.gold_ids),
    )


def _relevant(question: Question, texts: Sequence[str], documents: Sequence[str], first: Any, aim: Aim) -> Any:
    """True for the best passage of a gold document, and for any of one that holds a sentence of the evidence."""
    import numpy as np

    gold = set(question.gold_ids)
    evidence = question.evidence if aim == "evidence" else ()
    return np.array(
        [
            document in gold and (bool(is_first) or any(sentence in text for sentence in evidence))
            for text, document, is_first in zip(texts, documents, first, strict=True)
        ]
    )


def _models(items: Sequence[Item], reading: Reading) -> tuple[Any, Any]:
    """The regressions for the best passages of documents and for further ones; None where these have no examples."""
    import numpy as np

    rows = np.concatenate([item.found.rows for item in items])
    relevant = np.concatenate([item.relevant for item in items])
    first = np.concatenate([item.found.first for item in items])
    classes = np.where(relevant, "relevant", "irrelevant")
    best = _regression(rows[first], classes[first], reading)
    if best is None:
        raise UsageError("every best passage of a document is relevant, or none is: there is nothing to tell apart")
    return best, _regression(rows[~first], classes[~first], reading)


def _regression(rows: Any, classes: Any, reading: Reading) -> Any:
    # "irrelevant" < "relevant": the second class, whose probability is read, is the relevant one.
    return fit(rows, classes, reading.names) if len(set(classes)) == 2 else None


def _gains(item: Item, chance: Any) -> list[float]:
    """The share of the gold documents that each row brings, when rows are kept from the most probable downward."""
    import numpy as np

    gains = [0.0] * len(item.documents)
    met: set[str] = set()
    for place in np.argsort(-chance, kind="stable"):
        document = item.documents[place]
        if document in item.gold and document not in met:
            met.add(document)
            gains[place] = 1 / len(item.gold)
    return gains


def _against(k: int, items: Sequence[Item], chances: Sequence[Any], gains: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The selector beside the first k of the list, at the threshold whose mean tokens are closest from below."""
    import numpy as np

    fixed, spent = [], []
    for item in items:
        found = set(item.documents[:k]) & item.gold
        fixed.append(len(found) / len(item.gold))
        spent.append(sum(item.tokens[:k]))
    budget = float(np.mean(spent))
    point = _closest(curve(chances, gains, [item.tokens for item in items], points=2000), budget)
    recall, tokens = [], []
    for item, chance, gain in zip(items, chances, gains, strict=True):
        keep = np.asarray(chance) >= point
        keep[int(np.argmax(chance))] = True
        recall.append(float(np.asarray(gain)[keep].sum()))
        tokens.append(int(np.asarray(item.tokens)[keep].sum()))
    return {
        "k": k,
        "fixed": {"recall": mean_interval(fixed).as_dict(), "tokens": budget},
        "learned": {"recall": mean_interval(recall).as_dict(), "tokens": float(np.mean(tokens))},
        "gain": paired_interval(fixed, recall).as_dict(),
    }


def _closest(calibration: Calibration, tokens: float) -> float:
    found = [point for point in calibration.points if point.tokens <= tokens]
    return (found or calibration.points[:1])[-1].threshold


def _targets(calibration: Calibration) -> list[dict[str, float]]:
    """What a recall costs, for the recalls that are asked for most."""
    most = max(point.recall for point in calibration.points)
    found = []
    for target in (0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99):
        if target <= most:
            point = calibration.at_recall(target)
            found.append({"recall": target, "tokens": point.tokens, "kept": point.kept, "precision": point.precision})
    return found


def _auc(chance: Any, outcome: Any) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(outcome, chance))
