"""What a step is trained on: the questions, and what its ports were given for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.engine.cache import StepCache
from ragkit.engine.scope import Corpora, StepScope
from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import Question
from ragkit.evaluate.seen import digest_of
from ragkit.lm.cache import ResponseCache
from ragkit.project import Project
from ragkit.spec.cut import cut_after, steps_of
from ragkit.spec.load import load
from ragkit.spec.plan import Plan, Step
from ragkit.trace.words import counted
from ragkit.trained import untrained

FEWEST = 20
"""With fewer questions than this what a selector learns is noise."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question, the values that the step's ports were given for it, and those that it gave, not trained yet.

    ``lm_calls`` counts the LM requests that it took up to the step, the step's own with them.
    """

    question: Question
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    lm_calls: int = 0


@dataclass(frozen=True, slots=True)
class Upstream:
    """The part of a pipeline up to a step, ready to run, the corpora that it reads, and who is told how far it is."""

    pipeline: Pipeline
    corpora: Corpora
    progress: Callable[[Progress], None] | None = None

    def reader(self, step: Step) -> Any:
        """The reader of the step's corpus.

        Raises:
            UsageError: The step has none.
        """
        return StepScope(step, self.corpora).corpus()


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pipeline with a step to train.

    Attributes:
        plan: The whole pipeline; trained files that it names may be missing.
        step: The step.
        project: Where corpora and state are.
    """

    plan: Plan
    step: Step
    project: Project

    @property
    def target(self) -> Path:
        """The trained file that the pipeline names for the step."""
        return Path(self.step.params.state.path)

    @contextmanager
    def running(self, tell: Callable[[str], None], *, build: bool = True, progress: Any = None) -> Iterator[Upstream]:
        """The part of the pipeline up to the step, ready to run; what steps and LMs gave is kept in the caches."""
        plan = cut_after(self.plan, self.step.path)
        corpora = Corpora(self.project.corpora, self.project.state)
        corpora.ensure(plan.corpora, build, tell, progress)
        state = self.project.state
        pipeline = Pipeline(
            plan, corpora=corpora, cache=StepCache(state / "cache.db"), responses=ResponseCache(state / "responses.db")
        )
        try:
            yield Upstream(pipeline, corpora, progress)
        finally:
            pipeline.close()


def lesson(
    path: Path, project: Project, verb: str, step: str | None = None, choices: Mapping[str, Any] | None = None
) -> Lesson:
    """Finds what is to be trained in a pipeline file.

    Args:
        path: The pipeline file; the trained file of the step need not be there yet.
        project: Its project.
        verb: What is trained: ``selector``, ``router`` or ``gate``.
        step: The step's path; needed where several steps can be trained so.
        choices: Values for search marks.

    Raises:
        SpecError: The file has errors.
        UsageError: No step can be trained so, the one that is named is not one of them, or none is named of several.
    """
    with untrained():
        plan = load(path, catalogue=Catalogue(), choices=choices, corpora=project.corpora)
    known = {
        found.path: found
        for found in steps_of(plan.root)
        if found.component.trained_by == verb and found.params.state is not None
    }
    kinds = ", ".join(sorted(name for name, cls in _classes() if cls.trained_by == verb))
    fixed = [found.path for found in steps_of(plan.root) if found.component.trained_by == verb]
    if not known and fixed:
        raise UsageError(
            f"the step {fixed[0]!r} of {path.name} can be trained, and names no trained file",
            hint=f"write 'state: trained/{fixed[0].replace('.', '-')}.json' there, in the place of what is to be found",
        )
    if not known:
        raise UsageError(f"{path.name} has no step that 'ragkit train {verb}' can train; it trains {kinds}")
    if step is None and len(known) > 1:
        raise UsageError(
            f"{path.name} has several steps to train: {', '.join(known)}", hint=f"--step {next(iter(known))}"
        )
    name = next(iter(known)) if step is None else step
    if name not in known:
        raise UsageError(
            f"{path.name} has no step {name!r} that can be trained so{did_you_mean(name, known)}; "
            f"there is {', '.join(map(repr, known))}"
        )
    with untrained(known[name].params.state.path):
        plan = load(path, catalogue=Catalogue(), choices=choices, corpora=project.corpora)
    return Lesson(plan, next(found for found in steps_of(plan.root) if found.path == name), project)


def gather(
    pipeline: Pipeline, step: str, questions: Sequence[Question], progress: Callable[[Progress], None] | None = None
) -> list[Example]:
    """Runs the questions up to a step and reads what its ports were given, in its last execution.

    Args:
        pipeline: As ``Lesson.running`` gives it.
        step: The step's path.
        questions: What is asked.
        progress: Is told how many questions have run.

    Raises:
        StepError: A question failed before the step.
        UsageError: The step ran for none of the questions.
    """
    count = 0

    def counted(_: Any) -> None:
        nonlocal count
        count += 1
        if progress is not None:
            progress(Progress(count, len(questions), stage="asking"))

    asked = [{"question": q.question, "history": q.history, "inputs": q.inputs} for q in questions]
    examples = []
    for question, result in zip(questions, pipeline.run_batch(asked, on_result=counted), strict=True):
        if result.error is not None:
            raise result.error
        spans = [span for span in result.trace.spans if span.step == step and span.status in ("ok", "cached")]
        if spans:
            calls = result.trace.usage.lm_calls
            examples.append(Example(question, spans[-1].inputs, spans[-1].outputs, calls))
    if not examples:
        raise UsageError(f"the step {step!r} ran for none of the {len(questions)} questions: there is nothing to learn")
    return examples


def with_gold(examples: Sequence[Example]) -> list[Example]:
    """The examples that a selector can learn from: those with gold documents, and a list to find them in.

    Raises:
        UsageError: They are fewer than 20.
    """
    used = [e for e in examples if e.question.gold_ids and len(e.inputs.get("passages", ()))]
    if len(used) < FEWEST:
        raise UsageError(
            f"{len(used)} of {len(examples)} questions have gold documents and passages to choose from; "
            f"at least {FEWEST} are needed",
            hint="more questions with 'gold_ids': ragkit data synth makes some from documents",
        )
    return used


def unasked(
    added: Sequence[Question], examples: Sequence[Example], tell: Callable[[str], None] = lambda text: None
) -> list[Question]:
    """Those of the added questions that no example asks: what is measured on is not learned from besides.

    Args:
        added: What is learned from besides.
        examples: What is measured on.
        tell: Is told how many are left out.
    """
    asked = {digest_of(example.question.question) for example in examples}
    found = [question for question in added if digest_of(question.question) not in asked]
    if len(found) < len(added):
        double = counted(len(added) - len(found), "added question")
        tell(f"note: {double} measured on too, and not learned from besides")
    return found


def answered(questions: Sequence[Question]) -> list[Question]:
    """Those that have an answer: to abstain is right elsewhere, and says nothing of what a question takes."""
    return [question for question in questions if question.kind != "unanswerable"]


def _classes() -> Iterator[tuple[str, Any]]:
    catalogue = Catalogue()
    for name in catalogue.names():
        yield name, catalogue.get(name)
