"""Which hybrid retrieval should be the default? Variants are tried on one half of each set and reported on the other.

    python benchmarks/retrieval.py            # the defaults as they are: BM25, dense and hybrid side by side, paired
    python benchmarks/retrieval.py --sweep    # and every variant, with the best one held against the default

The report runs the components themselves with their defaults (``k`` 50) on the held-out questions. The sweep computes
the same scores as matrices (``scores.py``). It starts from ``before()``, the defaults before this study, and goes in
three rounds on the tuned halves: how words are made (stemmer and stop words), how BM25 weighs them (k1, b, and how
often a word of the title counts), how both are fused (normalisation, weight, pool). In each round the variant with the
highest nDCG@10 of the hybrid, as the mean over the sets, is held against what the round began with: it is taken over
only where the paired interval over the tuned questions of all sets lies above 0. What comes out is then held against
``before()`` on the held-out halves, once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from scores import DEPTH, METRICS, Fusion, Keywords, Measured, SetScores, fuse
from sets import BenchmarkSet, Half, Scope, add_arguments, conditions, load_set

from ragkit.components.retrieve.bm25 import Bm25
from ragkit.components.retrieve.dense import Dense
from ragkit.components.retrieve.hybrid import Hybrid
from ragkit.corpus.index.config import Bm25Config
from ragkit.corpus.index.words import stopword_list
from ragkit.evaluate.intervals import mean_interval, paired_interval
from ragkit.evaluate.metrics.retrieval import documents, retrieval_metrics

RETRIEVERS = {"bm25": Bm25, "dense": Dense, "hybrid": Hybrid}
FOUND = 50
CHOSEN_BY = "ndcg@10"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to retrieve: BM25, and its fusion with the vectors."""

    words: Keywords
    fusion: Fusion


def default() -> Variant:
    """The variant that ragkit's own defaults are."""
    own, params = Bm25Config(), Hybrid.Params()
    words = Keywords(own.stemmer, frozenset(stopword_list(own.stopwords)), own.k1, own.b, float(own.title_weight))
    pool = None if params.dense_pool == "all" else max(params.dense_pool, FOUND)
    return Variant(words, Fusion(params.dense_weight, pool, params.normalise, params.fusion))


def before() -> Variant:
    """The defaults before this study; the sweep starts from them."""
    return Variant(Keywords("english", frozenset(stopword_list("english")), 1.2, 0.75, 1.0), Fusion(0.5))


def stopword_lists() -> dict[str, frozenset[str]]:
    """The lists that are tried: none, Lucene's 33 words, those and question words, and NLTK's 179."""
    import bm25s.stopwords as lists

    short = frozenset(stopword_list("english"))
    asking = frozenset("what which who whom whose when where why how do does did has have had".split())  # noqa: SIM905
    return {
        "none": frozenset(),
        "short": short,
        "asking": short | asking,
        "long": frozenset(lists.STOPWORDS_EN_PLUS),
    }


def rounds() -> list[tuple[str, Callable[[Variant], Iterable[tuple[str, Variant]]]]]:
    """The rounds of the sweep: each makes labelled variants of the best so far."""

    def words(best: Variant) -> Iterable[tuple[str, Variant]]:
        for stemmer, (name, stopwords) in product(("none", "porter", "english"), stopword_lists().items()):
            yield (
                f"stemmer {stemmer}, stop words {name}",
                replace(best, words=replace(best.words, stemmer=stemmer, stopwords=stopwords)),
            )

    def weights(best: Variant) -> Iterable[tuple[str, Variant]]:
        for title, k1, b in product((0.0, 1.0, 2.0, 3.0), (0.6, 0.9, 1.2, 1.6), (0.4, 0.6, 0.75, 0.9)):
            yield f"title {title:g}, k1 {k1}, b {b}", replace(best, words=replace(best.words, title=title, k1=k1, b=b))

    def fusions(best: Variant) -> Iterable[tuple[str, Variant]]:
        tenths = [tenth / 10 for tenth in range(1, 10)]
        for normalise, weight in product(("min_max", "theoretical"), tenths):
            for pool in (50, 100, 200, None):
                fusion = Fusion(weight, pool, normalise)
                yield f"{normalise}, weight {weight}, pool {pool or 'all'}", replace(best, fusion=fusion)
        for weight in tenths:
            yield f"rrf, weight {weight}, pool 100", replace(best, fusion=Fusion(weight, 100, how="rrf"))

    return [("words", words), ("BM25", weights), ("fusion", fusions)]


