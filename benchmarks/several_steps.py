"""Does a second step find what the first one misses? Pipelines without a language model over HotpotQA, at equal tokens.

    python benchmarks/several_steps.py                 # the ablation and the shipped pipeline, held-out half
    python benchmarks/several_steps.py --half tuned    # the half on which numbers were chosen

Every variant is a pipeline that gives a ranked list. The baseline is one step: hybrid retrieval, the first 5 or 10
passages. Another variant may spend, question by question, as many tokens as these: its list is cut before the passage
that would pass them, so that it never reads more. Then: the share of questions of which all gold documents are there
(``all_gold``), the recall, and how often the index was searched; differences are paired. Nothing is trained; weights
were chosen on the tuned half.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

from sets import HALVES, PAPERS, ROOT, WORK, BenchmarkSet, add_arguments, conditions, load_set

from ragkit.engine.pipeline import Pipeline
from ragkit.engine.result import RunResult
from ragkit.evaluate.intervals import mean_interval, paired_interval
from ragkit.evaluate.questions import KINDS
from ragkit.project import Project
from ragkit.types import Passages

KS = (5, 10)
SHIPPED = ROOT / "pipelines" / "several-steps.yaml"
FIRST = "first: {use: retrieve.hybrid, k: 100}"
EACH = "{use: flow.map, over: %s, max_items: 10, output: hits, steps: {hits: {use: %s, query: item, k: %d}}}"
FEEDBACK = """
wider: {use: query.feedback, passages: first, read: 5, terms: 10}
more: {use: retrieve.bm25, query: wider.text, k: 100}
fed: {use: fuse.convex, passages: [first, more], weights: [2, 1], normalise: theoretical}"""
NAMES = """
bridge: {use: query.bridge, passages: first, read: 5, most: 10}"""
AGAIN = """
more: {use: retrieve.hybrid, query: bridge.text, k: 100}"""


def _following(base: str, read: int = 5, of_question: bool = False) -> str:
    """The steps that follow titles from a ranked list, score what they find, and weigh in who named it."""
    asked = ", of_question: true" if of_question else ""
    return f"""
