"""Every selector of ragkit on every retriever and every set: is a cut that follows the scores better than a fixed k?

    python benchmarks/selection.py --figures docs                     # 50 candidates
    python benchmarks/selection.py --candidates 1000 --untrained      # the rules see long lists

A retriever finds candidates, a rule keeps some of them. Measured for each rule, with several settings each: the recall
of gold documents, the mean tokens that are kept, and the gain: its recall minus that of the fixed k which keeps as many
tokens in the mean, with a 95 % interval over questions (``ragkit/evaluate/fixed_k.py``). Rules without a training see
all questions; ``select.learned`` and ``select.conformal`` are fitted to the tuned half of each set and judged, fixed k
and all, on the other. With so many rules some intervals leave 0 by chance: Holm's correction over all gains of a run
says which are still there then.

The figures show recall against mean tokens: the line is the fixed k, each mark a setting of a rule.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figure import Panel, draw
from sets import BenchmarkSet, Scope, add_arguments, conditions, load_set

from ragkit.components.catalogue import Catalogue
from ragkit.components.select.conformal import Conformal, lowest_miss
from ragkit.components.select.learned import Learned
from ragkit.evaluate.compare.holm import holm
from ragkit.evaluate.fixed_k import baselines_of, fixed_cuts, fixed_k_curve, question_gains
from ragkit.evaluate.intervals import permutation_p
from ragkit.evaluate.questions import Question
from ragkit.trace.model import Span, Trace
from ragkit.train.conformal import fit_conformal
from ragkit.train.examples import Example
from ragkit.train.selector import fit_selector
from ragkit.trained import Trained
from ragkit.types import Passages, Result

LEARNED_TOKENS = (500, 1000, 2000)
CONFORMAL_MISSES = (0.05, 0.1, 0.2, 0.3)
ROUNDING = 1e-9
Rule = Callable[[str, Passages], Result[Passages]]
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
)


def find(of: BenchmarkSet, retriever: str, candidates: int) -> list[Passages]:
    """The candidates of every question."""
    kind = Catalogue().get(RETRIEVERS[retriever])
    step: Any = kind(kind.Params(k=candidates), Scope(of.reader))
    results = step.run_batch([{"question": question.question} for question in of.questions])
    return [result.value for result in results]


def untrained_rules(retriever: str) -> dict[str, Rule]:
    """Every setting that makes sense of this retriever's scores."""
    rules: dict[str, Rule] = {}
    for setting in SETTINGS:
        if retriever in setting.on:
            kind = Catalogue().get(setting.use)
            step: Any = kind(kind.Params(**setting.params))
            rules[str(setting)] = lambda question, passages, step=step: step.run(passages)
    return rules


def trained_rules(of: BenchmarkSet, lists: Sequence[Passages]) -> dict[str, Rule]:
    """``select.learned`` with several targets of tokens and ``select.conformal``, fitted to the tuned half."""
    examples = [Example(of.questions[place], {"passages": lists[place]}) for place in of.in_half("tuned")]
    rules: dict[str, Rule] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "selector.json"
        Trained("select.learned", fit_selector(examples, aim="documents").state, {}, {}).write(file)
        for tokens in LEARNED_TOKENS:
            learned = Learned(Learned.Params(state=str(file), tokens=tokens))
            learned.warm_up()
            rules[f"learned (tokens {tokens})"] = learned.run
        file = Path(folder) / "conformal.json"
        state = fit_conformal(examples).state
        Trained("select.conformal", state, {}, {}).write(file)
        for miss in CONFORMAL_MISSES:
            # What the lists do not hold cannot be promised.
            if lowest_miss(state["questions"], "recall") <= miss:
                conformal = Conformal(Conformal.Params(state=str(file), miss=miss))
                conformal.warm_up()
                rules[f"conformal (miss {miss})"] = lambda _, passages, step=conformal: step.run(passages)
    return rules


def cut_all(
    questions: Sequence[Question], lists: Sequence[Passages], rules: Mapping[str, Rule]
) -> list[dict[str, Any]]:
    """For each question what every rule kept of its candidates, as ``fixed_k`` reads it."""
    rows = []
    for question, passages in zip(questions, lists, strict=True):
        trace = Trace("", question.question, {}, 0)
        for number, (name, rule) in enumerate(rules.items()):
            kept = rule(question.question, passages)
            span = Span(number, None, name, "select", "CHAIN", "", 0)
            span.inputs, span.outputs, span.decision = {"passages": passages}, {"passages": kept.value}, kept.decision
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


def study(of: BenchmarkSet, candidates: int, with_trained: bool) -> dict[str, Any]:
    """Every rule on every retriever over one set; those with a training over its held-out half."""
    found: dict[str, Any] = {}
    for retriever in RETRIEVERS:
        print(f"{of.name}: {retriever}, {candidates} candidates", file=sys.stderr)
        lists = find(of, retriever, candidates)
        rows = cut_all(of.questions, lists, untrained_rules(retriever))
        curve = fixed_k_curve(rows, str(SETTINGS[0]))
        judged = judge(rows)
        held_out = of.in_half("held_out")
        unseen = [of.questions[place] for place in held_out], [lists[place] for place in held_out]
        if with_trained:
            judged += judge(cut_all(*unseen, trained_rules(of, lists)))
        found[retriever] = {
            "rules": judged,
            "fixed_k": [point for point in curve if 0 < int(point["k"] or 0) <= candidates],
        }
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
    known = {rule: None for rules in by_rule.values() for rule in rules}
    order = [str(setting) for setting in SETTINGS if str(setting) in known]
    for setting in (*order, *(rule for rule in known if rule not in order)):
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
    kept = "*" if sign and rule["holm"] < 0.05 else ""
    shown = f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]{sign}{kept}"
    return f"{rule['recall']:.3f} / {rule['tokens']:.0f} / {shown}"


def figure(name: str, study: Mapping[str, Any], candidates: int) -> str:
    """The picture of one set."""
    panels = []
    for retriever, found in study.items():
        marks: dict[str, list[tuple[float, float]]] = {}
        for rule in found["rules"]:
            family = rule["rule"].split(" ")[0]
            marks.setdefault(family, []).append((rule["tokens"], rule["recall"]))
        panels.append(Panel(retriever, [(point["tokens"], point["recall"]) for point in found["fixed_k"]], marks))
    return draw(f"{name}: recall against tokens, {candidates} candidates", panels)


def main() -> None:
    """Runs the study and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--candidates", type=int, default=50, help="how many passages the rules see (default: 50)")
    parser.add_argument("--untrained", action="store_true", help="leave out the rules with a training (they are slow)")
    parser.add_argument("--figures", type=Path, help="a folder for selection-<set>.svg, one for each set")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    if options.candidates < 2:
        parser.error(f"--candidates is {options.candidates}; a rule needs at least 2 to choose from")
    sets = [load_set(name, options.sets) for name in options.only]
    studies = {of.name: study(of, options.candidates, not options.untrained) for of in sets}
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
