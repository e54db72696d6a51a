"""``ragkit train router`` for ``route.cost``: how probably each branch is wrong, from what it made of questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ragkit.components.route._features import feature_names, question_features
from ragkit.components.route._predicted import RIGHT, WRONG, Branch, weighted_cost
from ragkit.components.route.cost import MEASURED
from ragkit.errors import UsageError
from ragkit.evaluate.intervals import mean_interval
from ragkit.evaluate.seen import digest_of
from ragkit.train.fitting import calibration_error, fit, folds
from ragkit.train.outcomes import Outcomes
from ragkit.train.router import SPREAD, STRENGTH
from ragkit.train.session import Fitted

FEWEST = 20


def fit_cost(
    reader: Any,
    outcomes: Outcomes,
    params: Any,
    *,
    added: Collection[int] = (),
    count: int = 2,
    repeats: int = 20,
    seed: int = 0,
) -> Fitted:
    """Fits ``route.cost``.

    Figures are those of repeated cross-validation: losses and measured costs come from the other parts, and the choice
    is that of the step with its own weights.

    Args:
        reader: The corpus's reader; its encoder makes the vectors.
        outcomes: What every branch made of the questions.
        params: The step's parameters.
        added: The places of questions that losses are always learned from, and that count in no figure; nor does what
            they spent.
        count: Parts of the cross-validation.
        repeats: How often the parts are drawn.
        seed: What they are drawn from.

    Raises:
        UsageError: Fewer than 20 questions were right or wrong in every branch, or a weighted cost is not known.
    """
    import numpy as np

    labels = list(params.labels)
    known = list(zip(*(outcomes.right(label) for label in labels), strict=True))
    told = [place for place, row in enumerate(known) if None not in row]
    counted = [place for place in told if place not in added]
    asked = len(known) - len(added)
    if len(counted) < FEWEST:
        raise UsageError(
            f"of {asked} questions it is known for {len(counted)} whether each branch is right; at least {FEWEST} "
            "are needed"
        )
    places = [*counted, *(place for place in told if place in added)]
    rows = question_features(reader, [outcomes.questions[place].question for place in places])
    right = {label: np.array([known[place][i] is True for place in places]) for i, label in enumerate(labels)}
    spent = {label: _spent(outcomes, label, places, params.weights) for label in labels}
    drawn: dict[str, list[Any]] = {"right": [], "label": [], "chance": [], "was_wrong": []}
    same = [digest_of(outcomes.questions[place].question) for place in counted]
    every, more = np.arange(len(counted)), np.arange(len(counted), len(places))
    for repeat in range(repeats):
        chosen = np.empty(len(counted), dtype=int)
        for seen, unseen in folds(len(counted), count, seed + repeat, same=same):
            found = {
                label: _branch(rows, right[label], spent[label], seen, more, reader.dimensions) for label in labels
            }
            losses = np.array([found[label].losses(rows[unseen]) for label in labels])
            costs = [
                weighted_cost(params.labels[name].costs, found[name].spent, params.weights, params.weight)
                for name in labels
            ]
            chosen[unseen] = (losses + np.array(costs)[:, None]).argmin(axis=0)
            drawn["chance"].append(losses.ravel())
            drawn["was_wrong"].append(np.array([~right[label][unseen] for label in labels]).ravel())
        drawn["label"].append(chosen)
        drawn["right"].append(np.array([right[labels[label]][place] for place, label in enumerate(chosen)]))
    whole = {label: _branch(rows, right[label], spent[label], every, more, reader.dimensions) for label in labels}
    right = {label: outcome[every] for label, outcome in right.items()}
    spent = {label: {name: values[every] for name, values in of.items()} for label, of in spent.items()}
    report = {
        "questions": len(counted),
        "added": len(more),
        "left_out": asked - len(counted),
        "parts": count,
        "repeats": repeats,
        "seed": seed,
        "policies": [
            _policy("chosen", np.mean(drawn["right"], axis=0), _mean_spent(labels, drawn["label"], spent)),
            *(_policy(f"always {label}", right[label].astype(float), _means(spent[label])) for label in labels),
            _oracle(labels, right, spent),
        ],
        "shares": {
            label: float(np.mean(np.array(drawn["label"]) == place)) for place, label in enumerate(labels)
        },
        "calibration_error": calibration_error(
            np.concatenate(drawn["chance"]), np.concatenate(drawn["was_wrong"]).astype(float)
        ),
    }  # fmt: skip
    state = {"encoder": reader.encoder_identity, "branches": {label: whole[label].as_state() for label in labels}}
    return Fitted(state, report)


def _spent(outcomes: Outcomes, label: str, places: Sequence[int], weights: Mapping[str, float]) -> dict[str, Any]:
    """What a branch spent on each question, for the costs that are known of all of them."""
    import numpy as np

    found = {}
    for name in MEASURED:
        values = [outcomes.metrics[label][place].get(name) for place in places]
        if None not in values:
            found[name] = np.array(values, dtype=np.float64)
        elif name in weights:
            raise UsageError(f"there is a weight for {name!r}, which is not known of every run of the branch {label!r}")
    return found


def _branch(rows: Any, right: Any, spent: Mapping[str, Any], places: Any, more: Any, dimensions: int) -> Branch:
    """A branch as these questions show it, and ``more`` that say when it is right and not what it spends."""
    import numpy as np

    learned = np.concatenate([places, more])
    outcome = right[learned]
    model = None
    if outcome.any() and not outcome.all():
        model = fit(
            rows[learned], [RIGHT if one else WRONG for one in outcome], feature_names(dimensions),
            strength=STRENGTH, fixed=(dimensions, SPREAD),
        )  # fmt: skip
    # One question more of each kind: what was always right so far is not right for certain.
    wrong = (int((~outcome).sum()) + 1) / (len(outcome) + 2)
    return Branch(model, wrong, {name: round(float(values[places].mean()), 4) for name, values in spent.items()})


def _policy(name: str, right: Any, spent: Mapping[str, float]) -> dict[str, Any]:
    return {"policy": name, "right": mean_interval(right.tolist()).as_dict(), "spent": dict(spent)}


def _means(spent: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(values.mean()) for name, values in spent.items()}


def _mean_spent(
    labels: Sequence[str], drawn: Sequence[Any], spent: Mapping[str, Mapping[str, Any]]
) -> dict[str, float]:
    """What the chosen branches spent, over all draws; only costs that are known of every branch."""
    import numpy as np

    names = [name for name in MEASURED if all(name in spent[label] for label in labels)]
    return {
        name: float(np.mean([[spent[labels[label]][name][place] for place, label in enumerate(one)] for one in drawn]))
        for name in names
    }


def _oracle(labels: Sequence[str], right: Mapping[str, Any], spent: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The first branch that is right; where none is, the first: what knowing the outcome would come to."""
    import numpy as np

    some = np.array([right[label] for label in labels])
    first = some.argmax(axis=0)
    return _policy("oracle", some.any(axis=0).astype(float), _mean_spent(labels, [first], spent))