class Trial:
    """Variants measured over all sets; each is measured once."""

    def __init__(self, sets: Sequence[SetScores]) -> None:
        self._sets = sets
        self._known: dict[Variant, tuple[list[Measured], list[Measured]]] = {}

    def measure(self, variant: Variant) -> tuple[list[Measured], list[Measured]]:
        """For each set what BM25 alone and the hybrid find."""
        if variant not in self._known:
            alone, both = [], []
            for scores in self._sets:
                bm25 = scores.bm25(variant.words)
                alone.append(scores.measure(bm25))
                both.append(scores.measure(fuse(scores.dense, bm25, variant.fusion)))
            self._known[variant] = (alone, both)
        return self._known[variant]

    def means(self, variant: Variant, half: Half) -> dict[str, Any]:
        """The mean nDCG@10 of each set and over the sets, of BM25 alone and of the hybrid."""
        found: dict[str, Any] = {}
        for name, measured in zip(("bm25", "hybrid"), self.measure(variant), strict=True):
            by_set = [
                statistics.fmean(one[CHOSEN_BY][place] for place in scores.set.in_half(half))
                for scores, one in zip(self._sets, measured, strict=True)
            ]
            found[name] = {"mean": statistics.fmean(by_set), "sets": by_set}
        return found

    def gain(self, after: Variant, than: Variant, half: Half) -> dict[str, Any]:
        """How far the hybrid of one variant is above another's, paired: in each set, and over all questions."""
        found: dict[str, Any] = {}
        pooled: dict[str, tuple[list[float], list[float]]] = {metric: ([], []) for metric in METRICS}
        for scores, new, old in zip(self._sets, self.measure(after)[1], self.measure(than)[1], strict=True):
            places = scores.set.in_half(half)
            pairs = {metric: [[each[metric][at] for at in places] for each in (old, new)] for metric in METRICS}
            found[scores.set.name] = {metric: paired_interval(*pair).as_dict() for metric, pair in pairs.items()}
            for metric, (a, b) in pairs.items():
                pooled[metric][0].extend(a)
                pooled[metric][1].extend(b)
        found["all questions"] = {metric: paired_interval(*pair).as_dict() for metric, pair in pooled.items()}
        return found


def sweep(trial: Trial) -> tuple[Variant, list[dict[str, Any]]]:
    """What the rounds leave, and every variant of each round with its means on the tuned halves."""
    chosen, tried = before(), []
    for title, variants in rounds():
        rows = []
        for label, variant in variants(chosen):
            rows.append((label, variant, trial.means(variant, "tuned")))
            print(f"{title}: {label}: {rows[-1][2]['hybrid']['mean']:.4f}", file=sys.stderr)
        label, best, _ = max(rows, key=lambda row: row[2]["hybrid"]["mean"])
        gain = trial.gain(best, chosen, "tuned")["all questions"][CHOSEN_BY]
        taken = gain["low"] is not None and gain["low"] > 0
        chosen = best if taken else chosen
        tried.append({
            "round": title, "best": label, "gain": gain, "taken": taken,
            "rows": [{"variant": label, **means} for label, _, means in rows],
        })  # fmt: skip
    return chosen, tried


def ask(of: BenchmarkSet, retriever: str) -> Measured:
    """What a component with its defaults finds, measured for the held-out questions."""
    kind = RETRIEVERS[retriever]
    questions = [of.questions[place] for place in of.in_half("held_out")]
    results = kind(kind.Params(k=FOUND), Scope(of.reader)).run_batch(
        [{"question": each.question} for each in questions]
    )
    measured: Measured = {name: [] for name in METRICS}
    for question, result in zip(questions, results, strict=True):
        metrics = retrieval_metrics(documents(result.value)[:DEPTH], question.gold)
        for name in METRICS:
            measured[name].append(metrics[name] or 0.0)
    return measured


