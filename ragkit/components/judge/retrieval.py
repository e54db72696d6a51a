"""``judge.retrieval``: correct, ambiguous or incorrect, by two thresholds over the passages' scores."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.select._selection import read_ranking
from ragkit.scores import score_meaning
from ragkit.types import Decision, Label, Passages, Result

LABELS = ("correct", "ambiguous", "incorrect")


class Judged(NamedTuple):
    """What ``judge.retrieval`` gives.

    ``label`` is what the scores come to, ``relevant`` holds the passages that are not below the lower threshold,
    ``found`` is true when there is one, ``best`` is the highest score (nothing where there are no passages).
    """

    label: Label
    relevant: Passages
    found: bool
    best: float | None


class Retrieval(Component):
    """Decides by two thresholds what to do with what was found: use it, use it beside another source, or drop it.

    Use it where something scores passages on a scale of its own that means the same for every question: the calibrated
    ``relevance`` of ``select.learned``, a cross-encoder's probability. ``judge.relevance`` asks an LM in its place. The
    label is ``correct`` when the best score is at least ``upper``, ``incorrect`` when all are below ``lower`` (or there
    is nothing), else ``ambiguous``. The thresholds depend on the scorer and on the questions: the paper has other ones
    for each data set. Give them search marks, or read them off the scores in the traces.

    Cost: none, it reads scores. Ports: ``label``, ``relevant`` (a passage list), ``found`` (bool), ``best`` (float).

    Source: Yan et al., "Corrective Retrieval Augmented Generation" (arXiv 2401.15884), Section 4.3; the evaluator whose
    confidence it reads is a fine-tuned T5 there.

    Errors: ``lower`` above ``upper``; a list that no score ordered while ``score`` names none; a passage without that
    score. Scores that are made of ranks say nothing about confidence: a warning says so.

    YAML::

        steps:
          found: {use: retrieve.dense, k: 5}
          verdict: {use: judge.retrieval, passages: found, upper: 0.6, lower: 0.3}
          wider: {use: retrieve.hybrid, k: 20, when: {port: verdict.label, is: incorrect}}
          evidence: {use: flow.first, of: [wider, found]}
        output: evidence

    Python::

        from ragkit.components.judge.retrieval import Retrieval
        from ragkit.types import Passage, Passages

        found = Passages([Passage(str(s), str(s), "", "", {"relevance": s}) for s in (0.7, 0.2, 0.01)], "relevance")
        judged = Retrieval(Retrieval.Params(upper=0.5, lower=0.1)).run(found).value
        assert (judged.label, len(judged.relevant), judged.best) == ("correct", 2, 0.7)
    """

    class Params(Parameters):
        """Parameters of ``judge.retrieval``."""

        upper: Annotated[float, BINDABLE] = Field(description="the score from which a passage makes it 'correct'")
        lower: Annotated[float, BINDABLE] = Field(description="where all scores are below this it is 'incorrect'")
        score: str | None = Field(None, description="the score to read; left out: the one that ordered the list")

    params: Params

    @classmethod
    def declared_labels(cls, params: Any) -> tuple[str, ...] | None:
        """The three."""
        return LABELS

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``lower`` is not above ``upper``."""
        if params.lower > params.upper:
            return f"'lower' is {params.lower:g}, above 'upper', {params.upper:g}"
        return None

    def run(self, passages: Passages) -> Result[Judged]:
        """Judges the list."""
        p = self.params
        if not passages:
            decision = Decision("judge", "incorrect: nothing was found", kept=0, of=0, label="incorrect")
            return Result(Judged(Label("incorrect"), passages, False, None), decision)
        ranking = read_ranking(passages, p.score)
        best = max(ranking.scores)
        label = "correct" if best >= p.upper else "incorrect" if best < p.lower else "ambiguous"
        pairs = zip(ranking.items, ranking.scores, strict=True)
        relevant = Passages([item for item, score in pairs if score >= p.lower], ranking.name)
        held = {"correct": f"at least {p.upper:g}", "incorrect": f"below {p.lower:g}",
                "ambiguous": f"between {p.lower:g} and {p.upper:g}"}[label]  # fmt: skip
        decision = Decision(
            "judge",
            f"{label}: the best {ranking.name} is {best:.3f}, {held}; {len(relevant)} of {len(passages)} are not below "
            f"{p.lower:g}",
            kept=len(relevant),
            of=len(passages),
            label=label,
            score=best,
            threshold=p.upper if label == "correct" else p.lower,
            details={"upper": p.upper, "lower": p.lower, "scores": [round(score, 4) for score in ranking.scores]},
        )
        warnings = ranking.warnings
        if score_meaning(ranking.name).kind == "rank":
            warnings += (f"{ranking.name!r} is made of ranks and says nothing about confidence: name another 'score'",)
        return Result(Judged(Label(label), relevant, bool(relevant), best), decision, warnings)
