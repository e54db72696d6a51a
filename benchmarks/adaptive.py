"""Every adaptive pipeline side by side: what it decides, what it costs, and without a language model how good it is.

    python benchmarks/adaptive.py --write docs/results-adaptive.md

Adaptive is a shipped pipeline that routes, gates, judges, loops, remembers or cuts by scores; new ones enter by
themselves. Each is asked the reporting half of the questions over the papers; what is trained learned from the other
half. Pipelines that run without an LM are measured. Those that can have one run a second time with a scripted reader
(``scripted_reader.py``) in its place: calls, tokens, trigger rates and decisions are then those of that script, and
quality is not measured.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from adaptive_page import BASELINE, Run, page
from scripted_reader import MODEL, scripted_reader

from ragkit.component import Need
from ragkit.components.catalogue import Catalogue
from ragkit.components.memory._store import forget
from ragkit.engine import Pipeline
from ragkit.engine.scope import Corpora
from ragkit.errors import SpecError
from ragkit.evaluate.card import machine
from ragkit.evaluate.questions import Question, read_questions
from ragkit.evaluate.scoring import score
from ragkit.lm.registry import in_process
from ragkit.project import Project
from ragkit.spec.cut import steps_of
from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from ragkit.trace.model import Span, Trace
from ragkit.types import Label

ROOT = Path(__file__).parents[1]
ADAPTIVE_ROLES = frozenset({"route", "gate", "judge", "memory"})
ADAPTIVE_USES = frozenset({"flow.loop", "flow.route", "select.adaptive_k", "select.conformal", "select.learned"})


def is_adaptive(plan: Plan) -> bool:
    """Whether anything in a pipeline decides."""
    uses = {step.use for step in steps_of(plan.root)}
    return bool(uses & ADAPTIVE_USES) or any(use.partition(".")[0] in ADAPTIVE_ROLES for use in uses)


def plans(folder: Path, project: Project, model: str | None) -> Iterator[tuple[str, Plan]]:
    """The adaptive pipelines of a folder, and the baseline before them; those that need an LM only with one."""
    files = sorted(folder.rglob("*.yaml"), key=lambda file: (file.stem != BASELINE, len(file.parts), file.stem))
    for file in files:
        env = {} if model is None else {"RAGKIT_LM": model}
        try:
            plan = load(file, catalogue=Catalogue(), env=env, corpora=project.corpora)
        except SpecError:
            if model is not None:
                raise
            continue
        if file.stem == BASELINE or is_adaptive(plan):
            yield file.relative_to(folder).with_suffix("").as_posix(), plan


def run(name: str, plan: Plan, project: Project, questions: Sequence[Question]) -> Run:
    """Asks every question; one by one where the pipeline remembers what was asked before."""
    found = Run(name, plan)
    if Need.LM in plan.needs and Need.LOCAL_LM in plan.needs:
        raise ValueError(f"{name} needs two kinds of LM")
    if Need.LOCAL_LM in plan.needs:
        found.skipped = "not run: needs the attention of a local model"
        return found
    forget()
    corpora = Corpora(project.corpora, project.state)
    corpora.ensure(plan.corpora, True, lambda text: print(text, file=sys.stderr), None)
    asked = [{"question": q.question, "history": q.history, "inputs": q.inputs} for q in questions]
    alone = any(step.use.startswith("memory.") for step in steps_of(plan.root))
    with contextlib.closing(Pipeline(plan, corpora=corpora)) as pipeline:
        results = [pipeline.run_batch([one])[0] for one in asked] if alone else pipeline.run_batch(asked)
    lm = Need.LM in plan.needs
    found.metrics = [score(q, result, lm=lm).metrics for q, result in zip(questions, results, strict=True)]
    found.failed = sum(result.error is not None for result in results)
    found.decided = decisions([result.trace for result in results])
    return found


def decisions(traces: Sequence[Trace]) -> str:
    """What the steps of a pipeline decided, in a line: labels and verdicts by share, rounds and passages by mean."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    numbers: dict[tuple[str, str], list[float]] = defaultdict(list)
    for trace in traces:
        last = {span.step: span for span in trace.spans if span.status in ("ok", "cached")}
        for step, span in last.items():
            _read(step, span, labels, numbers)
    parts = [
        f"{step}: " + ", ".join(f"{label} {count / sum(found.values()):.0%}" for label, count in found.most_common())
        for step, found in labels.items()
    ]
    parts += [f"{step}: {statistics.fmean(values):.1f} {noun}" for (step, noun), values in numbers.items()]
    return "; ".join(sorted(parts))


def _read(step: str, span: Span, labels: dict[str, Counter[str]], numbers: dict[tuple[str, str], list[float]]) -> None:
    role = span.use.partition(".")[0]
    label = next((value for value in span.outputs.values() if isinstance(value, Label)), None)
    if span.use == "flow.loop":
        numbers[step, "rounds"].append(span.outputs["rounds"])
    elif role in ("route", "judge") and label is not None:
        labels[step][str(label)] += 1
    elif role in ADAPTIVE_ROLES and "." not in step:
        verdict = next((value for value in span.outputs.values() if isinstance(value, bool)), None)
        if verdict is not None:
            labels[step]["yes" if verdict else "no"] += 1
    elif (
        span.use in ADAPTIVE_USES and (cut := span.decision) is not None and cut.kept is not None and cut.threshold != 0
    ):
        numbers[step, "passages kept"].append(cut.kept)  # at a threshold of 0 it only scores, and others cut


def main() -> None:
    """Runs the study and prints it, or writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=ROOT / "corpora" / "papers" / "questions.jsonl")
    parser.add_argument("--split", default="report", help="the questions of this split (default: report)")
    parser.add_argument("--write", type=Path, help="write the page here; by default it is printed")
    options = parser.parse_args()
    project = Project(ROOT)
    questions = read_questions(options.questions, split=options.split)
    offline = [
        run(name, plan, project, questions.questions)
        for name, plan in plans(ROOT / "pipelines", project, None)
        if Need.LOCAL_LM not in plan.needs
    ]
    with in_process(MODEL, scripted_reader(questions.questions)):
        wanted = [
            (name, plan)
            for name, plan in plans(ROOT / "pipelines", project, MODEL)
            if plan.needs & {Need.LM, Need.LOCAL_LM} and is_adaptive(plan)
        ]
        scripted = [run(name, plan, project, questions.questions) for name, plan in wanted]
    reader = Corpora(project.corpora, project.state).open("papers").reader()
    known = machine()
    kinds = Counter(question.kind or "no kind" for question in questions.questions)
    conditions = [
        f"{len(questions.questions)} questions: the half `{options.split}` of `corpora/papers/questions.jsonl` "
        f"(SHA-256 {questions.sha256[:12]}…), {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}; "
        "trained files learned from the other half",
        f"corpus `papers` {reader.version}, encoder {reader.encoder}, {reader.count:,} passages",
        f"{known['system']}, {known['cpu']}, {known['cores']} cores; {datetime.now(UTC).date().isoformat()}",
    ]
    text = page(offline, scripted, conditions)
    if options.write is None:
        print(text)
    else:
        options.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