def report(of: BenchmarkSet) -> dict[str, Any]:
    """The three retrievers over the held-out half, and how far the hybrid is above the other two, paired."""
    measured = {name: ask(of, name) for name in RETRIEVERS}
    return {
        "n": len(measured["hybrid"][CHOSEN_BY]),
        **{
            name: {metric: mean_interval(found[metric]).as_dict() for metric in METRICS}
            for name, found in measured.items()
        },
        **{
            f"hybrid over {name}": {
                metric: paired_interval(measured[name][metric], measured["hybrid"][metric]).as_dict()
                for metric in METRICS
            }
            for name in ("bm25", "dense")
        },
    }  # fmt: skip


def described(variant: Variant) -> dict[str, Any]:
    """A variant as plain data."""
    words, fusion = variant.words, variant.fusion
    lists = {stopwords: name for name, stopwords in stopword_lists().items()}
    return {
        "stemmer": words.stemmer, "stopwords": lists[words.stopwords], "k1": words.k1, "b": words.b,
        "title": words.title, "fusion": fusion.how, "dense_weight": fusion.weight, "pool": fusion.pool or "all",
        "normalise": fusion.normalise,
    }  # fmt: skip


def shown(interval: dict[str, Any], signed: bool = False) -> str:
    """A mean and its interval."""
    sign = "+" if signed else ""
    return f"{interval['mean']:{sign}.3f} [{interval['low']:{sign}.3f}, {interval['high']:{sign}.3f}]"


def table(rows: dict[str, dict[str, dict[str, Any]]]) -> str:
    """A Markdown table: a row for each label, a column for each metric; differences are signed."""
    lines = [f"| | {' | '.join(METRICS)} |", f"|---|{'---|' * len(METRICS)}"]
    for label, measured in rows.items():
        cells = [shown(measured[metric], signed="over" in label) for metric in METRICS]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Runs the study and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--sweep", action="store_true", help="also try every variant (about ten minutes)")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    sets = [load_set(name, options.sets) for name in options.only]
    facts = conditions(found=FOUND, default=described(default()), sets={of.name: of.conditions() for of in sets})
    print(json.dumps(facts, indent=2))
    numbers: dict[str, Any] = {"conditions": facts, "held_out": {of.name: report(of) for of in sets}}
    for name, found in numbers["held_out"].items():
        print(f"\n### {name}, held out: {found.pop('n')} questions\n\n{table(found)}")
    if options.sweep:
        trial = Trial([SetScores(of) for of in sets])
        chosen, tried = sweep(trial)
        gain = trial.gain(chosen, before(), "held_out")
        numbers |= {"before": described(before()), "tried": tried, "chosen": described(chosen), "gain": gain}
        for each in tried:
            print(f"\n### {each['round']}, tuned halves: nDCG@10\n\n{tried_table(each['rows'], options.only)}")
            verdict = "taken over" if each["taken"] else "not taken over"
            print(f"\nbest: {each['best']}, {shown(each['gain'], signed=True)} over what was before: {verdict}")
        label = ", ".join(f"{name} {value}" for name, value in described(chosen).items())
        print(f"\n### chosen, over what was before, held out\n\n{label}\n")
        print(table({f"{name} (chosen over before)": found for name, found in gain.items()}))
    if options.json is not None:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def tried_table(rows: Sequence[dict[str, Any]], sets: Sequence[str]) -> str:
    """A Markdown table of a round, best first: BM25 alone and the hybrid."""
    lines = [f"| variant | hybrid | {' | '.join(sets)} | BM25 alone |", f"|---|{'---|' * (len(sets) + 2)}"]
    for row in sorted(rows, key=lambda row: -row["hybrid"]["mean"]):
        by_set = " | ".join(f"{value:.4f}" for value in row["hybrid"]["sets"])
        lines.append(f"| {row['variant']} | {row['hybrid']['mean']:.4f} | {by_set} | {row['bm25']['mean']:.4f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
