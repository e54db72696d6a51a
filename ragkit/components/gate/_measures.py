"""Every measure of uncertainty by its name: what it reads, its scale, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from ragkit.components.gate._comparing import Answers, Comparing
from ragkit.components.gate.methods import claims, likeness, relevance, samples, spectral, tokens, verdicts
from ragkit.types import Token

Method = Literal[
    "sequence_probability", "perplexity", "mean_token_probability", "max_token_probability", "mean_token_entropy",
    "max_token_entropy", "token_sar", "ccp", "monte_carlo_entropy", "normalised_monte_carlo_entropy",
    "semantic_entropy", "sentence_sar", "sar", "discrete_semantic_entropy", "lexical_similarity", "degree_matrix",
    "eigenvalue_laplacian", "eccentricity", "semantic_sets", "verbalised",
]  # fmt: skip
Source = Literal["draft", "samples", "sample log-probabilities", "confidence"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a measure may read of one question; which of it is there, the measure's ``source`` says."""

    question: str
    comparing: Comparing
    tokens: Sequence[Token] = ()
    texts: Sequence[str] = ()
    samples: Sequence[Sequence[Token]] = ()
    confidence: Any = None

    def answers(self) -> Answers:
        """The sampled answers, each compared with each."""
        return Answers(self.comparing, self.question, self.texts)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure; of all of them a higher number is less certain.

    Attributes:
        name: Its name in a pipeline.
        source: What it is computed from.
        scale: The numbers that it can give, in words.
        of: Computes it; a ``ValueError`` says what it lacks.
        alternatives: It reads the likeliest other tokens too.
        compares: It compares answers.
    """

    name: str
    source: Source
    scale: str
    of: Callable[[Given], float]
    alternatives: bool = False
    compares: bool = False

    @property
    def logprobs(self) -> bool:
        """Whether it needs an LM whose server gives log-probabilities."""
        return self.source in ("draft", "sample log-probabilities")


def _clusters(given: Given) -> list[int]:
    return likeness.clusters(len(given.texts), given.answers().same)


def _token_sar(given: Given, written: Sequence[Token]) -> float:
    pieces = [token.text for token in written]
    whole = "".join(pieces)
    pairs = [(whole, "".join([*pieces[:place], *pieces[place + 1 :]])) for place in range(len(pieces))]
    judged = given.comparing.judge(given.question, pairs)
    return relevance.token_sar(written, [1.0 - min(one.likeness, 1.0) for one in judged])


def _ccp(given: Given) -> float:
    pieces = [token.text for token in given.tokens]
    whole = "".join(pieces)
    asked = [
        (place, other)
        for place, token in enumerate(given.tokens)
        if claims.claims(token)
        for other, _ in token.top
        if other != token.text
    ]
    pairs = [("".join([*pieces[:place], other, *pieces[place + 1 :]]), whole) for place, other in asked]
    judged = given.comparing.judge(given.question, pairs)
    relations = {at: one.relation for at, one in zip(asked, judged, strict=True)}
    return claims.claim_conditioned_probability(given.tokens, lambda place, other: relations[place, other])


def _sentence_sar(given: Given) -> float:
    logprobs = [-tokens.sequence_probability(sample) for sample in given.samples]
    return relevance.sentence_sar(logprobs, given.answers().likeness())


def _sar(given: Given) -> float:
    return relevance.sar([_token_sar(given, sample) for sample in given.samples], given.answers().likeness())


_FROM_0 = "from 0 up, in nats"
_TO_1 = "from 0 to 1"
_ALL = (
    Measure("sequence_probability", "draft", _FROM_0, lambda g: tokens.sequence_probability(g.tokens)),
    Measure("perplexity", "draft", "from 1 up", lambda g: tokens.perplexity(g.tokens)),
    Measure("mean_token_probability", "draft", _TO_1, lambda g: tokens.mean_token_probability(g.tokens)),
    Measure("max_token_probability", "draft", _TO_1, lambda g: tokens.max_token_probability(g.tokens)),
    Measure("mean_token_entropy", "draft", _FROM_0, lambda g: tokens.mean_token_entropy(g.tokens), alternatives=True),
    Measure("max_token_entropy", "draft", _FROM_0, lambda g: tokens.max_token_entropy(g.tokens), alternatives=True),
    Measure("token_sar", "draft", _FROM_0, lambda g: _token_sar(g, g.tokens), compares=True),
    Measure("ccp", "draft", _TO_1, _ccp, alternatives=True, compares=True),
    Measure(
        "monte_carlo_entropy", "sample log-probabilities", _FROM_0, lambda g: samples.monte_carlo_entropy(g.samples)
    ),
    Measure(
        "normalised_monte_carlo_entropy",
        "sample log-probabilities",
        "from 0 up, in nats per token",
        lambda g: samples.normalised_monte_carlo_entropy(g.samples),
    ),
    Measure(
        "semantic_entropy",
        "sample log-probabilities",
        _FROM_0,
        lambda g: samples.semantic_entropy(_clusters(g), g.samples),
        compares=True,
    ),
    Measure("sentence_sar", "sample log-probabilities", "any number", _sentence_sar, compares=True),
    Measure("sar", "sample log-probabilities", "any number", _sar, compares=True),
    Measure(
        "discrete_semantic_entropy",
        "samples",
        "from 0 to the log of the number of samples, in nats",
        lambda g: samples.frequency_entropy(_clusters(g)),
        compares=True,
    ),
    Measure("lexical_similarity", "samples", _TO_1, lambda g: likeness.lexical_similarity(g.texts)),
    Measure("degree_matrix", "samples", _TO_1, lambda g: spectral.degree_matrix(g.answers().likeness()), compares=True),
    Measure(
        "eigenvalue_laplacian",
        "samples",
        "from 1 to the number of samples",
        lambda g: spectral.eigenvalue_laplacian(g.answers().likeness()),
        compares=True,
    ),
    Measure(
        "eccentricity",
        "samples",
        "from 0 to the root of the number of samples less 1",
        lambda g: spectral.eccentricity(g.answers().likeness()),
        compares=True,
    ),
    Measure(
        "semantic_sets",
        "samples",
        "from 1 to the number of samples",
        lambda g: float(spectral.semantic_sets(g.answers().joined(), 1.0)),
        compares=True,
    ),
    Measure("verbalised", "confidence", _TO_1, lambda g: verdicts.verbalised(g.confidence)),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})
"""The measures of ``gate.uncertainty``; ``gate.p_true`` asks for what it reads itself."""


def without(alternatives: bool = False) -> str:
    """The methods that do without log-probabilities, or without alternatives to the written tokens, for messages."""
    names = [name for name, one in MEASURES.items() if not (one.alternatives if alternatives else one.logprobs)]
    return ", ".join(names)
