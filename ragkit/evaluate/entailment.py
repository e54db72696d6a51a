"""An entailment model for citations: does what a passage says support a statement?"""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import Any

from ragkit.errors import EncoderError, UsageError

ENTAILMENT = "entailment"
_HINT = (
    "a folder as save_pretrained writes it, of a model for natural-language inference (NLI) with safetensors weights"
)


class EntailmentModel:
    """A cross-encoder for natural-language inference; called with a premise and a hypothesis, it says yes or no.

    Yes means that of the model's classes ``entailment`` has the highest logit. The model is read from a folder, never
    fetched; each pair is asked once. Loading takes seconds, a pair some tens of milliseconds on a CPU.

    Args:
        folder: The model's folder.

    Raises:
        UsageError: The folder is not there or holds no safetensors weights.
        EncoderError: The model cannot be loaded, needs code of its own, or has no class named ``entailment``.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.expanduser()
        if not (folder / "config.json").is_file():
            what = "holds no config.json" if folder.is_dir() else "is not a folder"
            raise UsageError(f"the entailment model {str(folder)!r} {what}", hint=_HINT)
        weights = sorted(folder.glob("*.safetensors"))
        if not weights:
            raise UsageError(f"the entailment model {str(folder)!r} has no safetensors weights", hint=_HINT)
        self.name = folder.resolve().name
        self.digest = _digest(weights)
        self._model = _load(folder)
        self._entailment = _class_of(self._model, self.name)
        self._known: dict[tuple[str, str], bool] = {}
        self.asked = 0
        """How many pairs the model has read."""
        self.cut = 0
        """How many of them were longer than it reads: of those it read the beginning."""

    @property
    def card(self) -> dict[str, str]:
        """The model as a report names it."""
        return {"name": self.name, "digest": self.digest}

    def __call__(self, premise: str, hypothesis: str) -> bool:
        """Whether the premise entails the hypothesis."""
        pair = (premise, hypothesis)
        if pair not in self._known:
            logits = self._model.predict([pair], show_progress_bar=False)[0]
            self._known[pair] = int(logits.argmax()) == self._entailment
            tokens = self._model.tokenizer(premise, hypothesis, truncation=False, verbose=False)["input_ids"]
            self.asked += 1
            self.cut += len(tokens) > self._model.max_seq_length
        return self._known[pair]


def _digest(weights: list[Path]) -> str:
    from hashlib import sha256

    whole = sha256()
    for path in weights:
        with path.open("rb") as file:
            whole.update(file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _load(folder: Path) -> Any:
    from ragkit.corpus.encoder.torch_encoder import quiet, refuse_foreign_code

    refuse_foreign_code(str(folder), folder)
    with quiet():
        import torch
        from sentence_transformers import CrossEncoder

        try:
            return CrossEncoder(
                str(folder), local_files_only=True, trust_remote_code=False,
                model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            )  # fmt: skip
        except Exception as error:
            raise EncoderError(f"the entailment model in {folder} cannot be loaded: {error}", hint=_HINT) from error


def _class_of(model: Any, name: str) -> int:
    """The number of the class ``entailment``; some models write it in capitals."""
    labels: dict[int, str] = model.config.id2label
    for number, label in labels.items():
        if label.lower() == ENTAILMENT and len(labels) > 1:
            return int(number)
    there = ", ".join(map(repr, labels.values()))
    raise EncoderError(
        f"the model {name!r} has no class named {ENTAILMENT!r}; its classes are {there}",
        hint=_HINT,
    )
