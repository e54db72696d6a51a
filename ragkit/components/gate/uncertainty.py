"""``gate.uncertainty``: retrieve where an answer without documents is uncertain."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from ragkit.component import Component, Need, input_ports
from ragkit.components.gate._comparing import Comparing
from ragkit.components.gate._deciding import Gated, GateParameters, Rule, check_threshold, gated, read_rule
from ragkit.components.gate._measures import MEASURES, Given, Measure, Method, without
from ragkit.components.model_name import Model
from ragkit.components.opening import open_reader
from ragkit.errors import LMError, did_you_mean
from ragkit.types import Result, Token

_PORTS: Mapping[str, tuple[str, ...]] = {
    "draft": ("draft", "logprobs"),
    "samples": ("samples",),
    "sample log-probabilities": ("samples", "sample_logprobs"),
    "confidence": ("confidence",),
}


class Uncertainty(Component):
    """Decides whether to retrieve by how uncertain an LM is of an answer that it gives without documents.

    Use it where many questions can be answered from what the LM knows: those that it is sure of cost no retrieval. On
    questions over one document a gate of this kind is as good as much dearer methods; on questions over several it
    retrieves nearly always (AdaRAGUE). ``retrieve`` stands in the ``when`` of what is to run then.

    ``method`` names the measure, and the measure decides what the step reads:

    * of one draft, its tokens (ports ``draft`` and ``logprobs``): ``sequence_probability``, ``perplexity``,
      ``mean_token_probability``, ``max_token_probability``, ``mean_token_entropy``, ``max_token_entropy``,
      ``token_sar``, ``ccp``; entropies and ``ccp`` read the likeliest other tokens too;
    * of several samples (``gate.samples``), their texts (port ``samples``): ``lexical_similarity``,
      ``degree_matrix``, ``eigenvalue_laplacian``, ``eccentricity``, ``semantic_sets``, ``discrete_semantic_entropy``;
      and their tokens (also ``sample_logprobs``): ``monte_carlo_entropy``, ``normalised_monte_carlo_entropy``,
      ``semantic_entropy``, ``sentence_sar``, ``sar``;
    * of what the LM says of itself (port ``confidence``, a number or a text with one): ``verbalised``.

    ``gate.p_true`` asks the LM whether its answer is true. Of every measure a higher number is less certain; retrieved
    is from ``threshold`` up, or from where ``ragkit train gate`` found it best on labelled questions (``state``).

    Measures that compare answers do it by ``compare``: by their words, by the corpus's encoder (the same from a cosine
    of ``at_least``), or by a model for natural-language inference (``entailment``). The trace says which it was.

    Cost: none beside the draft or the samples; with ``compare: encoder`` the encoding of each different answer, with
    ``compare: entailment`` a pass for every ordered pair of different answers. Ports: ``retrieve`` (bool),
    ``uncertainty``.

    Source: AdaRAGUE (arXiv 2501.12835, Sections 3 and 4) for the use as a gate; docs/uncertainty.md has the paper of
    each measure.

    Errors: the LM's server gives no log-probabilities, or none of other tokens, and the method reads them (the message
    names the methods that do without); a confidence that is no probability; a trained file of another method.

    YAML::

        steps:
          draft: {use: generate.direct}
          gate: {use: gate.uncertainty, method: perplexity, draft: draft, logprobs: draft.logprobs, threshold: 1.3}
          hits: {use: retrieve.hybrid, k: 10, when: gate.retrieve}
          informed: {use: generate.answer, passages: hits}
          answer: {use: flow.first, of: [informed, draft]}
        output: answer

    Python::

        from ragkit.components.gate.uncertainty import Uncertainty
        from ragkit.types import Answer, Token

        Perplexity = Uncertainty.shaped("perplexity")
        gate = Perplexity(Perplexity.Params(method="perplexity", threshold=2.0))
        sure = gate.run(question="Where?", draft=Answer("Paris"), logprobs=[Token("Paris", -0.01)])
        assert not sure.value.retrieve
    """

    class Params(GateParameters):
        """Parameters of ``gate.uncertainty``."""

        method: Method = Field(description="the measure of uncertainty")
        compare: Literal["words", "encoder", "entailment"] = Field(
            "words", description="how answers are compared, where the method compares them"
        )
        at_least: float = Field(
            0.8, ge=-1, le=1, description="with 'compare: encoder': the cosine from which two answers are the same"
        )
        entailment: Model | None = Field(
            None, description="with 'compare: entailment': a model for inference, a folder or a name on the hub"
        )

    shaping: ClassVar[str | None] = "method"
    trained_by = "gate"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._comparing: Comparing | None = None
        self._rule: Rule | None = None

    @classmethod
    def shaped(cls, given: str) -> type[Component]:
        """The class with the ports of a method.

        Raises:
            ValueError: There is no such method.
        """
        if given not in MEASURES:
            known = ", ".join(MEASURES)
            raise ValueError(f"there is no method {given!r}; the methods are {known}{did_you_mean(given, MEASURES)}")
        return _shape(given)

    @classmethod
    def needs_for(cls, params: Any) -> frozenset[Need]:
        """The corpus's encoder, where it compares the answers."""
        encodes = params.compare == "encoder" and MEASURES[params.method].compares
        return frozenset({Need.INDEX, Need.ENCODER}) if encodes else frozenset()

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Whether there is a threshold, and what comparing takes."""
        if params.compare != "words" and not MEASURES[params.method].compares:
            return f"the method {params.method!r} compares no answers, so 'compare' says nothing here"
        if (params.compare == "entailment") != (params.entailment is not None):
            return "'compare: entailment' and 'entailment', the model that compares, go together"
        return check_threshold(params)

    @property
    def measure(self) -> Measure:
        """The measure of the method."""
        return MEASURES[self.params.method]

    def conditions(self) -> dict[str, Any]:
        """What the uncertainty hangs on: a trained file is for these alone."""
        found: dict[str, Any] = {"method": self.params.method}
        if self.measure.compares:
            found["compare"] = self.params.compare
            if self.params.compare == "encoder":
                found |= {"encoder": open_reader(self.scope).encoder_identity, "at_least": self.params.at_least}
            if self.params.entailment is not None:
                found["entailment"] = Path(self.params.entailment).name
        return found

    def warm_up(self) -> None:
        """Reads the trained file and loads what compares answers."""
        self._comparing = self._opened()
        self._rule = read_rule(self.params.state, "gate.uncertainty", self.conditions())

    def run(
        self,
        question: str,
        draft: Any = None,
        logprobs: list[Token] | None = None,
        samples: list[str] | None = None,
        sample_logprobs: list[list[Token]] | None = None,
        confidence: Any = None,
    ) -> Result[Gated]:
        """Measures and decides."""
        if self._comparing is None:
            self.warm_up()
        assert self._comparing is not None
        measure = self.measure
        tokens = logprobs if measure.source == "draft" else sample_logprobs
        if measure.logprobs and not tokens:
            raise LMError(
                f"the method {measure.name!r} reads log-probabilities, and the LM gave none",
                hint=f"use an LM whose server gives them, or a method that does without: {without()}",
            )
        if samples is not None and len(samples) < 2:
            raise LMError(f"the method {measure.name!r} compares samples, and there is {len(samples)}")
        given = Given(question, self._comparing, logprobs or (), samples or (), sample_logprobs or (), confidence)
        try:
            uncertainty = measure.of(given)
        except ValueError as error:
            raise LMError(f"the method {measure.name!r} cannot be computed: {error}", hint=self._hint()) from error
        return gated(measure.name, measure.scale, uncertainty, self.params.threshold, self._rule, self._told(samples))

    def _told(self, samples: Sequence[str] | None) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if samples is not None:
            told["samples"] = len(samples)
        if self.measure.compares and self._comparing is not None:
            told["compared"] = self._comparing.told
        return told

    def _hint(self) -> str | None:
        if not self.measure.alternatives:
            return None
        return f"methods that do without the likeliest other tokens: {without(alternatives=True)}"

    def _opened(self) -> Comparing:
        from ragkit.components.gate._by_entailment import ByEntailment
        from ragkit.components.gate._by_vectors import ByVectors
        from ragkit.components.gate._by_words import ByWords

        if self.measure.compares and self.params.compare == "encoder":
            reader = open_reader(self.scope)
            reader.warm_up()
            return ByVectors(reader, self.params.at_least)
        if self.params.entailment is not None:
            return ByEntailment.load(self.params.entailment)
        return ByWords()


@functools.cache
def _shape(method: str) -> type[Uncertainty]:
    """The class with the ports of a method: those that it reads must be written, even where they may turn out empty."""
    wanted = _PORTS[MEASURES[method].source]
    ports = [port for port in input_ports(Uncertainty) if port.name == "question" or port.name in wanted]
    declared = tuple(
        port if port.name == "question" else replace(port, required=True, skips=not port.name.endswith("logprobs"))
        for port in ports
    )
    made = {"declared_inputs": declared, "__doc__": Uncertainty.__doc__, "__module__": Uncertainty.__module__}
    return type(Uncertainty.__name__, (Uncertainty,), made)
