"""ragkit, driven like its peers (see protocol.py), and the bare encoder that it is held against.

    ragkit_rag.py dump STATE         builds the index and writes what the peers get: passages, texts, the contest
    ragkit_rag.py passages STATE     serves retrieval and selection: the pipeline without its last step
    ragkit_rag.py answers STATE      serves the whole pipeline
    ragkit_rag.py build STATE        builds the index anew, the models loaded before the clock starts
    ragkit_rag.py encode STATE       SentenceTransformer.encode of everything that the build encodes
    ragkit_rag.py batch STATE        the questions as one batch, without answers, and through the encoders alone

Traces are stored, as they are for a user. ragkit remembers the vectors of questions: no process is asked one twice
(in `batch` every turn gives each question a number of its own).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from protocol import serve

from ragkit.corpus import Corpus, load_corpus
from ragkit.engine import Pipeline
from ragkit.project import Project

ROOT = Path(__file__).parent.parent.parent
PIPELINE = ROOT / "pipelines" / "adaptive-k.yaml"
TURNS = 8
WARM_UP = "What does a reranker do?"


def corpus(state: Path) -> Corpus:
    """The paper corpus, its index in the state folder."""
    return load_corpus("papers", Project(ROOT).corpora, state / "ragkit-home")


def without_answer(state: Path) -> Path:
    """The pipeline file without its last step: its output is what that step is given."""
    from ruamel.yaml import YAML

    yaml = YAML()
    data = yaml.load(PIPELINE.read_text(encoding="utf-8"))
    last = data["steps"].pop(data["output"])
    data["output"] = last["passages"]
    file = state / "passages.yaml"
    with open(file, "w", encoding="utf-8") as target:
        yaml.dump(data, target)
    return file


def open_pipeline(file: Path, stored: bool = True) -> Pipeline:
    """A pipeline over the index that is there, asked once."""
    pipeline = Pipeline.load(file, project=Project(ROOT), build=False, store=stored)
    result = pipeline.run(WARM_UP)
    assert result.error is None, result.error
    return pipeline


def server(file: Path) -> Callable[[str], dict[str, Any]]:
    """The function that answers one question."""
    pipeline = open_pipeline(file)

    def answer(question: str) -> dict[str, Any]:
        result = pipeline.run(question)
        assert result.error is None, result.error
        return {"ids": [passage.id for passage in result.passages]}

    return answer


def dump(state: Path) -> dict[str, Any]:
    """Builds the index and writes its passages and every text that was encoded, each once."""
    from ragkit.corpus.documents import passage_text

    papers = corpus(state)
    papers.build()
    reader = papers.reader()
    passages = reader.passages(range(reader.count))
    texts = dict.fromkeys(passage_text(passage.title, passage.text) for passage in passages)
    for number, passage in enumerate(passages):
        for start, end in reader.sentences(number)[0]:
            texts[passage.text[start:end]] = None
    with open(state / "passages.jsonl", "w", encoding="utf-8") as file:
        for p in passages:
            file.write(json.dumps({"id": p.id, "title": p.title, "text": p.text}) + "\n")
    (state / "texts.json").write_text(json.dumps(list(texts)), encoding="utf-8")
    with Pipeline.load(PIPELINE, project=Project(ROOT)) as pipeline:
        decisions = pipeline.run(WARM_UP).document["decisions"]
    k = next(decision["of"] for decision in decisions if decision["kind"] == "select")
    model = str(papers.encoder.files.folder)
    (state / "contest.json").write_text(json.dumps({"model": model, "k": k}), encoding="utf-8")
    return {
        "passages": len(passages), "texts": len(texts), "k": k, "method": reader.method,
        "version": reader.version, "encoder": reader.encoder,
    }  # fmt: skip


def build(state: Path) -> dict[str, Any]:
    """Builds into an empty folder; the encoder's export is there and the model is loaded, as for the bare encoder."""
    home = state / "ragkit-build"
    shutil.rmtree(home / "indexes", ignore_errors=True)
    papers = load_corpus("papers", Project(ROOT).corpora, home)
    papers.encoder.warm_up()
    papers.encoder.encode_passages([WARM_UP])
    begin = perf_counter()
    report = papers.build()
    seconds = perf_counter() - begin
    assert report.reused == 0, f"{report.reused} vectors were there before"
    return {"seconds": seconds, "encoded": report.encoded, "stages": report.seconds}


def bare_encoder(state: Path) -> Any:
    """The model in sentence-transformers, nothing around it."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(json.loads((state / "contest.json").read_text(encoding="utf-8"))["model"])
    model.encode([WARM_UP], show_progress_bar=False)
    return model


def encode(state: Path) -> dict[str, Any]:
    """The bare encoder over everything that a build encodes, in one call with its own settings."""
    model = bare_encoder(state)
    texts = json.loads((state / "texts.json").read_text(encoding="utf-8"))
    begin = perf_counter()
    model.encode(texts, show_progress_bar=False, normalize_embeddings=True)
    return {"seconds": perf_counter() - begin, "encoded": len(texts)}


def read_questions(state: Path) -> list[str]:
    """The questions of the contest."""
    return [str(question) for question in json.loads((state / "questions.json").read_text(encoding="utf-8"))]


def batch(state: Path) -> dict[str, Any]:
    """All questions in one call, in turns: through retrieval and selection, and through the encoders alone."""
    questions = read_questions(state)
    file = without_answer(state)
    reader = corpus(state).reader()
    model = bare_encoder(state)
    with open_pipeline(file) as stored, open_pipeline(file, stored=False) as unstored:
        contestants: dict[str, Callable[[list[str]], Any]] = {
            "ragkit": stored.run_batch,
            "ragkit, unstored": unstored.run_batch,
            "encoder": reader.encode,
            "SentenceTransformer": lambda texts: model.encode(
                texts, normalize_embeddings=True, show_progress_bar=False
            ),
        }
        found: dict[str, list[float]] = {name: [] for name in contestants}
        for turn in range(TURNS):
            for number, (name, call) in enumerate(contestants.items()):
                texts = [f"{question} ({turn * len(contestants) + number + 100})" for question in questions]
                begin = perf_counter()
                call(texts)
                if turn:
                    found[name].append(perf_counter() - begin)
    return found


def main() -> None:
    """Runs one mode."""
    mode, state = sys.argv[1], Path(sys.argv[2])
    if mode == "passages":
        serve(server(without_answer(state)))
    elif mode == "answers":
        serve(server(PIPELINE))
    else:
        modes: dict[str, Callable[[Path], dict[str, Any]]] = {
            "dump": dump, "build": build, "encode": encode, "batch": batch,
        }  # fmt: skip
        print(json.dumps(modes[mode](state)), flush=True)


if __name__ == "__main__":
    main()
