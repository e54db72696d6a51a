"""The encoder: sentence-transformers and the exported graph give the same vectors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragkit.corpus.encoder import prepared, preparing
from ragkit.corpus.encoder.config import EncoderConfig, Prompts
from ragkit.corpus.encoder.encoder import Encoder
from ragkit.errors import EncoderError
from tests.corpus.tiny_model import HIDDEN, write_tiny_model

pytestmark = pytest.mark.slow
TEXTS = [
    "k",
    "what is adaptive-k?",
    " Blanks around \n and CAPITALS ",
    "",
    "Größe, 検索 and naïve ☕",
    "the passage about retrieval of passages " * 60,
    "word " * 3000,
    *(f"text number {number} is {'longer ' * number}" for number in range(12)),
]


def encoder(folder: Path, state: Path, **settings: Any) -> Encoder:
    return Encoder(EncoderConfig(model=str(folder), device="cpu", **settings), state, state / "encoders")


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((one * other).sum(axis=1))


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(EncoderConfig(device="cpu"), Path(), tmp_path_factory.mktemp("minilm") / "encoders")


def test_the_default_encoder_is_exported_and_exact(minilm: Encoder) -> None:
    assert minilm.runtime() == ("onnxruntime", None)
    assert minilm.facts.least_cosine is not None
    assert minilm.facts.least_cosine > 0.99999
    assert (minilm.dimensions, minilm.max_tokens, minilm.limit) == (384, 256, 254)
    own = minilm.encode_passages(TEXTS)
    for found in (minilm.encode_queries(TEXTS), minilm.encode_again(TEXTS)):
        assert cosines(found, own).min() > 0.99999
    assert own.dtype == np.float32
    alone = np.concatenate([minilm.encode_queries([text]) for text in TEXTS[:8]])
    assert cosines(alone, own[:8]).min() > 0.99999


def test_the_default_encoder_reads_256_tokens_and_not_128(minilm: Encoder) -> None:
    early, late = "retrieval " * 200 + "cats", "retrieval " * 200 + "dogs"
    beyond = ["retrieval " * 300 + end for end in ("cats", "dogs")]
    one, other, three, four = minilm.encode_queries([early, late, *beyond])
    assert float(one @ other) < 0.9999
    assert float(three @ four) > 0.99999


def test_a_common_word_is_one_piece_and_a_coined_one_is_cut(minilm: Encoder) -> None:
    rain, crag, hnsw, empty, same = minilm.count_tokens.pieces(["rain", "quarry", "hnsw", "", "RAIN"])
    assert rain == same
    assert (rain[0], crag[0]) == (1, 1)
    assert 0 < rain[1] < crag[1] < 1
    assert hnsw[0] > 1
    assert hnsw[1] == 1.0
    assert empty == (0, 0.0)
    assert minilm.count_tokens.pieces([]) == []


def test_the_vectors_are_sentence_transformers_own(minilm: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(minilm.files.folder), device="cpu", local_files_only=True)
    bare = model.encode(TEXTS, normalize_embeddings=True)
    assert np.array_equal(bare.shape, (len(TEXTS), 384))
    assert cosines(minilm.encode_passages(TEXTS), bare).min() > 0.999999
    for text, count in zip(TEXTS, minilm.count_tokens(TEXTS), strict=True):
        assert count == len(model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def test_a_new_process_encodes_a_question_without_torch_and_without_a_network(minilm: Encoder) -> None:
    assert minilm.facts.runtime == "onnxruntime"
    script = f"""
