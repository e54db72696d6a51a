"""Every selector of ragkit on every retriever and every set: is a cut that follows the scores better than a fixed k?

    python benchmarks/selection.py                       # tables and figures, 50 candidates
    python benchmarks/selection.py --candidates 1000     # the rules see long lists

A retriever finds candidates, a rule keeps some of them. Measured for each rule, with several settings each: the recall
of gold documents, the mean tokens that are kept, and the gain: its recall minus that of the fixed k which keeps as many
tokens in the mean, with a 95 % interval over questions (``ragkit/evaluate/fixed_k.py``). Nothing is tuned here, so all
questions count; with so many rules some intervals leave 0 by chance, and Holm's correction over all gains of a run says
which are still there then.

The figures show recall against mean tokens: the line is the fixed k, each mark a setting of a rule.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figure import Panel, draw
from sets import BenchmarkSet, Scope, add_arguments, conditions, load_set

from ragkit.components.catalogue import Catalogue
from ragkit.evaluate.compare.holm import holm
from ragkit.evaluate.fixed_k import baselines_of, fixed_cuts, fixed_k_curve, question_gains
from ragkit.evaluate.intervals import permutation_p
from ragkit.trace.model import Span, Trace

ROUNDING = 1e-9
RETRIEVERS = {"bm25": "retrieve.bm25", "dense": "retrieve.dense", "hybrid": "retrieve.hybrid"}


@dataclass(frozen=True)
class Setting:
    """A rule with its parameters. ``on`` names the retrievers whose scores the numbers are in the unit of."""

    use: str
    params: Mapping[str, Any] = field(default_factory=dict)
    on: tuple[str, ...] = tuple(RETRIEVERS)

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                           for name, value in self.params.items())  # fmt: skip
        return f"{self.use.removeprefix('select.')} ({values})" if values else self.use.removeprefix("select.")


SETTINGS = (
    Setting("select.adaptive_k"),
    Setting("select.adaptive_k", {"buffer": 0}),
    Setting("select.adaptive_k", {"buffer": 2}),
    Setting("select.adaptive_k", {"buffer": 10}),
    Setting("select.adaptive_k", {"head": 0.05}),
    Setting("select.adaptive_k", {"tail": 0.5}),
    Setting("select.autocut", {"jumps": 1}),
    Setting("select.autocut", {"jumps": 2}),
    Setting("select.autocut", {"jumps": 3}),
    Setting("select.knee", {"sensitivity": 0.5}),
    Setting("select.knee", {"sensitivity": 1.0}),
    Setting("select.knee", {"sensitivity": 2.0}),
    Setting("select.score", {"relative": 0.5}),
    Setting("select.score", {"relative": 0.7}),
    Setting("select.score", {"relative": 0.85}),
    Setting("select.score", {"within": 0.1}, ("dense", "hybrid")),
    Setting("select.score", {"within": 0.3}, ("dense", "hybrid")),
    Setting("select.score", {"threshold": 0.4}, ("dense", "hybrid")),
    Setting("select.score", {"threshold": 0.5}, ("dense", "hybrid")),
    Setting("select.score", {"threshold": 10.0}, ("bm25",)),
    Setting("select.score", {"threshold": 15.0}, ("bm25",)),
    Setting("select.top_p", {"p": 0.9, "temperature": 1.0}),
    Setting("select.top_p", {"p": 0.9, "temperature": 0.05}, ("dense", "hybrid")),
    Setting("select.top_p", {"p": 0.5, "temperature": 0.05}, ("dense", "hybrid")),
    Setting("select.token_budget", {"max_tokens": 500}),
    Setting("select.token_budget", {"max_tokens": 1000}),
    Setting("select.token_budget", {"max_tokens": 2000}),
    Setting("select.token_budget", {"max_tokens": 1000, "overflow": "skip"}),
    Setting("select.top_k", {"k": 10}),
)


def cut_all(of: BenchmarkSet, retriever: str, candidates: int) -> list[dict[str, Any]]:
    """For each question what every setting kept of the candidates, as ``fixed_k`` reads it."""
    catalogue = Catalogue()
    kind = catalogue.get(RETRIEVERS[retriever])
    found = kind(kind.Params(k=candidates), Scope(of.reader)).run_batch(
        [{"question": question.question} for question in of.questions]
    )
    rules = []
    for setting in SETTINGS:
        if retriever in setting.on:
            rule = catalogue.get(setting.use)
            rules.append((setting, rule(rule.Params(**setting.params))))
    rows = []
    for question, result in zip(of.questions, found, strict=True):
        trace = Trace("", question.question, {}, 0)
        for number, (setting, rule) in enumerate(rules):
            span = Span(number, None, str(setting), setting.use, "CHAIN", "", 0)
            kept = rule.run(result.value)
            span.inputs, span.outputs, span.decision = (
                {"passages": result.value},
                {"passages": kept.value},
                kept.decision,
            )
            trace.spans.append(span)
        rows.append({"baselines": fixed_cuts(question, trace, {})})
    return rows


def judge(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each setting its recall, tokens and gain at equal mean tokens, with the p-value of no gain."""
    gains = question_gains(rows)
    found = []
    for step, compared in baselines_of(rows).items():
        gain = gains[step]["recall"]
        found.append({
            "rule": step,
            "recall": compared["selector"]["recall"],
            "tokens": compared["selector"]["tokens"],
            "passages": compared["selector"]["passages"],
            "k": compared["equal_tokens"]["k"],
            "gain": compared["equal_tokens"]["gain"]["recall"],
            "p": permutation_p([0.0] * len(gain), gain),
        })  # fmt: skip
    return found