named: {{use: retrieve.linked, passages: {base}, read: {read}{asked}}}
pool: {{use: fuse.union, passages: [{base}, named]}}
scored: {{use: rerank.hybrid, passages: pool}}
ranked: {{use: fuse.convex, passages: [scored, named], weights: [2, 1], normalise: theoretical}}"""


VARIANTS = {
    "one step": f"{FIRST}\nranked: {{use: select.top_k, passages: first, k: 100}}",
    "decomposition by rule": f"""
{FIRST}
parts: {{use: query.split}}
each: {EACH % ("parts.questions", "retrieve.hybrid", 5)}
ranked: {{use: fuse.rrf, passages: [first, each], weights: [2, 1]}}""",
    "feedback": f"{FIRST}{FEEDBACK.replace('fed:', 'ranked:')}",
    "names behind the question": f"""
{FIRST}{NAMES}{AGAIN}
ranked: {{use: fuse.rrf, passages: [first, more], weights: [2, 1]}}""",
    "the same, behind the first five only what is new": f"""
{FIRST}{NAMES}{AGAIN}
head: {{use: select.top_k, passages: first, k: 5}}
new: {{use: select.unseen, passages: more, known: head, by: document}}
ranked: {{use: fuse.union, passages: [head, new]}}""",
    "each name searched for": f"""
{FIRST}{NAMES}
each: {EACH % ("bridge.queries", "retrieve.bm25", 1)}
pool: {{use: fuse.union, passages: [first, each]}}
scored: {{use: rerank.hybrid, passages: pool}}
ranked: {{use: fuse.rrf, passages: [scored, each], weights: [2, 1]}}""",
    "titles followed, not scored": f"""
{FIRST}
named: {{use: retrieve.linked, passages: first, read: 5}}
ranked: {{use: fuse.convex, passages: [first, named], weights: [2, 1], normalise: theoretical}}""",
    "titles followed, one round": f"{FIRST}{_following('first')}",
    "the same, titles in the question too": f"{FIRST}{_following('first', of_question=True)}",
    "the same, of the first passage alone": f"{FIRST}{_following('first', read=1, of_question=True)}",
    "titles followed behind feedback": f"{FIRST}{FEEDBACK}{_following('fed')}",
}
"""Name and steps; the step ``ranked`` is the list."""


def pipelines(corpus: str) -> dict[str, str]:
    """The text of every variant; the shipped one without its last two steps, which cut and answer."""
    head = f"version: 1\nname: variant\ncorpus: {corpus}\nsteps:\n"
    found = {name: f"{head}{indent(steps.strip(), '  ')}\noutput: ranked\n" for name, steps in VARIANTS.items()}
    shipped = SHIPPED.read_text(encoding="utf-8")
    steps = shipped[shipped.index("steps:\n") + len("steps:\n") : shipped.index("  evidence:")]
    found["pipelines/several-steps.yaml"] = f"{head}{steps}output: search\n"
    return found


def project_of(name: str) -> Project:
    """Where the index of a set is."""
    return Project(ROOT if name == PAPERS else WORK)


def ask(of: BenchmarkSet, text: str, places: Sequence[int], project: Project) -> list[RunResult]:
    """What a variant gives for each question; its passages are the ranked list."""
    file = project.state / "several-steps.yaml"
    file.write_text(text, encoding="utf-8")
    with Pipeline.load(file, project=project, store=False, build=False) as variant:
        results = variant.run_batch([of.questions[place].question for place in places])
    for result in results:
        if result.error is not None:
            sys.exit(f"{result.question}: {result.error}")
    return results


def spent(passages: Passages, k: int) -> int:
    """The tokens of the first k."""
    return sum(passage.tokens or 0 for passage in passages[:k])


def within(passages: Passages, budget: int) -> Passages:
    """The first passages that fit into a budget of tokens."""
    fitting = 0
    while fitting < len(passages) and spent(passages, fitting + 1) <= budget:
        fitting += 1
    return passages[:fitting]


def measure(
    of: BenchmarkSet, places: Sequence[int], lists: Sequence[Passages], budgets: Sequence[int]
) -> dict[str, list[float]]:
    """All gold, recall and tokens of each question within its budget."""
    found: dict[str, list[float]] = {"all_gold": [], "recall": [], "tokens": []}
    for place, passages, budget in zip(places, lists, budgets, strict=True):
        gold = set(of.questions[place].gold_ids)
        kept = within(passages, budget)
        met = len(gold & {passage.doc_id for passage in kept})
        found["all_gold"].append(float(met == len(gold)))
        found["recall"].append(met / len(gold))
        found["tokens"].append(float(spent(kept, len(kept))))
    return found


def study(of: BenchmarkSet, places: Sequence[int], project: Project) -> dict[str, Any]:
    """Each variant at the tokens of the first k of one step, for each k."""
    lists, searches, seconds = {}, {}, {}
    for name, text in pipelines(of.name).items():
        started = time.perf_counter()
        results = ask(of, text, places, project)
        lists[name] = [result.passages for result in results]
        searches[name] = statistics.fmean(result.usage["retrieval_calls"] for result in results)
        seconds[name] = (time.perf_counter() - started) / len(places)
        print(f"{name}: {seconds[name] * 1000:.0f} ms a question", file=sys.stderr)
    found: dict[str, Any] = {}
    for k in KS:
        budgets = [spent(passages, k) for passages in lists["one step"]]
        measured = {name: measure(of, places, ranked, budgets) for name, ranked in lists.items()}
        before = measured["one step"]
        found[str(k)] = {
            name: {
                "tokens": statistics.fmean(values["tokens"]),
                "retrieval_calls": searches[name],
                **{
                    metric: {
                        "mean": mean_interval(values[metric]).as_dict(),
                        "gain": paired_interval(before[metric], values[metric]).as_dict(),
                    }
                    for metric in ("all_gold", "recall")
                },
            }
            for name, values in measured.items()
        }
    return found


def table(found: Mapping[str, Any]) -> str:
    """A Markdown table of one k."""
    lines = [
        "| | all gold | over one step | recall | over one step | tokens | retrievals |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, values in found.items():
        cells = []
        for metric in ("all_gold", "recall"):
            mean, gain = values[metric]["mean"], values[metric]["gain"]
            cells.append(f"{mean['mean']:.3f} [{mean['low']:.3f}, {mean['high']:.3f}]")
            shown = f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
            cells.append("–" if name == "one step" else shown)
        lines.append(f"| {name} | {' | '.join(cells)} | {values['tokens']:.0f} | {values['retrieval_calls']:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Runs the study and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.set_defaults(only=["hotpotqa"])
    parser.add_argument("--half", choices=HALVES, default="held_out", help="which questions (default: held_out)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="only questions of these kinds (default: all)")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    numbers: dict[str, Any] = {}
    for name in options.only:
        of = load_set(name, options.sets)
        kinds = options.kinds or KINDS
        places = [place for place in of.in_half(options.half) if of.questions[place].kind in kinds]
        facts = conditions(half=options.half, kinds=kinds, questions=len(places), set=of.conditions())
        found = study(of, places, project_of(name))
        numbers[name] = {"conditions": facts, "found": found}
        print(json.dumps(facts, indent=2))
        for k, by_variant in found.items():
            print(f"\n### {name}, {options.half}, {len(places)} questions, the tokens of {k} passages\n")
            print(table(by_variant))
    if options.json is not None:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
