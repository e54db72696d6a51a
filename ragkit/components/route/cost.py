"""``route.cost``: the branch whose predicted loss and cost together are least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.batches import each_alone
from ragkit.components.opening import open_reader
from ragkit.components.route._choice import check_labels, routed
from ragkit.components.route._features import feature_names, question_features, refuse_other_encoder
from ragkit.components.route._predicted import Branch, read_branches, weighted_cost
from ragkit.errors import UsageError
from ragkit.trained import TrainedFile
from ragkit.types import Label, Result


class Arm(Parameters):
    """What is known of a branch beforehand."""

    loss: float | None = Field(None, ge=0, le=1, description="its loss on any question, where nothing predicts it")
    costs: dict[str, float] = Field(
        default_factory=dict, description="what it costs, by names of your own or those that training measures"
    )


class Cost(Component):
    """Weighs for each branch how probably it goes wrong against what it costs, and takes the least of the sums.

    Use it where branches differ in price and quality and the exchange rate is yours to set: so many retrievals or
    tokens are worth so many wrong answers in a hundred. The label is
    ``argmin over labels of loss(question, label) + weight · Σ weights[name] · costs[label][name]``; of equal sums the
    first label wins, so write the cheapest first. Losses come

    * from ``state``: ``ragkit train router`` runs every branch on labelled questions and learns for each how probably
      it is wrong, from the question's vector and form. It also measures what each spends on average, as ``lm_calls``,
      ``retrieval_calls`` and ``context_tokens``; a cost in ``labels`` overrides the measured one;
    * or from the port ``losses``, one for each label and in their order: another step predicts them;
    * or from ``labels``, the same for every question: then only ``weight``, bound to another step, can change the
      choice.

    Before the training it takes ``otherwise``, or the first of the labels, and says so.

    Cost: with ``state`` one encoding of the question, which the retriever that follows does not pay again. Shape: a
    text in, a label out. The decision has loss, cost and sum of every label.

    Source: Tryage (arXiv 2308.11601), Section 3: the expert with the least predicted loss plus weighted constraints;
    here a logistic regression for each branch predicts it, and the constraints are written in the file.

    Errors: a weight without a cost, or a cost that no weight counts, is refused when the file is checked; a trained
    file of other labels or of another encoder when it is loaded. Where the number of losses is not that of the labels,
    the question fails.

    YAML::

        steps:
          choice:
            use: route.cost
            labels:
              narrow: {loss: 0.35, costs: {passages: 2}}
              wide: {loss: 0.25, costs: {passages: 20}}
            weights: {passages: 0.01}
            weight: {range: [0, 2], default: 1}
          answer:
            use: flow.route
            label: choice
            branches:
              narrow:
                steps: {hits: {use: retrieve.hybrid, k: 2}, reply: {use: generate.extractive, passages: hits}}
                output: reply
              wide:
                steps: {hits: {use: retrieve.hybrid, k: 20}, reply: {use: generate.extractive, passages: hits}}
                output: reply
        output: answer

    Python::

        from ragkit.components.route.cost import Arm, Cost

        labels = {"narrow": Arm(costs={"passages": 2}), "wide": Arm(costs={"passages": 20})}
        router = Cost(Cost.Params(labels=labels, weights={"passages": 0.01}))
        assert router.run("Which?", losses=[0.35, 0.25]).value == "narrow"      # 0.37 and 0.45
        assert router.run("Which?", losses=[0.60, 0.25]).value == "wide"        # 0.62 and 0.45
    """

    class Params(Parameters):
        """Parameters of ``route.cost``."""

        labels: dict[str, Arm] = Field(min_length=2, description="the branches, the cheapest first, and their costs")
        weights: dict[str, float] = Field(
            default_factory=dict, description="what one unit of each cost is worth, in units of loss"
        )
        weight: Annotated[float, BINDABLE] = Field(1.0, ge=0, description="how much all costs count beside the loss")
        state: TrainedFile | None = Field(
            None, description="the trained file, relative to this pipeline; 'ragkit train router'"
        )
        otherwise: str | None = Field(None, description="the label before the training; left out: the first")

    output = "label"
    trained_by = "router"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._branches: Mapping[str, Branch] | None = None

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Those of the parameter."""
        return tuple(params["labels"])

    @classmethod
    def needs_for(cls, params: Any) -> frozenset[Need]:
        """The encoder, where losses are predicted from the question's vector."""
        return frozenset() if params.state is None else frozenset({Need.ENCODER})

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Losses are given for all labels or for none; every weight has its costs, and every cost its weight."""
        given = [label for label, arm in params.labels.items() if arm.loss is not None]
        if given and len(given) < len(params.labels):
            mute = next(label for label in params.labels if label not in given)
            return f"the label {given[0]!r} has a 'loss' and {mute!r} has none: give all or none"
        if given and params.state is not None:
            return f"the label {given[0]!r} has a 'loss', and 'state' predicts them: one of the two is meant"
        negative = next((name for name, weight in params.weights.items() if weight < 0), None)
        if negative is not None:
            return f"the weight of {negative!r} is negative"
        for label, arm in params.labels.items():
            idle = [name for name in arm.costs if name not in params.weights]
            if idle:
                return f"the label {label!r} has a cost {idle[0]!r}, which no weight counts"
            for name in params.weights:
                if name not in arm.costs and (params.state is None or name not in MEASURED):
                    measured = f"; training measures {', '.join(MEASURED)}" if params.state is not None else ""
                    return f"there is a weight for {name!r}, and the label {label!r} has no such cost{measured}"
        return check_labels(params.labels, params.otherwise)

    def warm_up(self) -> None:
        """Reads the trained file and loads the encoder, where there is one."""
        file = self.params.state
        if file is None or not file.trained:
            return
        reader = open_reader(self.scope)
        reader.warm_up()
        where = f"the trained file {str(file.path)!r}"
        state = file.read("route.cost").state
        refuse_other_encoder(state, reader, where)
        names = feature_names(reader.dimensions)
        self._branches = read_branches(state.get("branches"), list(self.params.labels), names, where)

    def run(self, question: str, losses: list[float] | None = None) -> Result[Label]:
        """Chooses a label."""
        p = self.params
        labels = list(p.labels)
        if losses is not None:
            if len(losses) != len(labels):
                raise UsageError(f"route.cost was given {len(losses)} losses for the labels {', '.join(labels)}")
            return self._choose(dict(zip(labels, map(float, losses), strict=True)), "given")
        if p.state is not None:
            if not p.state.trained:
                label = p.otherwise or labels[0]
                why = "not trained yet ('ragkit train router')"
                return routed(label, why, warnings=(f"{label!r}: {why}",))
            if self._branches is None:
                self.warm_up()
            assert self._branches is not None
            row = question_features(open_reader(self.scope), [question])
            return self._choose({label: arm.losses(row)[0] for label, arm in self._branches.items()}, "predicted")
        fixed = {label: arm.loss for label, arm in p.labels.items() if arm.loss is not None}
        if not fixed:
            raise UsageError("route.cost has no losses", hint="give 'state', 'losses', or a 'loss' for each label")
        return self._choose(fixed, "fixed")

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Label] | Exception]:
        """Chooses a label for each question; they are encoded together."""
        if self.params.state is not None and self.params.state.trained and items:
            open_reader(self.scope).encode([item["question"] for item in items])  # the reader remembers them
        return each_alone(self.run, items)

    def cost(self, label: str) -> float:
        """The weighted cost of a branch."""
        p = self.params
        spent = {} if self._branches is None else self._branches[label].spent
        return weighted_cost(p.labels[label].costs, spent, p.weights, p.weight)

    def _choose(self, losses: Mapping[str, float], kind: str) -> Result[Label]:
        costs = {label: self.cost(label) for label in losses}
        sums = {label: losses[label] + costs[label] for label in losses}
        first, second = sorted(sums, key=lambda label: sums[label])[:2]
        why = (
            f"{kind} loss {losses[first]:.3f} and cost {costs[first]:.3f} make {sums[first]:.3f}, the least; "
            f"{second!r} has {losses[second]:.3f} and {costs[second]:.3f}"
        )
        details = {name: {label: round(value, 6) for label, value in found.items()}
                   for name, found in (("losses", losses), ("costs", costs), ("sums", sums))}  # fmt: skip
        return routed(first, why, score=sums[first], threshold=sums[second], details=details)


MEASURED = ("lm_calls", "retrieval_calls", "context_tokens")
"""What ``ragkit train router`` measures of each branch."""
