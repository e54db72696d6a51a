"""Fits the weights of ``generate.extractive`` and measures it, on the questions of the paper corpus.

    python benchmarks/extractive.py corpora/papers/questions.jsonl          # measures what the code holds
    python benchmarks/extractive.py corpora/papers/questions.jsonl --fit    # fits, prints the constants, measures

The passages are those of ``retrieve.hybrid`` (k 50) and ``select.adaptive_k`` (its defaults) over the corpus
``papers`` with its default encoder; the index is built when it is missing. Odd-numbered questions are fitted to,
even-numbered ones are reported.

* Sentence weights: a conditional logit. For each odd question of kind ``single`` or ``multi`` the likelihood that the
  sentence drawn by softmax of the weighted features is one of those that its ``evidence`` quotes, with a little L2.
* Answerable weights: an L2-regularised logistic regression over standardised features, kinds ``single``, ``multi`` and
  ``aggregate`` against ``none`` and ``unanswerable``.

Reported: how often the answer's text contains a gold answer and how often it quotes the evidence, for the answered
kinds; how often it abstained, by kind; precision and recall of abstaining; the median time of a question.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from ragkit.components.generate import _scoring as scoring
from ragkit.components.generate._question import read_question
from ragkit.components.generate._scoring import Candidate, score_sentences
from ragkit.components.generate._sentences import Source, read_sentences
from ragkit.components.generate.extractive import Extractive
from ragkit.components.retrieve.hybrid import Hybrid
from ragkit.components.select.adaptive_k import AdaptiveK
from ragkit.corpus import load_corpus
from ragkit.project import Project
from ragkit.types import Passages

ANSWERED = ("single", "multi", "aggregate")


class Scope:
    """The paper corpus, for components that are used without an engine."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def corpus(self) -> Any:
        return self._reader

    def lm(self) -> None:
        return None


def plain(text: str) -> str:
    """Lower-case words, so that typography does not matter to a comparison."""
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(words)} "


def is_odd(question: dict[str, Any]) -> bool:
    return int(re.sub(r"\D", "", question["id"])) % 2 == 1


def is_evidence(question: dict[str, Any], doc_id: str, text: str) -> bool:
    quoted = [plain(part) for part in question.get("evidence", "").split("||") if part.strip()]
    return doc_id in question["gold_ids"] and any(plain(text) in part or part in plain(text) for part in quoted)


def has_answer(question: dict[str, Any], text: str) -> bool:
    return any(plain(answer) in plain(text) for answer in question["answers"])


def passages_for(questions: list[dict[str, Any]], scope: Scope) -> list[Passages]:
    hybrid, cut = Hybrid(Hybrid.Params(k=50), scope), AdaptiveK(AdaptiveK.Params())
    found = hybrid.run_batch([{"question": q["question"]} for q in questions])
    return [cut.run(result.value).value for result in found]


def candidates_for(question: str, passages: Passages, reader: Any) -> tuple[list[Source], list[Candidate]]:
    sources, _ = read_sentences(passages, reader)
    vector = reader.encode([question])[0]
    return sources, score_sentences(read_question(question, reader), vector, sources, reader.manifest.bm25["stemmer"])


