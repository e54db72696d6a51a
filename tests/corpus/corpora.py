"""Small corpora for tests: a folder of JSON Lines and a corpus file that names the tiny model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ragkit.corpus.corpus import Corpus
from ragkit.corpus.reader import Reader

SUBJECTS = ("retrieval", "ranking", "chunking", "encoding", "routing", "judging", "cutting", "quoting")
VERBS = ("improves", "replaces", "measures", "needs", "avoids")


def document(number: int, *, changed: bool = False) -> dict[str, object]:
    """A document of three sentences; every number is another one."""
    one, two = SUBJECTS[number % 8], SUBJECTS[(number // 8 + 3) % 8]
    verb = VERBS[number % 5]
    text = f"Study {number} says that {one} {verb} {two}. It has {number * 7} tables. Its {verb} are open."
    return {
        "id": f"d{number}",
        "title": f"On {one} and {two}, part {number}",
        "text": text.replace("open", "closed") if changed else text,
        "year": 2000 + number % 5,
        "tags": [one, two],
    }


def write_corpus(
    folder: Path, documents: Sequence[Mapping[str, object]], model: Path | str | None, more: str = ""
) -> Path:
    """Writes the documents and the corpus file, and returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(one) + "\n" for one in documents)
    (folder / "docs.jsonl").write_text(lines, encoding="utf-8")
    path = folder / "notes.yaml"
    encoder = "" if model is None else f"encoder: {{model: '{model}', device: cpu, batch_size: 4}}\n"
    text = f"source: {{kind: jsonl, path: docs.jsonl}}\nchunks: {{kind: sentences}}\n{encoder}{more}"
    path.write_text(text, encoding="utf-8")
    return path


def answers(reader: Reader) -> dict[str, object]:
    """What an index answers to fixed questions: equal for equal indexes, however they came to be."""
    questions = ["which study measures ranking?", "retrieval that needs routing", "tables of study 12"]
    found: dict[str, object] = {"count": reader.count}
    for question, dense in zip(questions, reader.dense(reader.encode(questions), 7), strict=True):
        words = reader.bm25([question], 7)[0]
        found[question] = [
            [[passage.id, passage.text] for passage in reader.passages(hits.indices)] for hits in (dense, words)
        ] + [[round(float(score), 3) for hits in (dense, words) for score in hits.scores]]
    return found


def build(path: Path, state: Path) -> Corpus:
    """A corpus with its index brought up to date."""
    corpus = Corpus(path, state)
    corpus.build()
    return corpus
