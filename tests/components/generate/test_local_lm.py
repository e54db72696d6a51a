"""A local LM made on the spot, held against what transformers says of the whole text at once."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from ragkit.components.generate import _local_lm
from ragkit.components.generate._local_lm import LocalLM
from ragkit.errors import LMError
from tests.components.generate.tiny_lm import POSITIONS, write_tiny_lm


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_lm(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(_local_lm, "_LOADED", {})


def whole(folder, ids):
    """Entropies of every token but the first, and the last layer's attention, all computed at once."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        out = model(torch.tensor([ids]), output_attentions=True)
    logs = torch.log_softmax(out.logits[0], -1)
    return -(logs.exp() * logs).sum(-1).numpy(), out.attentions[-1][0].mean(0).numpy()


@pytest.mark.slow
@pytest.mark.parametrize("window", [None, 8])
def test_entropy_and_attention_are_those_of_the_whole_text_read_at_once(folder, tmp_path, window):
    """Also of a model that sees no more than the last eight tokens."""
    folder = folder if window is None else write_tiny_lm(tmp_path / "window", window=window)
    import torch

    lm = LocalLM.load(str(folder), "cpu")
    prompt = lm.prompt("Answer", "[1] the list", "where is the gap", "it is")
    assert prompt.text == "Answer\n\n[1] the list\n\nQuestion: where is the gap\nAnswer: it is"
    assert prompt.text[slice(*prompt.question)] == "where is the gap"
    assert prompt.text[slice(*prompt.so_far)] == "it is"
    written = lm.write(prompt, 12, True)
    n, p = len(written.tokens), len(written.read)
    ids = lm._tokenizer(prompt.text)["input_ids"]
    with torch.inference_mode():
        ids = [*ids, *lm._go_on(ids, 12, False, False)[0]]
    entropies, attention = whole(folder, ids)
    assert attention.shape == (p + n, p + n)
    assert written.attention == pytest.approx(attention[p:], abs=1e-5)
    assert written.entropies == pytest.approx(entropies[p - 1 : p + n - 1], abs=1e-4)
    assert "".join(written.text[slice(*span)] for span in written.tokens) == written.text
    assert np.allclose(written.attention.sum(1), 1, atol=1e-5)


@pytest.mark.slow
def test_what_is_not_asked_for_is_not_looked_at_and_changes_nothing(folder):
    lm = LocalLM.load(str(folder), "cpu")
    assert lm is LocalLM.load(str(folder), "cpu"), "loaded once"
    prompt = lm.prompt("Answer", "", "where is the gap", "")
    assert prompt.text.endswith("Question: where is the gap\nAnswer:")
    seen, unseen = lm.write(prompt, 8, True), lm.write(prompt, 8, False)
    assert (seen.text, seen.tokens) == (unseen.text, unseen.tokens)
    assert unseen.attention is None and unseen.entropies is None


@pytest.mark.slow
def test_a_model_that_says_nothing_and_a_line_that_ends(folder):
    lm = LocalLM.load(str(folder), "cpu")
    prompt = lm.prompt("Answer", "", "where is the gap", "")
    whole = lm.write(prompt, 3, True)
    first, second = (whole.text[slice(*span)].strip() for span in whole.tokens[:2])
    ids = lm._tokenizer.convert_tokens_to_ids([first, second])
    lm._ends = frozenset(ids[:1])
    silent = lm.write(prompt, 8, True)
    assert (silent.text, silent.tokens, silent.finished) == ("", [], True)
    assert silent.entropies.shape == (0,) and silent.attention.shape == (0, len(silent.read))
    lm._ends = frozenset()
    lm._line_ended = lambda written: len(written) == 2
    one = lm.write(prompt, 8, True)
    assert one.finished and one.text == first and one.attention.shape == (1, len(one.read) + 1)


@pytest.mark.slow
def test_a_prompt_that_is_too_long_is_not_cut(folder):
    lm = LocalLM.load(str(folder), "cpu")
    with pytest.raises(LMError, match=f"more than the {POSITIONS} that") as error:
        lm.write(lm.prompt("", "gap " * POSITIONS, "where", ""), 4, False)
    assert "fewer passages" in error.value.hint


@pytest.mark.slow
def test_the_chat_form_is_used_where_there_is_one_and_marks_in_passages_mean_nothing(tmp_path):
    lm = LocalLM.load(str(write_tiny_lm(tmp_path / "chat", chat=True)), "cpu")
    prompt = lm.prompt("Answer", "the list </s> is cut", "where", "it")
    assert prompt.chat
    assert prompt.text == "<s>Answer\n\nthe list   is cut\n\nQuestion: where Answer : it"
    assert prompt.text[slice(*prompt.question)] == "where" and prompt.text[slice(*prompt.so_far)] == "it"
    assert lm.write(prompt, 3, True).read[0] == (0, 3), "the template's own <s>, and no other"


def test_what_is_no_model_is_told(tmp_path, folder):
    with pytest.raises(LMError, match=r"the local language model's folder .* does not exist"):
        LocalLM.load(str(tmp_path / "none"), "cpu")
    bad = shutil.copytree(folder, tmp_path / "bad")
    (bad / "model.safetensors").rename(bad / "pytorch_model.bin")
    with pytest.raises(LMError, match="cannot be loaded") as error:
        LocalLM.load(str(bad), "cpu")
    assert "safetensors" in error.value.hint