def fit_sentences(rows: list[tuple[np.ndarray, np.ndarray]], names: list[str], ridge: float = 0.05) -> dict[str, float]:
    """The weights that make the labelled sentences likeliest; features are scaled while fitting."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    scale = np.concatenate([features for features, _ in rows]).std(axis=0)

    def loss(weights: np.ndarray) -> float:
        w = weights / scale
        terms = [logsumexp(features @ w) - logsumexp(features[labels] @ w) for features, labels in rows]
        return float(np.mean(terms) + ridge * weights @ weights / len(rows))

    fitted = minimize(loss, np.zeros(len(names))).x / scale
    return {name: round(float(weight), 2) for name, weight in zip(names, fitted, strict=True)}


def fit_answerable(features: np.ndarray, labels: np.ndarray, names: list[str]) -> tuple[dict[str, float], float]:
    from sklearn.linear_model import LogisticRegression

    mean, scale = features.mean(axis=0), features.std(axis=0)
    model = LogisticRegression(C=1.0).fit((features - mean) / scale, labels)
    weights = model.coef_[0] / scale
    bias = float(model.intercept_[0] - weights @ mean)
    return {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)}, round(bias, 2)


def fit(questions: list[dict[str, Any]], passages: list[Passages], reader: Any) -> None:
    """Fits both models on the odd questions, puts the weights into the running code and prints them."""
    names = list(scoring.SENTENCE_WEIGHTS)
    rows = []
    for question, found in zip(questions, passages, strict=True):
        if is_odd(question) and question["kind"] in ("single", "multi"):
            sources, candidates = candidates_for(question["question"], found, reader)
            labels = np.array([
                is_evidence(question, sources[c.source].passage.doc_id, sources[c.source].text(c.sentence))
                for c in candidates
            ])  # fmt: skip
            if labels.any():
                rows.append((np.array([[c.features[name] for name in names] for c in candidates]), labels))
    scoring.SENTENCE_WEIGHTS.update(fit_sentences(rows, names))
    print(f"SENTENCE_WEIGHTS = {scoring.SENTENCE_WEIGHTS}    # {len(rows)} questions", file=sys.stderr)
    names = list(scoring.ANSWERABLE_WEIGHTS)
    features, labels = [], []
    for question, found in zip(questions, passages, strict=True):
        if is_odd(question):
            _, candidates = candidates_for(question["question"], found, reader)
            features.append([max(c.features[name] for c in candidates) for name in names])
            labels.append(question["kind"] in ANSWERED)
    weights, bias = fit_answerable(np.array(features), np.array(labels), names)
    scoring.ANSWERABLE_WEIGHTS.update(weights)
    scoring.ANSWERABLE_BIAS = bias
    print(f"ANSWERABLE_WEIGHTS = {weights}; BIAS = {bias}    # {len(labels)} questions", file=sys.stderr)


def measure(questions: list[dict[str, Any]], passages: list[Passages], scope: Scope) -> dict[str, Any]:
    """What the component does with these questions."""
    step = Extractive(Extractive.Params(), scope)
    kinds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    seconds = []
    for question, found in zip(questions, passages, strict=True):
        started = time.perf_counter()
        answer = step.run(question["question"], found).value.answer
        seconds.append(time.perf_counter() - started)
        kind = kinds[question["kind"]]
        kind["abstained"].append(answer.abstained)
        if question["kind"] in ANSWERED:
            kind["contains"].append(not answer.abstained and has_answer(question, answer.text))
            kind["evidence"].append(any(is_evidence(question, c.doc_id, c.quote or "") for c in answer.citations))
            if not answer.abstained:
                kind["quotes"].append(len(answer.citations))
    empty = [x for name in ("none", "unanswerable") for x in kinds[name]["abstained"]]
    wrong = [x for name in ANSWERED for x in kinds[name]["abstained"]]
    abstained = sum(empty) + sum(wrong)
    return {
        "n": len(questions),
        "by_kind": {
            name: {"n": len(kind["abstained"]), **{key: round(statistics.fmean(v), 3) for key, v in kind.items()}}
            for name, kind in sorted(kinds.items())
        },
        "abstain_precision": round(sum(empty) / abstained, 3) if abstained else None,
        "abstain_recall": round(sum(empty) / len(empty), 3) if empty else None,
        "answered_wrongly_abstained": f"{int(sum(wrong))} of {len(wrong)}",
        "p50_milliseconds": round(1000 * statistics.median(seconds), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--fit", action="store_true", help="fit the weights to the odd questions first")
    arguments = parser.parse_args()
    questions = [json.loads(line) for line in arguments.questions.read_text().splitlines()]
    project = Project.find()
    corpus = load_corpus("papers", project.corpora, project.state)
    if corpus.status() != "current":
        corpus.build()
    reader = corpus.reader()
    scope = Scope(reader)
    passages = passages_for(questions, scope)
    if arguments.fit:
        fit(questions, passages, reader)
    pairs = list(zip(questions, passages, strict=True))
    report = {
        half: measure(*map(list, zip(*(pair for pair in pairs if is_odd(pair[0]) == odd), strict=True)), scope)
        for half, odd in (("odd (fitted to)", True), ("even (reported)", False))
    }
    conditions = {"corpus_version": reader.version, "encoder": reader.encoder, "passages": "hybrid k=50, adaptive_k"}
    print(json.dumps({**report, "conditions": conditions}, indent=2))


if __name__ == "__main__":
    main()
