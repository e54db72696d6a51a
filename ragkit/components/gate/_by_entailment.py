"""Answers compared by a model for natural-language inference."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragkit.components.gate._comparing import Judgement
from ragkit.components.gate.methods.claims import Relation
from ragkit.components.model_name import ModelName, model_folder
from ragkit.errors import EncoderError

_CLASSES: Mapping[str, Relation] = {"entailment": "same", "contradiction": "against", "neutral": "other"}
_BATCH = 32
_LOADED: dict[Path, ByEntailment] = {}
_LOCK = threading.Lock()


class ByEntailment:
    """Likeness is the probability that the first answer entails the second, each read behind the question.

    The same are answers that entail each other; joined are those whose entailment is likelier than their contradiction,
    as Lin et al. have it (arXiv 2305.19187, Section 4.1). Loading takes seconds; ``load`` does it once for the process.

    Args:
        name: The model as it was written, for messages.
        folder: Its files, with safetensors weights.

    Raises:
        EncoderError: It needs code of its own, cannot be loaded, or has not the three classes of inference.
    """

    def __init__(self, name: str, folder: Path) -> None:
        from ragkit.corpus.encoder.torch_encoder import quiet, refuse_foreign_code

        refuse_foreign_code(name, folder)
        with quiet():
            import torch
            from sentence_transformers import CrossEncoder

            try:
                self._model: Any = CrossEncoder(
                    str(folder), local_files_only=True, trust_remote_code=False,
                    model_kwargs={"use_safetensors": True, "dtype": torch.float32}, activation_fn=torch.nn.Softmax(-1),
                )  # fmt: skip
            except Exception as error:
                raise EncoderError(f"the entailment model {name!r} in {folder} cannot be loaded: {error}") from error
        labels = {int(number): str(label).lower() for number, label in self._model.config.id2label.items()}
        if sorted(labels.values()) != sorted(_CLASSES):
            raise EncoderError(
                f"the model {name!r} has the classes {', '.join(map(repr, labels.values()))}, and comparing answers "
                f"takes {', '.join(map(repr, _CLASSES))}",
                hint="choose a model for natural-language inference, such as cross-encoder/nli-deberta-v3-small",
            )
        self._labels = labels
        self._entails = next(number for number, label in labels.items() if label == "entailment")
        self._denies = next(number for number, label in labels.items() if label == "contradiction")
        self.told = f"by entailment ({Path(name).name}): the same where each entails the other"
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str) -> ByEntailment:
        """The model of this name, loaded the first time.

        Raises:
            EncoderError: It is not there and cannot be had, or it is no such model.
        """
        with _LOCK:
            folder = model_folder(name, name.beside if isinstance(name, ModelName) else Path(), "entailment model")
            if folder not in _LOADED:
                _LOADED[folder] = cls(name, folder)
            return _LOADED[folder]

    def judge(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """The judgement of each pair."""
        if not pairs:
            return []
        read = [(f"{question} {one}", f"{question} {two}") for one, two in pairs]
        with self._lock:  # a fast tokenizer must not be used by two threads at a time
            shares = self._model.predict(read, batch_size=_BATCH, show_progress_bar=False)
        return [
            Judgement(
                float(share[self._entails]),
                _CLASSES[self._labels[int(share.argmax())]],
                bool(share[self._entails] > share[self._denies]),
            )
            for share in shares
        ]
