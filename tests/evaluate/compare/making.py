"""Rows and sides made by hand, in the form in which an evaluation writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragkit.evaluate.compare.outcome import Outcome
from ragkit.evaluate.compare.side import Side

CARD: dict[str, Any] = {
    "pipeline": {"name": "naive", "hash": "0123456789abcdef", "file": "pipelines/naive.yaml"},
    "overlay": None,
    "choices": {},
    "inputs": {},
    "corpus_version": {"papers": "20260101-aaaa"},
    "corpora": {"papers": {"documents": 100, "passages": 300}},
    "models": {
        "encoder of papers": {"name": "all-MiniLM-L6-v2", "digest": "53aa5117", "dimensions": 384, "runtime": "onnx"}
    },
    "tokenizer": {"papers": "all-MiniLM-L6-v2"},
    "data": {"name": "questions", "file": "questions.jsonl", "sha256": "d" * 64, "n": 4},
    "seed": None,
    "mode": "single",
    "batch_size": 1,
    "cache": False,
    "versions": {"python": "3.11.9", "ragkit": "0.1.0", "numpy": "2.4.6"},
    "machine": {"system": "Linux x86_64", "cpu": "A fast one", "cores": 2, "memory_gb": 24.0},
}


def row(id: str, metrics: Mapping[str, float | None] | None = None, **given: Any) -> dict[str, Any]:
    """A row as ``ragkit eval --rows`` writes it: one question that was answered right, unless said otherwise."""
    usage = {
        "lm_calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "retrieval_calls": 1, "cached_tokens": 0,
        "context_tokens": 100, "cost": 0.0, "seconds": 0.01,
    }  # fmt: skip
    doc = f"doc-{id}"
    made = {
        "id": id,
        "kind": "single",
        "answers": ["yes"],
        "gold_ids": [doc],
        "question": f"What is {id}?",
        "answer": "yes",
        "abstained": False,
        "citations": [{"number": 1, "passage_id": f"{doc}#0", "doc_id": doc, "quote": "yes", "start": 0, "end": 3}],
        "passages": [{"id": f"{doc}#0", "doc_id": doc, "title": f"Of {id}", "text": "yes", "scores": {"bm25": 1.5}}],
        "route": None,
        "routes": [],
        "decisions": [],
        "warnings": [],
        "stopped": None,
        "error": None,
        "usage": usage | given.pop("usage", {}),
        "trace_id": f"trace-{id}",
        "pipeline": {"name": "naive", "hash": "0123456789abcdef"},
        "conditions": {
            "overlay": None, "corpus_version": {"papers": "20260101-aaaa"},
            "models": {"encoder of papers": "all-MiniLM-L6-v2"}, "seed": None,
        },
        "metrics": {"correct": 1.0, "recall@10": 1.0} | dict(metrics or {}),
        "steps": {},
        "cause": None,
        "baselines": None,
        "cached": 0,
        "extra": {},
    }  # fmt: skip
    return made | given


def wrong(id: str, cause: str = "retrieval_miss", metrics: Mapping[str, float | None] | None = None, **given: Any):
    """The row of a question that was answered wrong."""
    told = {"cause": cause, "step": "hits", "rank": None, "score": None, "detail": "nothing was found"}
    return row(id, {"correct": 0.0, "recall@10": 0.0} | dict(metrics or {}), cause=told, **given)


def side(label: str, rows: Sequence[Mapping[str, Any]], **card: Any) -> Side:
    """The rows as a side, under the usual conditions but for those that are given."""
    outcomes = {one["id"]: Outcome.model_validate(one) for one in json.loads(json.dumps(list(rows)))}
    return Side(label, f"{label}.jsonl", outcomes, CARD | card)


def sides(metric: str, *columns: Sequence[float | None]) -> list[Side]:
    """Sides A, B, C … whose questions have these values of one metric."""
    return [
        side(label, [row(f"q{i}", {metric: value}) for i, value in enumerate(column)])
        for label, column in zip("ABCDEFGH", columns, strict=False)
    ]


def save(state: Path, name: str, rows: Sequence[Mapping[str, Any]], **card: Any) -> Path:
    """A saved result."""
    folder = state / "results" / name
    folder.mkdir(parents=True)
    write_rows(folder / "rows.jsonl", rows)
    report = {"n": len(rows), "metrics": {}, "conditions": CARD | card}
    (folder / "report.json").write_text(json.dumps(report))
    return folder


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A file of rows."""
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path
