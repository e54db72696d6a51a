"""How many passages, learned: is ``select.learned`` worth its training on HotpotQA, behind one step and behind several?

    python benchmarks/learned.py

Candidates are the first 50 passages of ``retrieve.hybrid`` (one step), and of what pipelines/several-steps.yaml finds
(several steps). The questions are dealt into five parts; for each part the selector is fitted to the other four, as
``ragkit train selector --aim documents`` does, its threshold for a target of mean tokens included, and asked about the
part that it has not seen; questions that share a gold document are in the same part. So every question is judged once,
unseen, at each target. Two things are asked, both paired question by question:

* at the mean tokens of the first k passages of the same list, how much higher is the recall?
* with at most half the tokens of the first ten passages of one step, is their recall reached? Told for the held-out
  half alone too, since the numbers in pipelines/several-steps.yaml were chosen on the other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sets import BenchmarkSet, add_arguments, conditions, groups_by_gold, load_set
from several_steps import ask, pipelines, project_of, spent, within

from ragkit.components.select.learned import Learned
from ragkit.evaluate.intervals import mean_interval, paired_interval
from ragkit.train.examples import Example
from ragkit.train.selector import fit_selector
from ragkit.trained import Trained
from ragkit.types import Passages

CANDIDATES = 50
PARTS = 5
KS = (2, 3, 5, 10)
MARGIN = 0.97
"""Of the tokens aimed at: a threshold for so many spends a little more or less on questions it has not seen."""
CURVE = (100, 150, 200, 300, 400, 500, 600, 800, 1000, 1500, 2000)
LISTS = {"one step": "one step", "several steps": "pipelines/several-steps.yaml"}


def parts_of(of: BenchmarkSet) -> list[list[int]]:
    """The places of the questions of each part; groups that share gold documents take turns."""
    parts: list[list[int]] = [[] for _ in range(PARTS)]
    for turn, group in enumerate(groups_by_gold(of.questions)):
        parts[turn % PARTS].extend(group)
    return parts


def select_unseen(of: BenchmarkSet, lists: Sequence[Passages], targets: Sequence[float]) -> dict[float, list[Passages]]:
    """For each target of mean tokens what is kept of every list, each by a selector that had not seen its question."""
    kept: dict[float, list[Passages]] = {target: [Passages()] * len(lists) for target in targets}
    parts = parts_of(of)
    with tempfile.TemporaryDirectory() as folder:
        for number, unseen in enumerate(parts):
            seen = [place for part in parts if part is not unseen for place in part]
            examples = [Example(of.questions[place], {"passages": lists[place]}) for place in seen]
            file = Path(folder) / f"selector-{number}.json"
            Trained("select.learned", fit_selector(examples, aim="documents").state, {}, {}).write(file)
            for target in targets:
                step = Learned(Learned.Params(state=str(file), tokens=target))
                step.warm_up()
                for place in unseen:
                    kept[target][place] = step.run(of.questions[place].question, lists[place]).value
            print(f"part {number + 1} of {PARTS}", file=sys.stderr)
    return kept


def recalls(of: BenchmarkSet, lists: Sequence[Passages]) -> list[float]:
    """The recall of each question."""
    found = []
    for question, passages in zip(of.questions, lists, strict=True):
        gold = set(question.gold_ids)
        found.append(len(gold & {passage.doc_id for passage in passages}) / len(gold))
    return found


def all_gold(recall: Sequence[float]) -> float:
    """The share of questions that miss nothing."""
    return statistics.fmean(float(value == 1) for value in recall)


def tokens(lists: Sequence[Passages]) -> float:
    """The mean tokens."""
    return statistics.fmean(spent(passages, len(passages)) for passages in lists)


def study(of: BenchmarkSet) -> dict[str, Any]:
    """Both lists: at the tokens of fixed k, and at half those of ten passages of one step."""
    texts = pipelines(of.name)
    places = range(len(of.questions))
    found: dict[str, Any] = {}
    ten: list[float] = []
    half = 0.0
    for name, variant in LISTS.items():
        lists = [result.passages[:CANDIDATES] for result in ask(of, texts[variant], places, project_of(of.name))]
        fixed = {k: [passages[:k] for passages in lists] for k in (*KS, 20, CANDIDATES)}
        if not ten:
            ten, half = recalls(of, fixed[10]), tokens(fixed[10]) / 2
        budgets = {k: tokens(fixed[k]) for k in KS}
        targets = sorted({half * MARGIN, *(budget * MARGIN for budget in budgets.values()), *map(float, CURVE)})
        kept = select_unseen(of, lists, targets)
        found[name] = {
            "against_fixed_k": [_against(of, k, fixed[k], kept[budgets[k] * MARGIN]) for k in KS],
            "half": _half(of, ten, half, kept[half * MARGIN], lists),
            "curve": [_point(of, kept[target]) for target in targets],
            "bound": _point(of, lists),
        }
    return found


def _against(of: BenchmarkSet, k: int, fixed: Sequence[Passages], kept: Sequence[Passages]) -> dict[str, Any]:
    before, after = recalls(of, fixed), recalls(of, kept)
    return {
        "k": k,
        "fixed": {"recall": statistics.fmean(before), "tokens": tokens(fixed)},
        "learned": {"recall": statistics.fmean(after), "tokens": tokens(kept)},
        "gain": paired_interval(before, after).as_dict(),
    }


def _half(
    of: BenchmarkSet, ten: Sequence[float], half: float, kept: Sequence[Passages], lists: Sequence[Passages]
) -> dict[str, Any]:
    after = recalls(of, kept)
    cut = [within(passages, int(half)) for passages in lists]
    unseen = of.in_half("held_out")
    return {
        "ten": mean_interval(list(ten)).as_dict(),
        "half": half,
        "learned": {**mean_interval(after).as_dict(), "tokens": tokens(kept)},
        "difference": paired_interval(list(ten), after).as_dict(),
        "held_out": paired_interval([ten[at] for at in unseen], [after[at] for at in unseen]).as_dict(),
        "fixed": {"recall": statistics.fmean(recalls(of, cut)), "tokens": tokens(cut)},
    }


def _point(of: BenchmarkSet, lists: Sequence[Passages]) -> dict[str, float]:
    recall = recalls(of, lists)
    return {"tokens": tokens(lists), "recall": statistics.fmean(recall), "all_gold": all_gold(recall),
            "passages": statistics.fmean(map(len, lists))}  # fmt: skip


def shown(found: Mapping[str, Any]) -> str:
    """The tables in Markdown."""
    lines = ["| candidates | k | fixed: recall / tokens | learned: recall / tokens | gain |", "|---|---|---|---|---|"]
    for name, of in found.items():
        for row in of["against_fixed_k"]:
            cells = [f"{row[which]['recall']:.3f} / {row[which]['tokens']:.0f}" for which in ("fixed", "learned")]
            lines.append(f"| {name} | {row['k']} | {' | '.join(cells)} | {_signed(row['gain'])} |")
    lines += ["", "| candidates | learned, half the tokens | over ten passages of one step | held-out half only |"]
    lines += ["|---|---|---|---|"]
    for name, of in found.items():
        half = of["half"]
        learned = half["learned"]
        value = f"{learned['mean']:.3f} [{learned['low']:.3f}, {learned['high']:.3f}] / {learned['tokens']:.0f}"
        lines.append(f"| {name} | {value} | {_signed(half['difference'])} | {_signed(half['held_out'])} |")
    ten = found["one step"]["half"]
    lines += ["", f"ten passages of one step: recall {ten['ten']['mean']:.3f}, {2 * ten['half']:.0f} tokens", ""]
    lines += ["| candidates | tokens | passages | recall | all gold |", "|---|---|---|---|---|"]
    for name, of in found.items():
        for point, label in [*((point, name) for point in of["curve"]), (of["bound"], f"{name}, all {CANDIDATES}")]:
            numbers = f"{point['recall']:.3f} | {point['all_gold']:.3f}"
            lines.append(f"| {label} | {point['tokens']:.0f} | {point['passages']:.1f} | {numbers} |")
    return "\n".join(lines)


def _signed(gain: Mapping[str, float]) -> str:
    return f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"


def main() -> None:
    """Runs the study and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, several=False)
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    of = load_set("hotpotqa", options.sets)
    facts = conditions(candidates=CANDIDATES, parts=PARTS, set=of.conditions())
    found = study(of)
    print(json.dumps(facts, indent=2))
    print(f"\n### {of.name}, {len(of.questions)} questions, each judged unseen\n\n{shown(found)}")
    if options.json is not None:
        options.json.write_text(json.dumps({"conditions": facts, "found": found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