import json, sys
from pathlib import Path
from ragkit.corpus.encoder.config import EncoderConfig
from ragkit.corpus.encoder.encoder import Encoder
encoder = Encoder(EncoderConfig(), Path(), Path({str(minilm._encoders)!r}))
vector = encoder.encode_queries(["what is adaptive-k?"])[0]
heavy = [name for name in ("torch", "transformers", "sentence_transformers", "huggingface_hub") if name in sys.modules]
print(json.dumps({{"vector": vector.tolist(), "heavy": heavy}}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["heavy"] == []
    assert float(np.array(found["vector"]) @ minilm.encode_queries(["what is adaptive-k?"])[0]) > 0.999999


def test_loading_a_model_reaches_for_no_network(tmp_path: Path, tiny_model: Path) -> None:
    """Without the offline switch that the other tests run under; the refused network fails this test if it is used."""
    script = f"""
import os
from pathlib import Path
from ragkit.corpus.encoder.config import EncoderConfig
from ragkit.corpus.encoder.encoder import Encoder
before = dict(os.environ)
for model in ({str(tiny_model)!r}, "all-MiniLM-L6-v2"):
    Encoder(EncoderConfig(model=model), Path(), Path({str(tmp_path)!r})).encode_passages(["one"])
print(sorted(set(os.environ) - set(before)))
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    changed = set(json.loads(done.stdout.strip().splitlines()[-1].replace("'", '"')))
    assert "HF_HUB_OFFLINE" not in changed
    assert changed <= {
        "HF_HUB_DISABLE_TELEMETRY",
        "KMP_DUPLICATE_LIB_OK",
        "KMP_INIT_AT_FORK",
        "TORCHINDUCTOR_CACHE_DIR",
    }


def test_dimensions_are_cut_and_the_rest_normalised(tiny_model: Path, state: Path) -> None:
    whole, cut = encoder(tiny_model, state), encoder(tiny_model, state, dimensions=5)
    vectors = whole.encode_passages(TEXTS[:4])[:, :5]
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for found in (cut.encode_passages(TEXTS[:4]), cut.encode_queries(TEXTS[:4])):
        assert np.allclose(found, expected, atol=1e-5)
    assert cut.name.endswith("(5 dimensions)")
    assert cut.identity != whole.identity
    with pytest.raises(EncoderError, match=f"dimensions is 33, but the encoder .* has {HIDDEN}"):
        _ = encoder(tiny_model, state, dimensions=33).dimensions


def test_prompts_are_put_before_the_text(tiny_model: Path, state: Path) -> None:
    plain = encoder(tiny_model, state)
    prompted = encoder(tiny_model, state, prompts=Prompts(query="query: ", passage="passage: "))
    texts = ["one text", "another"]
    queries, passages = plain.encode_queries([f"query: {t}" for t in texts]), [f"passage: {t}" for t in texts]
    assert np.allclose(prompted.encode_queries(texts), queries, atol=1e-6)
    assert np.allclose(prompted.encode_passages(texts), plain.encode_passages(passages), atol=1e-5)
    assert np.allclose(prompted.encode_again(texts), plain.encode_queries(passages), atol=1e-6)
    assert prompted.limit == (plain.limit or 0) - plain.count_tokens(["passage: "])[0]


def test_the_models_own_prompts_are_used_unless_the_file_has_others(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "model", prompts={"query": "query: ", "document": "passage: "})
    own, none = encoder(folder, tmp_path), encoder(folder, tmp_path, prompts=Prompts(query="", passage=""))
    assert (own.prompt("query"), own.prompt("passage")) == ("query: ", "passage: ")
    texts = ["one text", "another"]
    assert np.allclose(own.encode_queries(texts), none.encode_queries([f"query: {t}" for t in texts]), atol=1e-6)
    passages = [f"passage: {t}" for t in texts]
    assert np.allclose(own.encode_passages(texts), none.encode_passages(passages), atol=1e-5)
    assert not np.allclose(own.encode_passages(texts), none.encode_passages(texts), atol=1e-3)


def test_a_shorter_limit_cuts_both_ways_of_encoding(tiny_model: Path, state: Path) -> None:
    short = encoder(tiny_model, state, max_tokens=12)
    assert short.limit == 10
    passages, queries = short.encode_passages(TEXTS[5:7]), short.encode_queries(TEXTS[5:7])
    assert cosines(passages, queries).min() > 0.99999
    assert cosines(passages, encoder(tiny_model, state).encode_passages(TEXTS[5:7])).min() < 0.999
    with pytest.raises(EncoderError, match=r"max_tokens is 999, but the encoder .* reads at most 256"):
        _ = encoder(tiny_model, state, max_tokens=999).limit
    with pytest.raises(EncoderError, match="leaves no room for text"):
        _ = encoder(tiny_model, state, max_tokens=8, prompts=Prompts(passage="read the following passage: ")).limit


def test_a_model_that_cannot_be_exported_runs_on_torch_and_says_why(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "export_graph", lambda model, target: ("the graph has a knot", ()))
    found = encoder(tiny_model, tmp_path)
    assert found.runtime() == ("torch", "the graph has a knot")
    assert not found.prepared.graph.exists()
    monkeypatch.undo()
    again = encoder(tiny_model, tmp_path)
    assert again.runtime() == ("torch", "the graph has a knot"), "what failed once is not tried again"
    assert cosines(again.encode_queries(TEXTS), again.encode_passages(TEXTS)).min() > 0.99999
    monkeypatch.setattr(prepared, "versions", lambda: {"torch": "99"})
    assert encoder(tiny_model, tmp_path).runtime() == ("onnxruntime", None), "other versions try again"


def test_an_export_with_other_vectors_is_not_used(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "least_cosine", lambda made, model: 0.9999)
    runtime, reason = encoder(tiny_model, tmp_path).runtime()
    assert runtime == "torch"
    assert reason is not None
    assert "other vectors (cosine 0.999900" in reason


def test_a_half_prepared_model_is_prepared_again(tmp_path: Path, tiny_model: Path) -> None:
    first = encoder(tiny_model, tmp_path)
    folder = first.prepared.folder
    (folder / "encoder.json").write_text("{")
    second = encoder(tiny_model, tmp_path)
    assert not second.is_prepared
    assert second.runtime()[0] == "onnxruntime"
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path, tiny_model: Path) -> None:
    found = encoder(tiny_model, tmp_path)
    left = tmp_path / "encoders" / f".{found.files.digest[:16]}.building"
    left.mkdir(parents=True)
    (left / "model.onnx").write_bytes(b"half a graph")
    assert found.runtime()[0] == "onnxruntime"
    assert not left.exists()


def test_foreign_code_and_pickled_weights_are_not_loaded(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "model")
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(
        json.dumps([*modules, {"idx": 2, "name": "2", "path": "x", "type": "evil.Module"}])
    )
    with pytest.raises(EncoderError, match=r"brings code of its own \('evil.Module'\)"):
        _ = encoder(folder, tmp_path / "state").facts
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(EncoderError, match=r"no safetensors: 2_Dense.pytorch_model.bin"):
        _ = encoder(folder, tmp_path / "state").facts


def test_threads_share_one_encoder(tiny_model: Path, state: Path) -> None:
    found = encoder(tiny_model, state)
    expected = encoder(tiny_model, state).encode_queries(TEXTS)
    wrong: list[float] = []

    def work() -> None:
        wrong.extend(value for value in cosines(found.encode_queries(TEXTS), expected) if value < 0.99999)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_texts_give_no_vectors(tiny_model: Path, state: Path) -> None:
    assert encoder(tiny_model, state).encode_queries([]).shape == (0, HIDDEN)
    assert encoder(tiny_model, state).encode_passages([]).shape == (0, HIDDEN)
