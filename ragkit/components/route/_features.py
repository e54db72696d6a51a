"""What trained routers see of a question: the encoder's vector of it, its form, and how strange its words are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ragkit.components.route import _form, _words
from ragkit.errors import TrainedFileError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

VECTOR = "vector "
"""What the names of the vector's components begin with."""


def feature_names(dimensions: int) -> tuple[str, ...]:
    """The names of the features: those of the vector, then those of the form and of the words."""
    return (*(f"{VECTOR}{i}" for i in range(dimensions)), *_form.NAMES, *_words.NAMES)


def question_features(reader: Any, questions: Sequence[str]) -> npt.NDArray[np.float64]:
    """The vector of each question, its form and its words; shape (n, len(feature_names(dimensions)))."""
    import numpy as np

    vectors = np.asarray(reader.encode(list(questions)), dtype=np.float64)
    return np.hstack([vectors, _form.form(questions), _words.strangeness(reader, questions)])


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
