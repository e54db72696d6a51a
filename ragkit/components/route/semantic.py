"""``route.semantic``: the label whose examples the question is most like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.opening import open_reader
from ragkit.components.route._choice import check_labels, routed
from ragkit.types import Label, Result

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Semantic(Component):
    """Compares the question with a few example questions of each label, and takes the label of the closest.

    Use it to send questions to branches by what they are about (billing, contracts, small talk), with five to twenty
    examples for each label and no training. For how much work a question takes, which its subject does not tell, use
    ``route.complexity``. What a label scores is the mean cosine of the question with its ``k`` closest examples (all of
    them, where it has fewer): with 1 one good example is enough, with more several have to agree. Where no label
    reaches ``threshold``, ``otherwise`` is taken: questions about something that no example shows.

    The threshold is a cosine of the corpus's encoder, and encoders differ: with all-MiniLM-L6-v2, texts on the same
    matter have about 0.4 and more. Nothing calibrates it; the decision has every label's score, to set it by, and a
    search mark lets ``ragkit optimize`` do it.

    Cost: one encoding of the question, which the retriever that follows does not pay again; the examples are encoded
    once, when the pipeline is loaded. Shape: a text in, a label out.

    Source: prototype and nearest-neighbour routing as the survey "Doing More with Less" (arXiv 2502.00409) describes it
    under similarity-based routing; the examples for each route are those of the semantic-router library.

    Errors: no index, whose encoder it uses; a label without examples, or one example under two labels, is refused when
    the file is checked.

    YAML::

        steps:
          kind:
            use: route.semantic
            examples:
              talk: ["Hello, how are you?", "Thanks a lot!", "Tell me a joke."]
              papers: ["Which papers study routing?", "How does CRAG grade what was found?"]
            threshold: {range: [0.1, 0.6], default: 0.3}
            otherwise: papers
          answer:
            use: flow.route
            label: kind
            branches:
              talk: {steps: {reply: {use: generate.decline}}, output: reply}
              papers:
                steps: {hits: {use: retrieve.hybrid}, reply: {use: generate.extractive, passages: hits}}
                output: reply
        output: answer

    Python::

        from ragkit.components.route.semantic import Semantic

        examples = {"size": ["How many passages are kept?"], "order": ["By what are passages ranked?"]}
        step = Semantic(Semantic.Params(examples=examples, otherwise="size"), scope)   # the engine makes the scope
        assert step.run("How many passages does adaptive-k keep?").value == "size"
        assert step.run("How does BM25 rank, by what are passages ranked?").value == "order"
    """

    class Params(Parameters):
        """Parameters of ``route.semantic``."""

        examples: dict[str, list[str]] = Field(min_length=1, description="for each label some questions that are so")
        k: Annotated[int, BINDABLE] = Field(
            1, ge=1, description="how many of a label's examples its score is the mean of, the closest"
        )
        threshold: Annotated[float, BINDABLE] = Field(
            0.0, ge=-1, le=1, description="the cosine that a label needs to be taken"
        )
        otherwise: str = Field(min_length=1, description="the label where none has so much; it needs no examples")

    output = "label"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._vectors: Mapping[str, npt.NDArray[np.float32]] | None = None

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Those with examples, and ``otherwise``."""
        return tuple(dict.fromkeys([*params["examples"], params["otherwise"]]))

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Every label has examples, and each of them says something and stands under one label."""
        seen: dict[str, str] = {}
        for label, examples in params.examples.items():
            if not examples:
                return f"the label {label!r} has no examples"
            for example in examples:
                key = " ".join(example.casefold().split())
                if not key:
                    return f"the label {label!r} has a blank example"
                if key in seen:
                    where = "twice under" if seen[key] == label else f"under {seen[key]!r} and under"
                    return f"the example {example!r} stands {where} {label!r}"
                seen[key] = label
        return check_labels(params.examples)

    def warm_up(self) -> None:
        """Loads the encoder and encodes the examples."""
        reader = open_reader(self.scope)
        reader.warm_up()
        self._vectors = {label: reader.encode(examples) for label, examples in self.params.examples.items()}

    def run(self, question: str) -> Result[Label]:
        """Chooses a label."""
        return self.run_batch([{"question": question}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Label]]:
        """Chooses a label for each question; they are encoded together."""
        if self._vectors is None:
            self.warm_up()
        assert self._vectors is not None
        vectors = open_reader(self.scope).encode([item["question"] for item in items])
        return [self._choose(vector, self._vectors) for vector in vectors]

    def _choose(self, vector: Any, examples: Mapping[str, Any]) -> Result[Label]:
        p = self.params
        scores: dict[str, float] = {}
        closest: dict[str, str] = {}
        for label, rows in examples.items():
            cosines = rows @ vector
            order = (-cosines).argsort(kind="stable")[: p.k]
            scores[label] = float(cosines[order].mean())
            closest[label] = p.examples[label][int(order[0])]
        best = max(scores, key=lambda label: scores[label])
        score = scores[best]
        details = {"scores": {label: round(value, 4) for label, value in scores.items()}, "closest": closest[best]}
        among = min(p.k, len(p.examples[best]))
        of = "its closest example" if among == 1 else f"its {among} closest examples"
        like = f"{score:.2f} to {of}, “{closest[best]}”"
        if score < p.threshold:
            why = f"the most like, {best!r}, has {like}: below {p.threshold:g}"
            return routed(p.otherwise, why, score=score, threshold=p.threshold, details=details)
        return routed(best, f"a cosine of {like}", score=score, threshold=p.threshold, details=details)
