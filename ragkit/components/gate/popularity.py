"""``gate.popularity``: retrieve where the question is about something that few people look up; no LM is asked."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field

from ragkit.component import Component
from ragkit.components.gate._deciding import Gated, GateParameters, Rule, check_threshold, gated, read_rule
from ragkit.components.gate._popularity import Counts, CountsFile, CountsName
from ragkit.types import Result

METHOD = "popularity"


class Popularity(Component):
    """Decides whether to retrieve by how popular the names in the question are.

    Use it for questions about people, places and works: a language model knows what is written about often and forgets
    the rest, whatever its size. The counts are yours: page views, links, or how often a name is searched for, written
    in the pipeline or in a file beside it, JSON Lines of ``{"name": "Paris", "count": 81250}``. Names are found in the
    question by their words, without case, the longest first. Nothing of the corpus is looked at.

    The uncertainty is minus the power of ten of the count, ``-log10(1 + count)``: -5 for a hundred thousand, 0 for
    never. Of several names the least popular decides (``of: mean`` takes the mean). A question without a known name has
    0 and so is looked up. Retrieved is from ``threshold`` up (-4: what has fewer than ten thousand), or from where
    ``ragkit train gate`` found it best.

    Cost: none. Ports: ``retrieve`` (bool), ``uncertainty``.

    Source: Mallen et al., "When Not to Trust Language Models" (arXiv 2212.10511, Section 5); popularity in
    LLM-Independent Adaptive RAG (arXiv 2505.04253).

    Errors: the file is not there (found when the pipeline is checked), or a line of it is no name with a count.

    YAML::

        lm: openai/gpt-4.1-mini
        steps:
          gate: {use: gate.popularity, counts: {Paris: 81250, "Paris, Texas": 310}, threshold: -4}
          hits: {use: retrieve.hybrid, k: 10, when: gate.retrieve}
          informed: {use: generate.answer, passages: hits}
          direct: {use: generate.direct, when: {not: gate.retrieve}}
          closed: {use: generate.decline, unless: informed}
          answer: {use: flow.first, of: [informed, direct, closed]}
        output: answer

    Python::

        from ragkit.components.gate.popularity import Popularity

        gate = Popularity(Popularity.Params(counts={"Paris": 81250, "Paris, Texas": 310}, threshold=-4))
        assert gate.run("Who founded Paris, Texas?").value.retrieve
        assert not gate.run("Who founded Paris?").value.retrieve
    """

    class Params(GateParameters):
        """Parameters of ``gate.popularity``."""

        counts: dict[str, Annotated[int, Field(ge=0)]] | CountsFile = Field(
            min_length=1, description="names and their counts, or a file of them, relative to this pipeline"
        )
        of: Literal["least", "mean"] = Field("least", description="which count decides where there are several names")

    trained_by = "gate"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._counts: Counts | None = None
        self._rule: Rule | None = None

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Whether there is a threshold."""
        return check_threshold(params)

    def conditions(self) -> dict[str, Any]:
        """What the uncertainty hangs on: a trained file is for these alone."""
        return {"method": METHOD, "of": self.params.of, "counts": self._opened().digest}

    def warm_up(self) -> None:
        """Reads the counts and the trained file."""
        self._counts = self._opened()
        self._rule = read_rule(self.params.state, "gate.popularity", self.conditions())

    def run(self, question: str) -> Result[Gated]:
        """Decides for one question."""
        if self._counts is None:
            self.warm_up()
        found = self._opened().found(question)
        rarities = [-math.log10(1.0 + count) for count in found.values()] or [0.0]
        uncertainty = max(rarities) if self.params.of == "least" else math.fsum(rarities) / len(rarities)
        scale = "minus the power of ten of the count, up to 0"
        return gated(METHOD, scale, uncertainty, self.params.threshold, self._rule, {"names": found})

    def _opened(self) -> Counts:
        if self._counts is not None:
            return self._counts
        given = self.params.counts
        if isinstance(given, CountsName):
            return Counts.read(given.path)
        assert isinstance(given, dict)
        return Counts.of(given)