def study(of: BenchmarkSet, candidates: int) -> dict[str, Any]:
    """Every rule on every retriever over one set."""
    found: dict[str, Any] = {}
    for retriever in RETRIEVERS:
        print(f"{of.name}: {retriever}, {candidates} candidates", file=sys.stderr)
        rows = cut_all(of, retriever, candidates)
        curve = fixed_k_curve(rows, str(SETTINGS[0]))
        found[retriever] = {"rules": judge(rows), "fixed_k": [point for point in curve if point["k"]]}
    return found


def correct(studies: Mapping[str, Mapping[str, Any]]) -> None:
    """Adds Holm's adjusted p-value over all the gains of a run. A rule that counts or budgets has nothing to prove."""
    rules = [rule for study in studies.values() for found in study.values() for rule in found["rules"]]
    for rule, p in zip(rules, holm([rule["p"] for rule in rules]), strict=True):
        rule["holm"] = p


def table(study: Mapping[str, Any]) -> str:
    """A Markdown table: for each setting and retriever recall / mean tokens, and the gain with its interval."""
    lines = [
        f"| rule | {' | '.join(RETRIEVERS)} |",
        f"|---|{'---|' * len(RETRIEVERS)}",
        *(f"| fixed k = {k} | {' | '.join(_fixed(study[name]['fixed_k'], k) for name in RETRIEVERS)} |"
          for k in (1, 2, 3, 5, 10, 20, 50)),
    ]  # fmt: skip
    by_rule = {name: {rule["rule"]: rule for rule in study[name]["rules"]} for name in RETRIEVERS}
    for setting in map(str, SETTINGS):
        cells = [_cell(by_rule[name].get(setting)) for name in RETRIEVERS]
        lines.append(f"| {setting} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _fixed(curve: Sequence[Mapping[str, Any]], k: int) -> str:
    point = next((point for point in curve if point["k"] == k), curve[-1])
    return f"{point['recall']:.3f} / {point['tokens']:.0f}"


def _cell(rule: Mapping[str, Any] | None) -> str:
    if rule is None:
        return "–"
    gain = rule["gain"]
    sign = " ▲" if gain["low"] > ROUNDING else " ▼" if gain["high"] < -ROUNDING else ""
    kept = "*" if rule["holm"] < 0.05 else ""
    shown = f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]{sign}{kept}"
    return f"{rule['recall']:.3f} / {rule['tokens']:.0f} / {shown}"


def figure(name: str, study: Mapping[str, Any], candidates: int) -> str:
    """The picture of one set."""
    panels = []
    for retriever, found in study.items():
        marks: dict[str, list[tuple[float, float]]] = {}
        for rule in found["rules"]:
            family = rule["rule"].split(" ")[0]
            if family != "top_k":
                marks.setdefault(family, []).append((rule["tokens"], rule["recall"]))
        panels.append(Panel(retriever, [(point["tokens"], point["recall"]) for point in found["fixed_k"]], marks))
    return draw(f"{name}: recall against tokens, {candidates} candidates", panels)


def main() -> None:
    """Runs the study and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--candidates", type=int, default=50, help="how many passages the rules see (default: 50)")
    parser.add_argument("--figures", type=Path, help="a folder for selection-<set>.svg, one for each set")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    sets = [load_set(name, options.sets) for name in options.only]
    studies = {of.name: study(of, options.candidates) for of in sets}
    correct(studies)
    facts = conditions(candidates=options.candidates, sets={of.name: of.conditions() for of in sets})
    if options.json is not None:
        options.json.write_text(json.dumps({"conditions": facts, "studies": studies}, indent=2) + "\n")
    print(json.dumps(facts, indent=2))
    for name, found in studies.items():
        print(f"\n### {name}\n\n{table(found)}")
        if options.figures is not None:
            file = options.figures / f"selection-{name}.svg"
            file.write_text(figure(name, found, options.candidates), encoding="utf-8")


if __name__ == "__main__":
    main()
