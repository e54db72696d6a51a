"""How probable an LM holds the answers that it gives to one question when it is asked several times.

Notation: s_1 … s_K are the samples, p(s) the product of the probabilities of a sample's tokens. Log-probabilities of
whole answers are summed, so that nothing underflows; all logarithms are natural.

Source: predictive entropy by Monte Carlo, Malinin and Gales (arXiv 2002.07650, Section 3.1, with the normalisation by
length of Section 3.2); semantic entropy, Kuhn et al. (arXiv 2302.09664, Section 4.3) and, without
log-probabilities, Farquhar et al. (Nature 630, 2024).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from ragkit.components.gate.methods.tokens import sequence_probability
from ragkit.types import Token

Samples = Sequence[Sequence[Token]]


def monte_carlo_entropy(samples: Samples) -> float:
    """-mean_k log p(s_k): the entropy of the distribution over answers, as far as K samples show it; from 0 up.

    Raises:
        ValueError: There are no samples, or one has no tokens.
    """
    return _mean([sequence_probability(sample) for sample in samples])


def normalised_monte_carlo_entropy(samples: Samples) -> float:
    """-mean_k log p(s_k) / T_k, so that long answers do not count as uncertain for their length; from 0 up.

    Raises:
        ValueError: There are no samples, or one has no tokens.
    """
    return _mean([sequence_probability(sample) / len(sample) for sample in samples])


def semantic_entropy(clusters: Sequence[int], samples: Samples) -> float:
    """-mean_k log p(c(k)), with p(c) the sum of p(s) over the different answers of a cluster; from 0 up.

    An answer that was drawn several times has its probability once: it is one sequence, and counting it for each draw
    would give a cluster more than it has.

    Args:
        clusters: The number of each sample's meaning.
        samples: The tokens of each sample.

    Raises:
        ValueError: There are no samples, or one has no tokens, or there are more or fewer of them than clusters.
    """
    logs = [-sequence_probability(sample) for sample in samples]
    held: dict[int, dict[Hashable, float]] = {}
    for cluster, sample, value in zip(clusters, samples, logs, strict=True):
        held.setdefault(cluster, {})[tuple(token.text for token in sample)] = value
    of_cluster = {cluster: log_sum(list(answers.values())) for cluster, answers in held.items()}
    # Rounding in a server can make a certainty a little more than that.
    return _mean([-min(of_cluster[cluster], 0.0) for cluster in clusters])


def frequency_entropy(clusters: Sequence[int]) -> float:
    """-sum_c f_c log f_c over the share f_c of samples with each meaning; from 0 to log K.

    Semantic entropy where nothing but texts is known.

    Raises:
        ValueError: There are no samples.
    """
    counts = Counter(clusters)
    n = len(_some(clusters))
    return math.fsum(count / n * math.log(n / count) for count in counts.values())


def log_sum(logs: Sequence[float]) -> float:
    """The logarithm of the sum of numbers whose logarithms are given; -inf of none."""
    highest = max(logs, default=-math.inf)
    if math.isinf(highest):
        return highest
    return highest + math.log(math.fsum(math.exp(value - highest) for value in logs))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(_some(values)) / len(values)


def _some(values: Sequence[float]) -> Sequence[float]:
    if not values:
        raise ValueError("there are no samples")
    return values
