"""``route.complexity``: no retrieval, one step or several, from the question alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.logistic import Logistic
from ragkit.components.opening import open_reader
from ragkit.components.route._choice import check_labels, surest
from ragkit.components.route._features import VECTOR, feature_names, question_features, refuse_other_encoder
from ragkit.errors import TrainedFileError, did_you_mean
from ragkit.trained import TrainedFile
from ragkit.types import Decision, Label, Result

_STRONGEST = 5


class Complexity(Component):
    """Chooses a label for the question by a classifier over its vector and its form.

    Use it in front of a ``flow.route``, so that a greeting costs nothing, a simple question one retrieval, and only a
    question over several documents the price of several steps. It looks at the question only: nothing is retrieved for
    the decision, the index's encoder is all it needs. ``ragkit train router`` fits it, from the kinds of questions or
    from what each branch made of them; the labels are those of the training. Where its most probable label has less
    than ``at_least``, it takes ``otherwise``.

    Before the training it takes ``otherwise``, or the first of ``labels``, and says so.

    Cost: one encoding of the question (which the retriever that follows does not pay again). Shape: a text in, a label
    out. The decision holds the probability of every label and what spoke for the chosen one.

    Source: Adaptive-RAG (arXiv 2403.14403, Section 3.2), whose classifier is a T5; here a multinomial logistic
    regression, which is as accurate on few examples and a thousand times smaller.

    Errors: a trained file of another component, of another encoder or of other labels; no index.

    YAML::

        steps:
          kind: {use: route.complexity, state: trained/papers-router.json}
          answer:
            use: flow.route
            label: kind
            branches:
              none: {steps: {reply: {use: generate.decline}}, output: reply}
              single:
                steps: {hits: {use: retrieve.hybrid, k: 3}, reply: {use: generate.extractive, passages: hits}}
                output: reply
              multi:
                steps: {hits: {use: retrieve.hybrid, k: 10}, reply: {use: generate.extractive, passages: hits}}
                output: reply
        output: answer

    Python::

        from ragkit.components.route.complexity import Complexity

        assert Complexity.declared_labels({"labels": ["none", "single", "multi"]}) == ("none", "single", "multi")
    """

    class Params(Parameters):
        """Parameters of ``route.complexity``."""

        state: TrainedFile = Field(description="the trained file, relative to this pipeline; 'ragkit train router'")
        labels: list[str] = Field(
            ["none", "single", "multi"], min_length=2, description="the labels it was trained for, simplest first"
        )
        at_least: Annotated[float, BINDABLE] = Field(
            0.0, ge=0, le=1, description="the probability that a label needs to be taken"
        )
        sure: dict[str, float] = Field(
            default_factory=dict,
            description="labels that are taken only from a probability of their own up: {none: 0.6}; else the next one",
        )
        otherwise: str | None = Field(None, description="the label where none is so probable; one of 'labels'")

    output = "label"
    needs = frozenset({Need.ENCODER})
    trained_by = "router"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._model: Logistic | None = None

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The labels of the parameter."""
        return tuple(params["labels"])

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``otherwise`` is a label, and is there where ``at_least`` asks for it; ``sure`` leaves a label to take."""
        if params.at_least > 0 and params.otherwise is None:
            return "'at_least' needs 'otherwise': the label where none is so probable"
        for label, chance in params.sure.items():
            if label not in params.labels:
                guess = did_you_mean(label, params.labels)
                return f"'sure' has {label!r}, which is none of the labels {', '.join(params.labels)}{guess}"
            if not 0 <= chance <= 1:
                return f"'sure' has {chance:g} for {label!r}; a probability is from 0 to 1"
        if params.sure.keys() >= set(params.labels):
            return "'sure' has every label: then none may be left to take; 'at_least' and 'otherwise' do that"
        return check_labels(params.labels, params.otherwise)

    def warm_up(self) -> None:
        """Reads the trained file and loads the encoder."""
        reader = open_reader(self.scope)
        reader.warm_up()
        if self.params.state.trained:
            where = f"the trained file {str(self.params.state.path)!r}"
            state = self.params.state.read("route.complexity").state
            refuse_other_encoder(state, reader, where)
            model = Logistic.from_state(state.get("model"), feature_names(reader.dimensions), where)
            if set(model.classes) != set(self.params.labels):
                raise TrainedFileError(
                    f"{where} was trained for the labels {', '.join(model.classes)}; this step has "
                    f"{', '.join(self.params.labels)}",
                    hint="write the labels it was trained for, or train it again",
                )
            self._model = model

    def run(self, question: str) -> Result[Label]:
        """Chooses a label."""
        return self.run_batch([{"question": question}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Label]]:
        """Chooses a label for each question."""
        if self._model is None:
            if not self.params.state.trained:
                label = self.params.otherwise or self.params.labels[0]
                why = f"{label!r}: not trained yet ('ragkit train router')"
                return [Result(Label(label), Decision("route", why, label=label), (why,)) for _ in items]
            self.warm_up()
        rows = question_features(open_reader(self.scope), [item["question"] for item in items])
        assert self._model is not None
        return [
            self._decide(self._model, row, shares)
            for row, shares in zip(rows, self._model.probabilities(rows), strict=True)
        ]

    def _decide(self, model: Logistic, row: Any, shares: Any) -> Result[Label]:
        p = self.params
        best, first = surest(model.classes, shares, p.sure), model.classes[int(shares.argmax())]
        chance = float(shares[model.classes.index(best)])
        label, why = best, f"{best!r} is the most probable, {chance:.2f}"
        if best != first:
            has = f"{float(shares.max()):.2f} of the {p.sure[first]:g} that it needs"
            why = f"{best!r}, {chance:.2f}: {first!r} is more probable and has {has}"
        if chance < p.at_least and p.otherwise is not None:
            label, why = (
                p.otherwise,
                f"{p.otherwise!r}: the most probable, {best!r}, has {chance:.2f} of {p.at_least:g}",
            )
        form_only = [pair for pair in model.contributions(row, best) if not pair[0].startswith(VECTOR)]
        details = {
            "probabilities": {name: float(share) for name, share in zip(model.classes, shares, strict=True)},
            "spoke for it": {name: round(value, 3) for name, value in form_only[:_STRONGEST] if value > 0},
        }
        threshold = p.at_least if p.at_least > 0 else None
        return Result(
            Label(label), Decision("route", why, label=label, score=chance, threshold=threshold, details=details)
        )
