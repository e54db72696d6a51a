"""A gate's threshold by DSPy's ReAnchor, which fits the decisions of a program against its end metric.

ReAnchor is experimental in DSPy 3.4 and missing in 3.3. It fits the threshold of a yes-or-no output over the
probability that the backend gives; here the backend is the table of uncertainties that were measured, stretched to 0 …
1, and the metric is what each answer is worth with and without retrieval. Nothing is asked of an LM.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from ragkit.train.thresholds import Case, Threshold, margin_of

FIELD = "retrieve"


def reanchored(cases: Sequence[Case]) -> Threshold | None:
    """The threshold that ReAnchor finds, beginning at one that always retrieves; None where DSPy has no ReAnchor.

    Args:
        cases: At least one.
    """
    import dspy

    try:
        from dspy.experimental import Noul, ReAnchor
    except ImportError:
        return None
    low = min(case.uncertainty for case in cases)
    high = max(case.uncertainty for case in cases)
    margin = margin_of(low, high)
    low, high = low - margin, high + margin  # so that there is room for "always" and for "never"
    with _quietly():
        signature = dspy.Signature(
            {
                "number": (str, dspy.InputField()),
                FIELD: (Noul, dspy.OutputField(desc="whether to retrieve for this question")),
            },
            "Decide whether to retrieve.",
        )
        student = dspy.Predict(signature)
        student.lm = _Measured([(case.uncertainty - low) / (high - low) for case in cases])
        student.fields = {FIELD: {"threshold": 0.0}}
        examples = [dspy.Example(number=str(place)).with_inputs("number") for place in range(len(cases))]

        def worth(example: Any, found: Any) -> float:
            case = cases[int(example.number)]
            return case.retrieved if found[FIELD] else case.kept

        optimiser = ReAnchor(worth, num_threads=1, require_cache=False)
        fitted = optimiser.compile(student, trainset=examples)
    threshold = float(fitted.fields[FIELD]["threshold"])
    value = low + threshold * (high - low)
    always = threshold <= 0.0 or all(case.uncertainty >= value for case in cases)
    worths = [case.retrieved if always or case.uncertainty >= value else case.kept for case in cases]
    by = f"ReAnchor of DSPy {metadata.version('dspy')}"
    return Threshold(None if always else value, sum(worths) / len(worths), by)


class _Measured:
    """Answers decision requests, as DSPy's clients for them do, from what was measured."""

    supports_decision_requests = True
    model = "measured"

    def __init__(self, probabilities: Sequence[float]) -> None:
        self._probabilities = probabilities
        self.callbacks: list[Any] = []
        self.history: list[Any] = []

    def __call__(self, *, state: Mapping[str, Any], questions: Mapping[str, Any]) -> dict[str, Any]:
        place = int(state["inputs"]["number"])
        return {name: {"noul": self._probabilities[place]} for name in questions}

    def __deepcopy__(self, memo: dict[int, Any]) -> _Measured:
        return self


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without the notice that it is experimental, its log, and its progress bar, which it writes to stdout."""
    logger = logging.getLogger("dspy.teleprompt.reanchor.reanchor")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.filterwarnings("ignore", module=r"dspy\..*")
            yield
    finally:
        logger.setLevel(level)
