"""``gate.known``: retrieve where questions of this kind were not answered without documents; no LM is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.gate._deciding import NEEDED, Gated, Rule, gated, read_threshold
from ragkit.components.logistic import Logistic
from ragkit.components.opening import open_reader
from ragkit.components.route._features import feature_names, question_features
from ragkit.trained import TrainedFile
from ragkit.types import Result

METHOD = "known"


class Known(Component):
    """Decides whether to retrieve by the question alone, from questions that the LM could answer or could not.

    Use it where even a draft costs too much: the LM is asked once, with documents or without. ``ragkit train gate``
    asks it every labelled question both ways and fits a classifier over the question's vector and its form; a new
    question is then held against what was learned. The uncertainty is the probability that retrieval is needed, and
    retrieved is from where the training found it best, or from ``threshold`` up. It looks into no document: of the
    corpus it takes the encoder only.

    What it knows is of the LM that it was trained with; another LM knows other things. Before the training it retrieves
    always, and says so.

    Cost: one encoding of the question (which the retriever that follows does not pay again). Ports: ``retrieve``
    (bool), ``uncertainty`` (0 to 1).

    Source: SKR, "Self-Knowledge Guided Retrieval" (Wang et al., arXiv 2310.05002, Section 3), in the form of a trained
    classifier; gating before any LM call as in LLM-Independent Adaptive RAG (arXiv 2505.04253).

    Errors: a trained file of another component or of another encoder; no index.

    YAML::

        lm: openai/gpt-4.1-mini
        steps:
          gate: {use: gate.known, state: trained/papers-known.json, threshold: 0.5}
          hits: {use: retrieve.hybrid, k: 10, when: gate.retrieve}
          informed: {use: generate.answer, passages: hits}
          direct: {use: generate.direct, when: {not: gate.retrieve}}
          closed: {use: generate.decline, unless: informed}
          answer: {use: flow.first, of: [informed, direct, closed]}
        output: answer

    Python::

        from ragkit.components.gate.known import Known

        assert Known.trained_by == "gate"
    """

    class Params(Parameters):
        """Parameters of ``gate.known``."""

        state: TrainedFile = Field(description="the trained file, relative to this pipeline; 'ragkit train gate'")
        threshold: Annotated[float | None, BINDABLE] = Field(
            None, ge=0, description="retrieve from this probability up; by default from where the training says"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    trained_by = "gate"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._model: Logistic | None = None
        self._rule: Rule | None = None

    def conditions(self) -> dict[str, Any]:
        """What the uncertainty hangs on: a trained file is for these alone."""
        return {"method": METHOD, "encoder": open_reader(self.scope).encoder_identity}

    def warm_up(self) -> None:
        """Reads the trained file and loads the encoder."""
        reader = open_reader(self.scope)
        reader.warm_up()
        state = self.params.state
        if state is not None and state.trained:
            where = f"the trained file {str(state.path)!r}"
            found = read_threshold(state, "gate.known", self.conditions())
            self._model = Logistic.from_state(found.state.get("model"), feature_names(reader.dimensions), where)
            self._rule = Rule(found.threshold, None)

    def run(self, question: str) -> Result[Gated]:
        """Decides for one question."""
        return self.run_batch([{"question": question}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Gated]]:
        """Decides for each question; their vectors are made together."""
        if self._model is None:
            self.warm_up()
        chances = [1.0] * len(items)
        if self._model is not None:
            rows = question_features(open_reader(self.scope), [item["question"] for item in items])
            chances = self._model.probabilities(rows)[:, self._model.classes.index(NEEDED[1])].tolist()
        scale = "from 0 to 1, the probability that retrieval is needed"
        return [gated(METHOD, scale, chance, self.params.threshold, self._rule, {}) for chance in chances]
