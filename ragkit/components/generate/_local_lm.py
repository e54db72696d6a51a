"""A causal language model in memory, which shows its attention: loaded once for the process, asked by one at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.components.generate._rind import Span, entropy
from ragkit.components.model_name import ModelName, model_folder
from ragkit.errors import LMError

if TYPE_CHECKING:
    from ragkit.components.generate._rind import Floats

_LOADED: dict[tuple[Path, str], LocalLM] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads. ``question`` and ``so_far`` are the offsets of these two in the text."""

    text: str
    question: Span
    so_far: Span
    chat: bool


@dataclass(frozen=True, slots=True)
class Writing:
    """What the model wrote.

    ``tokens`` are the offsets in ``text`` of the n tokens that it wrote, ``read`` those in the prompt of the p tokens
    that it read. ``entropies`` ``[n]`` and ``attention`` ``[n, p + n]`` (last layer, mean of the heads) are there where
    they were asked for. ``finished``: the model ended by itself.
    """

    text: str
    tokens: list[Span]
    read: list[Span]
    finished: bool
    entropies: Floats | None = None
    attention: Floats | None = None


class LocalLM:
    """A model of transformers' ``AutoModelForCausalLM``. Loading takes seconds to minutes; ``load`` does it once.

    Args:
        name: The model as it was written, for messages.
        folder: Its files.
        device: ``auto`` or a torch device.

    Raises:
        LMError: The model needs code of its own, has no safetensors or no fast tokenizer, or cannot be loaded.
    """

    def __init__(self, name: str, folder: Path, device: str) -> None:
        from ragkit.corpus.encoder.torch_encoder import quiet

        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        with quiet():
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer

            place = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
            own = {"local_files_only": True, "trust_remote_code": False}
            try:
                tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), **own)
                model: Any = AutoModelForCausalLM.from_pretrained(
                    str(folder),
                    use_safetensors=True,
                    attn_implementation="eager",  # the others do not give their weights
                    dtype=torch.float32 if place == "cpu" else "auto",
                    **own,
                )
                self._model = model.to(place).eval()
            except Exception as error:
                raise LMError(
                    f"the local language model {name!r} in {folder} cannot be loaded: {error}",
                    hint="it takes a causal LM that transformers knows, with safetensors, without code of its own",
                ) from error
        if not tokenizer.is_fast:
            raise LMError(f"the local language model {name!r} has no fast tokenizer, so its tokens have no offsets")
        self._tokenizer = tokenizer
        self.name = name
        self.limit: int | None = getattr(model.config, "max_position_embeddings", None)
        ends = model.generation_config.eos_token_id
        self._ends = frozenset([ends] if isinstance(ends, int) else ends or ())
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str, device: str) -> LocalLM:
        """The model of this name on this device, loaded the first time.

        Raises:
            LMError: It is not there and cannot be had, or it cannot be loaded.
        """
        with _LOCK:
            beside = name.beside if isinstance(name, ModelName) else Path()
            folder = model_folder(name, beside, "local language model", LMError)
            if (folder, device) not in _LOADED:
                _LOADED[folder, device] = cls(name, folder, device)
            return _LOADED[folder, device]

    def prompt(self, instructions: str, passages: str, question: str, so_far: str) -> Prompt:
        """The prompt: in the model's own chat form where it has one, else as plain text that it goes on with.

        Raises:
            LMError: The chat form changes the words of the question.
        """
        passages, question, so_far = (self._plain(text) for text in (passages, question, so_far))
        asked = f"Question: {question}"
        told = "\n\n".join(part for part in (instructions.strip(), passages, asked) if part)
        chat = bool(getattr(self._tokenizer, "chat_template", None))
        if chat:
            turns = [{"role": "user", "content": told}]
            head = str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        else:
            head = f"{told}\nAnswer:" + (" " if so_far else "")
        place = head.rfind(asked)
        if place < 0:
            raise LMError(f"the chat template of {self.name!r} changes the words of the question")
        end = place + len(asked)
        return Prompt(head + so_far, (end - len(question), end), (len(head), len(head) + len(so_far)), chat)

    def write(self, prompt: Prompt, max_tokens: int, watched: bool) -> Writing:
        """Writes on, always the most probable token.

        Args:
            prompt: What it reads.
            max_tokens: The most tokens that it writes.
            watched: Whether entropies and attention are wanted.

        Raises:
            LMError: Prompt and text are longer than the model reads, or the device failed.
        """
        import numpy as np
        import torch

        coded = self._tokenizer(prompt.text, return_offsets_mapping=True, add_special_tokens=not prompt.chat)
        ids, read = list(coded["input_ids"]), [tuple(span) for span in coded["offset_mapping"]]
        if self.limit is not None and len(ids) + max_tokens > self.limit:
            raise LMError(
                f"the prompt has {len(ids)} tokens, and with {max_tokens} to write that is more than the {self.limit} "
                f"that {self.name!r} reads",
                hint="give it fewer passages, or set a smaller 'max_tokens'",
            )
        with self._lock, torch.inference_mode():
            try:
                written, entropies, rows, finished = self._go_on(ids, max_tokens, watched, prompt.chat)
            except RuntimeError as error:
                raise LMError(
                    f"the local language model {self.name!r} failed on {self._model.device}: {error}"
                ) from error
        text, tokens = self._spelled(written)
        if not watched:
            return Writing(text, tokens, read, finished)
        attention = np.zeros((len(written), len(ids) + len(written)))
        for number, row in enumerate(rows):
            end = len(ids) + number + 1
            attention[number, end - len(row) : end] = row  # a sliding window shows the last part only
        return Writing(text, tokens, read, finished, np.array(entropies), attention)

    def _go_on(
        self, ids: Sequence[int], max_tokens: int, watched: bool, chat: bool
    ) -> tuple[list[int], list[float], list[Floats], bool]:
        import numpy as np
        import torch

        def ask(new: Sequence[int], cache: Any, shown: bool) -> Any:
            given = torch.tensor([list(new)], device=self._model.device)
            return self._model(
                input_ids=given, past_key_values=cache, use_cache=True, output_attentions=shown, logits_to_keep=1
            )

        written: list[int] = []
        entropies: list[float] = []
        rows: list[Floats] = []
        # Attention is asked for one token at a time: for the whole prompt at once it would be its length squared.
        out = ask(ids, None, False)
        while len(written) < max_tokens:
            logits = out.logits[0, -1].float().cpu().numpy().astype(np.float64)
            token = int(logits.argmax())
            if token in self._ends:
                return written, entropies, rows, True
            written.append(token)
            if not chat and self._line_ended(written):  # a model without turns goes on with the next question
                return written[:-1], entropies, rows, True
            out = ask([token], out.past_key_values, watched)
            if watched:
                entropies.append(entropy(logits))
                rows.append(out.attentions[-1][0, :, -1].float().mean(0).cpu().numpy().astype(np.float64))
        return written, entropies, rows, False

    def _line_ended(self, written: Sequence[int]) -> bool:
        return "\n" in self._decoded(written).lstrip()

    def _decoded(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _spelled(self, ids: Sequence[int]) -> tuple[str, list[Span]]:
        """The text and the offsets of its tokens; of a character that several tokens spell, the last one has it."""
        text = self._decoded(ids)
        ends = [min(len(self._decoded(ids[: number + 1]).rstrip("�")), len(text)) for number in range(len(ids))]
        if not ends:
            return text, []
        ends[-1] = len(text)
        starts = [0, *ends[:-1]]
        return text, [(start, max(start, end)) for start, end in zip(starts, ends, strict=True)]

    def _plain(self, text: str) -> str:
        """The text without marks that mean something to the model, such as the end of a turn."""
        for mark in self._tokenizer.all_special_tokens:
            text = text.replace(mark, " ")
        return text.strip()
