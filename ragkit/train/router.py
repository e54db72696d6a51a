"""``ragkit train router``: a label for each question, from its kind or from what each branch made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.components.route._choice import surest
from ragkit.components.route._features import feature_names, question_features
from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.intervals import mean_interval
from ragkit.evaluate.questions import Question
from ragkit.evaluate.seen import digest_of
from ragkit.train.fitting import calibration_error, fit, folds
from ragkit.train.session import Fitted

STRENGTH = 0.03
SPREAD = 1 / 3
"""What vector components are divided by (they deviate by about .05): it sets how much they count beside the form."""
LABEL_OF_KIND = {"none": "none", "single": "single", "multi": "multi", "aggregate": "multi"}
"""What a kind is routed to; ``unanswerable`` says nothing of complexity and is left out."""
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question, its label, and whether its prediction counts in the report (questions added to learn from do not)."""

    question: str
    label: str
    counts: bool = True


def by_kind(
    questions: Sequence[Question], labels: Sequence[str], mapping: Mapping[str, str], *, counts: bool = True
) -> list[Labelled]:
    """Labels from the questions: the ``label`` that one brings, else that of its kind; those without are left out.

    Raises:
        UsageError: The mapping, or a question, names a label that the step has not.
    """
    for kind, label in mapping.items():
        if label not in labels:
            raise UsageError(f"the kind {kind!r} is mapped to {label!r}, which is none of {', '.join(labels)}")
    found = []
    for question in questions:
        label = question.extra.get("label", mapping.get(question.kind or ""))
        if label is not None and label not in labels:
            raise UsageError(
                f"the question {question.id!r} has the label {label!r}, which is none of {', '.join(labels)}"
                f"{did_you_mean(str(label), labels)}"
            )
        if label is not None:
            found.append(Labelled(question.question, label, counts))
    return found


def fit_router(
    reader: Any,
    labelled: Sequence[Labelled],
    labels: Sequence[str],
    *,
    sure: Mapping[str, float] | None = None,
    count: int = 2,
    repeats: int = 20,
    seed: int = 0,
) -> Fitted:
    """Fits ``route.complexity``.

    Figures are those of repeated cross-validation: of the questions that count, each part is labelled by a model that
    learned from the other parts and from all added questions. The default, halves drawn twenty times, shows what half
    of the questions teach.

    Args:
        reader: The corpus's reader; its encoder makes the vectors.
        labelled: Questions and labels.
        labels: The labels of the step, simplest first.
        sure: From which probability up the step takes a label; the figures are of what it would take.
        count: Parts of the cross-validation.
        repeats: How often the parts are drawn.
        seed: What they are drawn from.

    Raises:
        UsageError: A label has fewer than five questions that count.
    """
    import numpy as np

    tallied = [sum(item.counts and item.label == label for item in labelled) for label in labels]
    if min(tallied) < FEWEST:
        have = ", ".join(f"{n} {label!r}" for label, n in zip(labels, tallied, strict=True))
        raise UsageError(
            f"each label needs at least {FEWEST} questions; there are {have}",
            hint="a label comes from the key 'label' of a question, from its 'kind' (--map), or from what the branches "
            "make of it: --labels branches",
        )
    rows = question_features(reader, [item.question for item in labelled])
    truth = np.array([item.label for item in labelled])
    counting = np.flatnonzero([item.counts for item in labelled])
    added = np.flatnonzero([not item.counts for item in labelled])
    same = [digest_of(item.question) for item in labelled if item.counts]
    scores, chances, rights, table = [], [], [], np.zeros((len(labels), len(labels)), dtype=int)
    for repeat in range(repeats):
        said = np.empty(len(counting), dtype=object)
        chance = np.empty(len(counting))
        for seen, unseen in folds(len(counting), count, seed + repeat, same=same, labels=truth[counting].tolist()):
            model = _fit(rows, truth, np.concatenate([counting[seen], added]), reader.dimensions)
            shares = model.probabilities(rows[counting[unseen]])
            said[unseen] = [surest(model.classes, row, sure or {}) for row in shares]
            chance[unseen] = [row[model.classes.index(label)] for row, label in zip(shares, said[unseen], strict=True)]
        right = said == truth[counting]
        scores.append(_macro_f1(truth[counting], said, labels))
        chances.append(chance)
        rights.append(right)
        for wanted, given in zip(truth[counting], said, strict=True):
            table[labels.index(wanted), labels.index(given)] += 1
    whole = _fit(rows, truth, np.concatenate([counting, added]), reader.dimensions)
    majority = labels[int(np.argmax(tallied))]
    report = {
        "questions": len(counting),
        "added": len(added),
        "labels": dict(zip(labels, tallied, strict=True)),
        "parts": count,
        "repeats": repeats,
        "seed": seed,
        "macro_f1": _over_repeats(scores),
        "accuracy": mean_interval(np.concatenate(rights).reshape(repeats, -1).mean(axis=0).tolist()).as_dict(),
        "majority": {
            "label": majority,
            "macro_f1": _macro_f1(truth[counting], np.full(len(counting), majority), labels),
            "accuracy": float(np.mean(truth[counting] == majority)),
        },
        "calibration_error": calibration_error(np.concatenate(chances), np.concatenate(rights).astype(float)),
        "confusion": {
            wanted: {given: int(table[i, j]) for j, given in enumerate(labels)} for i, wanted in enumerate(labels)
        },
    }
    return Fitted({"encoder": reader.encoder_identity, "model": whole.as_state()}, report)


def _fit(rows: Any, truth: Any, places: Any, dimensions: int) -> Any:
    return fit(
        rows[places], truth[places].tolist(), feature_names(dimensions), strength=STRENGTH, fixed=(dimensions, SPREAD)
    )


def _over_repeats(scores: Sequence[float]) -> dict[str, float]:
    """The mean over repeats and the range that holds 95 % of them: the spread of the split, not of new questions."""
    import numpy as np

    low, high = np.quantile(scores, [0.025, 0.975])
    return {"mean": float(np.mean(scores)), "low": float(low), "high": float(high), "n": len(scores)}


def _macro_f1(truth: Any, said: Any, labels: Sequence[str]) -> float:
    import numpy as np

    found = []
    for label in labels:
        both = int(np.sum((truth == label) & (said == label)))
        one = int(np.sum(truth == label)) + int(np.sum(said == label))
        found.append(2 * both / one if one else 0.0)
    return float(np.mean(found))
