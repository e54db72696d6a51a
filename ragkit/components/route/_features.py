"""What trained routers see of a question: the encoder's vector of it, and its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ragkit.components.route._form import NAMES, form
from ragkit.errors import TrainedFileError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

VECTOR = "vector "
"""What the names of the vector's components begin with."""


def feature_names(dimensions: int) -> tuple[str, ...]:
    """The names of the features: those of the vector, then those of the form."""
    return (*(f"{VECTOR}{i}" for i in range(dimensions)), *NAMES)


def question_features(reader: Any, questions: Sequence[str]) -> npt.NDArray[np.float64]:
    """The vector of each question and its form; shape (n, dimensions + forms)."""
    import numpy as np

    vectors = np.asarray(reader.encode(list(questions)), dtype=np.float64)
    return np.hstack([vectors, form(questions)])


def refuse_other_encoder(state: Mapping[str, Any], reader: Any, where: str) -> None:
    """Checks that the vectors are those that a router was trained on.

    Raises:
        TrainedFileError: They are made by another encoder.
    """
    if state.get("encoder") != reader.encoder_identity:
        raise TrainedFileError(
            f"{where} was trained with the encoder {state.get('encoder')!r}; this corpus has "
            f"{reader.encoder_identity!r}",
            hint="train it on this pipeline: ragkit train router",
        )
