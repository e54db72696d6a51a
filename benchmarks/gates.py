"""Measures of uncertainty as gates, on a scripted LM whose uncertainty is known.

    python benchmarks/gates.py                        # 400 questions, prints docs/results-gates.md
    python benchmarks/gates.py --questions 1000 --seed 1 --json gates.json

No language model is measured here, only the measures: the scripted LM (``knowing.py``) is calibrated and what it says
is exactly by its belief, so that nobody can order the questions better than 1 less the belief in the draft's meaning
does; that is the row "known". Half of the questions it mostly knows. With documents the right answer is found with a
fixed chance, and else a wrong one: retrieving helps where the LM does not know and harms where it does.

Each question runs through the engine once, so that LM requests are counted and not reckoned. Thresholds are fitted on
halves of the questions and decide the other halves, as ``ragkit train gate`` does it.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from knowing import FOUND, Belief, Mind, believe

from ragkit.components.gate._measures import MEASURES
from ragkit.evaluate.decisions import roc_auc
from ragkit.evaluate.intervals import mean_interval
from ragkit.evaluate.metrics.answers import answer_metrics
from ragkit.testing import ScriptedLM, opened
from ragkit.train.gate import PRICE, Measured, held_out

SAMPLES = 10
METRICS = ("answer_contains", "answer_em", "answer_f1")


def pipeline_text() -> str:
    """Every measure as a gate over the same draft and samples."""
    ports = {
        "draft": "draft: draft, logprobs: draft.logprobs",
        "samples": "samples: samples",
        "sample log-probabilities": "samples: samples, sample_logprobs: samples.logprobs",
        "confidence": "confidence: sure",
    }
    gates = {name: f"use: gate.uncertainty, method: {name}, {ports[one.source]}" for name, one in MEASURES.items()}
    gates["p_true"] = "use: gate.p_true, draft: draft"
    lines = [f"  {name}: {{{text}, threshold: -1000}}" for name, text in gates.items()]
    any_of = ", ".join(f"{name}.retrieve" for name in gates)
    return "\n".join([
        "lm: scripted/lm", "steps:",
        "  draft: {use: generate.direct}",
        f"  samples: {{use: gate.samples, n: {SAMPLES}}}",
        '  sure: {use: lm.predict, signature: "question, answer -> confidence: str", answer: draft.text}',
        *lines,
        '  informed: {use: lm.predict, signature: "notes, question -> answer: Answer", notes: {value: all}, '
        f"when: {{any: [{any_of}]}}}}",
        "  answer: {use: flow.first, of: [informed, draft]}", "output: answer", "",
    ])  # fmt: skip


def run(beliefs: Sequence[Belief], seed: int) -> list[dict[str, Any]]:
    """Each question through the pipeline: both answers, every uncertainty, and the requests of each step."""
    lm = ScriptedLM(Mind(beliefs, seed))
    with opened(pipeline_text(), lm=lm) as pipeline:
        results = pipeline.run_batch([f"What is number {number}" for number in range(len(beliefs))])
    rows = []
    for belief, result in zip(beliefs, results, strict=True):
        if result.error is not None:
            raise result.error
        spans = {span.step: span for span in result.trace.spans}
        accepted = [belief.names[belief.truth]]
        rows.append({
            "without": answer_metrics(spans["draft"].outputs["text"], accepted),
            "with": answer_metrics(spans["informed"].outputs["answer"].text, accepted),
            "uncertainty": {
                **{name: spans[name].outputs["uncertainty"] for name in (*MEASURES, "p_true")},
                "known": 1.0 - belief.of_meaning(belief.meanings[belief.greedy()]),
            },
            "calls": {name: span.usage.lm_calls for name, span in spans.items() if span.usage is not None},
        })  # fmt: skip
    return rows


def steps_of(method: str) -> tuple[str, ...]:
    """The steps whose LM requests a gate with this method takes before it decides."""
    if method in ("known", "p_true"):
        return ("draft", "p_true") if method == "p_true" else ("draft",)
    more = {"draft": (), "confidence": ("sure",)}.get(MEASURES[method].source, ("samples",))
    return ("draft", *more)


def figures(rows: Sequence[Mapping[str, Any]], method: str, options: argparse.Namespace) -> dict[str, Any]:
    """One row of the table."""
    measured = []
    for row in rows:
        before = float(sum(row["calls"][step] for step in steps_of(method)))
        right = (row["without"]["answer_contains"], row["with"]["answer_contains"])
        needed = False if right[0] else (True if right[1] else None)
        calls = (before, before + row["calls"]["informed"])
        measured.append(Measured(row["uncertainty"][method], needed, right, calls))
    retrieve, _ = held_out(measured, price=options.price, repeats=options.repeats, seed=options.seed)
    return {"method": method, **of_decisions(rows, measured, retrieve), **of_scores(measured)}


def of_decisions(rows: Sequence[Mapping[str, Any]], measured: Sequence[Measured], retrieve: Any) -> dict[str, Any]:
    """What decisions come to, shape (repeats, n): answers, requests, and how often they are right."""
    needing = np.array([one.right is not None and one.right[0] == 0.0 for one in measured])
    found: dict[str, Any] = {
        name: interval(retrieve, [row["without"][name] for row in rows], [row["with"][name] for row in rows])
        for name in METRICS
    }
    inside = [[row[way][METRICS[0]] for row in rows] for way in ("without", "with")]
    gained = np.where(retrieve, 0.0, np.array(inside[0]) - np.array(inside[1]))
    found["over_always"] = mean_interval(gained.mean(axis=0).tolist()).as_dict()
    found["lm_calls"] = interval(retrieve, [one.calls[0] for one in measured], [one.calls[1] for one in measured])
    found["rate"] = mean_interval(retrieve.mean(axis=0).tolist()).as_dict()
    shares = {
        "accuracy": retrieve == needing, "overconfidence": ~retrieve & needing, "underconfidence": retrieve & ~needing,
    }  # fmt: skip
    return found | {name: mean_interval(values.mean(axis=0).tolist()).as_dict() for name, values in shares.items()}


def of_scores(measured: Sequence[Measured]) -> dict[str, float | None]:
    """How well the number itself orders the questions, whatever the threshold."""
    from scipy.stats import spearmanr

    wrong = [one.right is not None and one.right[0] == 0.0 for one in measured]
    scores = [one.uncertainty for one in measured]
    order = float(spearmanr(scores, [not one for one in wrong]).statistic) if len(set(scores)) > 1 else None
    return {"roc_auc": roc_auc(wrong, scores), "spearman": order}


def interval(retrieve: Any, without: Sequence[float], with_it: Sequence[float]) -> dict[str, Any]:
    """The mean over questions of what each decision gave."""
    chosen = np.where(retrieve, np.array(with_it)[None, :], np.array(without)[None, :])
    return mean_interval(chosen.mean(axis=0).tolist()).as_dict()


def fixed(rows: Sequence[Mapping[str, Any]], policy: str) -> dict[str, Any]:
    """A row of the table for a policy without a threshold."""
    n = len(rows)
    right = [(row["without"]["answer_contains"], row["with"]["answer_contains"]) for row in rows]
    said = {"never": [False] * n, "always": [True] * n, "oracle": [one < two for one, two in right]}[policy]
    drafted = 0.0 if policy == "always" else 1.0  # who always retrieves needs no draft
    measured = [Measured(0.0, None, pair, (drafted, drafted + 1.0)) for pair in right]
    return {"method": policy, **of_decisions(rows, measured, np.array([said])), "roc_auc": None, "spearman": None}


def needs(method: str) -> str:
    """What a method needs, in a few words."""
    if method == "p_true":
        return "log-probabilities of one more request"
    if method not in MEASURES:
        return ""
    one = MEASURES[method]
    told = {
        "draft": "log-probabilities" + (", alternatives" if one.alternatives else ""), "samples": f"{SAMPLES} samples",
        "sample log-probabilities": f"{SAMPLES} samples, log-probabilities", "confidence": "one more request",
    }  # fmt: skip
    return told[one.source]


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """The figures as Markdown."""
    head = (
        "method", "needs", "InAcc", "over always", "EM", "F1", "LM requests", "retrievals", "accuracy", "ROC-AUC",
        "Spearman", "overconfidence", "underconfidence",
    )  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in found:
        bare = [f"{row[name]['mean']:.3f}" for name in METRICS[1:]]
        scores = ["" if row[name] is None else f"{row[name]:.3f}" for name in ("roc_auc", "spearman")]
        inside, over = row["answer_contains"], row["over_always"]
        cells = [
            f"`{row['method']}`" if row["method"] in (*MEASURES, "p_true") else row["method"], needs(row["method"]),
            f"{inside['mean']:.3f} [{inside['low']:.3f}, {inside['high']:.3f}]",
            f"{over['mean']:+.3f} [{over['low']:+.3f}, {over['high']:+.3f}]", *bare,
            f"{row['lm_calls']['mean']:.2f}", f"{row['rate']['mean']:.2f}",
            f"{row['accuracy']['mean']:.3f}", *scores, f"{row['overconfidence']['mean']:.3f}",
            f"{row['underconfidence']['mean']:.3f}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def study(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Every row of the table: policies without a threshold, the measures by ROC-AUC, and what cannot be beaten."""
    beliefs = [believe(number, options.seed) for number in range(options.questions)]
    rows = run(beliefs, options.seed)
    measures = [figures(rows, name, options) for name in (*MEASURES, "p_true")]
    measures.sort(key=lambda row: -row["roc_auc"])
    return [
        fixed(rows, "never"), fixed(rows, "always"), *measures, figures(rows, "known", options), fixed(rows, "oracle"),
    ]  # fmt: skip


def main() -> None:
    """Runs the study and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=400, help="how many (default: 400)")
    parser.add_argument("--repeats", type=int, default=20, help="how often the halves are drawn (default: 20)")
    parser.add_argument("--price", type=float, default=PRICE, help=f"of retrieving, in right answers ({PRICE})")
    parser.add_argument("--seed", type=int, default=0, help="what everything is drawn from (default: 0)")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    if options.questions < 20:
        parser.error(f"--questions is {options.questions}; halves of fewer than 20 say nothing")
    found = study(options)
    facts = {
        "lm": "scripted, with known uncertainty; no language model", "questions": options.questions,
        "samples": SAMPLES, "price": options.price, "halves drawn": options.repeats, "seed": options.seed,
        "answers compared": "by words", "found with documents": FOUND, "ragkit": metadata.version("ragkit"),
        "numpy": metadata.version("numpy"), "python": platform.python_version(),
    }  # fmt: skip
    if options.json is not None:
        options.json.write_text(json.dumps({"conditions": facts, "rows": found}, indent=2) + "\n")
    print("```json\n" + json.dumps(facts, indent=2) + "\n```\n")
    print(table(found))


if __name__ == "__main__":
    main()
