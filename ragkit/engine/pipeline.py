"""A pipeline that runs: loaded once, asked as often as one likes, from as many threads as one likes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ragkit.components.catalogue import Catalogue
from ragkit.engine.asking import Asking
from ragkit.engine.budget import Purse
from ragkit.engine.build import Builder
from ragkit.engine.cache import StepCache
from ragkit.engine.conditions import conditions_of
from ragkit.engine.frame import Frame, Question
from ragkit.engine.given import given_questions, given_values
from ragkit.engine.pool import Pool
from ragkit.engine.profiles import tuned_overlay
from ragkit.engine.result import RunResult, broken_off, collect
from ragkit.engine.reuse import Reuse
from ragkit.engine.scope import Corpora, StepScope
from ragkit.engine.streaming import AnswerStream, last_steps
from ragkit.errors import UsageError
from ragkit.lm.cache import ResponseCache
from ragkit.lm.state import fitting, read_state
from ragkit.lm.step import LMStep
from ragkit.project import Project
from ragkit.spec.describe import describe
from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from ragkit.trace.model import Span, Trace, new_trace_id
from ragkit.trace.store import TraceStore
from ragkit.types import Turn

if TYPE_CHECKING:
    from ragkit.lm.predictor import Predictor

BATCH_SIZE = 512
"""The most in flight in one call of a component; of many texts the encoder makes batches that need less padding."""


class Pipeline:
    """A plan with its components, ready to run. Make one with ``Pipeline.load``.

    Args:
        plan: The checked plan.
        corpora: The project's corpora; None for a plan that reads no index.
        store: Where traces go; None keeps them in memory only.
        cache: The step cache; None runs every step.
        responses: What LMs said, by request; None asks them each time.
        overlay: The overlay's name, for the conditions of each result.
        conditions: More of these conditions.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        corpora: Corpora | None = None,
        store: TraceStore | None = None,
        cache: Reuse | None = None,
        responses: ResponseCache | None = None,
        overlay: str | None = None,
        conditions: Mapping[str, Any] | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.plan = plan
        self.store = store
        self.cache = cache
        self.responses = responses
        self.batch_size = batch_size
        self._corpora = corpora
        self.overlay = None if overlay is None else Path(overlay)
        self._conditions = conditions or {}
        self._pool = Pool(least=max((model.concurrency for model in plan.models), default=0))
        self._builder = Builder(lambda step: StepScope(step, corpora), self._pool, cache, batch_size)
        self._root = self._builder.graph(plan.root)
        if plan.state is not None:
            self._begin_with(read_state(plan.state))
        self._pipeline = {"name": plan.name, "hash": plan.hash, "file": str(plan.file)}
        self._graph = describe(plan)
        self._last = last_steps(plan)
        self._warm = False
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        project: Project | None = None,
        choices: Mapping[str, Any] | None = None,
        overlay: Path | str | None = None,
        profile: str | None = None,
        build: bool = True,
        content: bool | None = None,
        cache: bool = False,
        store: bool = True,
        tell: Callable[[str], None] | None = None,
        progress: Any = None,
    ) -> Pipeline:
        """Reads, checks and prepares a pipeline file; builds an index that is missing or stale.

        Args:
            path: The YAML file.
            project: Where corpora and state are; by default the project around the file.
            choices: Values for search marks, by path (``{"evidence.buffer": 3}``).
            overlay: An overlay file to lay over it.
            profile: A profile of the file's ``slo``, for the overlay that was tuned for it.
            build: False makes a missing or stale index an error.
            content: False keeps texts out of the trace; None asks the project's settings.
            cache: Use the project's caches: results of steps, and what LMs said.
            store: False keeps traces in memory only.
            tell: Is told what is being built and why, in sentences.
            progress: Is handed to an index build.

        Raises:
            SpecError: The file has errors; all of them are in it.
            UsageError: The file has no such profile, or it has not been tuned; or both profile and overlay are given.
            IndexMissing: An index is missing or stale and ``build`` is False.
        """
        path, overlay = Path(path), None if overlay is None else Path(overlay)
        project = project if project is not None else Project.around(path)
        if profile is not None:
            overlay = tuned_overlay(path, profile, overlay, project)
        plan = load(path, catalogue=Catalogue(), choices=choices, overlay=overlay, corpora=project.corpora)
        corpora = Corpora(project.corpora, project.state)
        corpora.ensure(plan.corpora, build, tell or (lambda text: None), progress)
        keep = project.trace_content if content is None else content
        return cls(
            plan,
            corpora=corpora,
            store=TraceStore(project.state / "traces.db", content=keep) if store else None,
            cache=StepCache(project.state / "cache.db") if cache else None,
            responses=ResponseCache(project.state / "responses.db") if cache else None,
            overlay=None if overlay is None else str(overlay),
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Pipeline:
        """A pipeline is shared, never copied: its models and indexes are."""
        return self

    def __reduce__(self) -> NoReturn:
        """Raises ``UsageError``: neither it nor a program over it can be pickled."""
        raise UsageError(
            "a pipeline cannot be pickled: it holds open files, models and connections",
            hint="load its file in the other process; a program's save() and load() carry the state of its LM steps",
        )

    def warm_up(self) -> None:
        """Loads models and opens indexes, once; ``run`` does it when nobody did."""
        with self._lock:
            if not self._warm:
                for component in self._builder.components.values():
                    component.warm_up()
                self._warm = True

    def run(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        inputs: Mapping[str, Any] | None = None,
        on_event: Callable[[Span], None] | None = None,
        on_text: Callable[[str], None] | None = None,
        predictors: Mapping[str, Predictor] | None = None,
    ) -> RunResult:
        """Answers one question. A step that fails does not raise: the result has its ``error``.

        Args:
            question: The question.
            history: The conversation before it, oldest first.
            inputs: Values for the inputs that the file declares.
            on_event: Is called with each span when its step has ended, on the thread that ran it.
            on_text: Is called with each piece of the answer while an LM writes it, citations unchecked.
            predictors: Those that LM steps ask with, by the paths of the steps: a compiled program brings its own.

        Raises:
            UsageError: An input that the file does not declare or of another type, or one without default is missing.
        """
        asking = Asking(predictors or {}, self.responses, on_text, self._last)
        return self._run([self._question(question, history, inputs or {}, asking, on_event)])[0]

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), inputs: Mapping[str, Any] | None = None
    ) -> AnswerStream:
        """Answers one question; the answer is read while it comes.

        Example::

            stream = pipeline.stream("What is adaptive-k?")
            for piece in stream:
                print(piece, end="", flush=True)
            print(stream.result.citations)

        Args:
            question: The question.
            history: The conversation before it, oldest first.
            inputs: Values for the inputs that the file declares.
        """
        return AnswerStream(lambda show: self.run(question, history=history, inputs=inputs, on_text=show))

    def run_batch(
        self,
        questions: Iterable[str | Mapping[str, Any]],
        *,
        on_result: Callable[[RunResult], None] | None = None,
        predictors: Mapping[str, Predictor] | None = None,
    ) -> list[RunResult]:
        """Answers many questions, gathered by step, at most ``batch_size`` in flight; results in order.

        Args:
            questions: Strings, or mappings with ``question`` and perhaps ``history`` and ``inputs``.
            on_result: Is called with each result when its portion has run.
            predictors: As in ``run``.

        Raises:
            UsageError: A question, its history or its inputs are not what the file reads; nothing has run then.
        """
        asked = []
        asking = Asking(predictors or {}, self.responses)
        for given in given_questions(questions):
            asked.append(self._question(given["question"], given.get("history", ()), given.get("inputs", {}), asking))
        results: list[RunResult] = []
        for start in range(0, len(asked), self.batch_size):
            for result in self._run(asked[start : start + self.batch_size]):
                results.append(result)
                if on_result is not None:
                    on_result(result)
        return results

    @property
    def lm_steps(self) -> Mapping[str, LMStep]:
        """The steps that ask an LM, by their paths, in the order of the plan."""
        return {path: one for path, one in self._builder.components.items() if isinstance(one, LMStep)}

    def _begin_with(self, state: Mapping[str, Any]) -> None:
        """Hands to each LM step what optimisation found for it."""
        steps = self.lm_steps
        saved = fitting(state, {path: step.signature_of(step.params).fields() for path, step in steps.items()})
        for path, step in steps.items():
            step.tuned = saved[path]

    def close(self, *, wait: bool = True) -> None:
        """Ends threads and closes files; without ``wait``, calls that are under way end by themselves."""
        self._pool.close(wait)
        for file in [one for one in (self.store, self.cache, self.responses) if one is not None]:
            file.close()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        self.close(wait=kind is None or issubclass(kind, Exception))

    def _question(
        self,
        text: str,
        history: Sequence[Turn],
        inputs: Mapping[str, Any],
        asking: Asking,
        on_event: Callable[[Span], None] | None = None,
    ) -> tuple[Question, list[Any]]:
        given, values = given_values(self.plan.root, text, history, inputs)
        trace = Trace(new_trace_id(), text, self._pipeline, 0, inputs=given, graph=self._graph)
        return Question(trace, Purse(self.plan.budget), on_event, asking), values

    def _run(self, asked: Sequence[tuple[Question, list[Any]]]) -> list[RunResult]:
        self.warm_up()
        conditions = {**conditions_of(self.plan, self._corpora, self.overlay), **self._conditions}
        started = time.perf_counter()
        for question, _ in asked:
            question.trace.started = time.time_ns()
            question.trace.conditions = conditions
        if self.store is not None:
            self.store.begin(*(question.trace for question, _ in asked))
        frames = [Frame(question, self._root.values(values)) for question, values in asked]
        try:
            self._root.run(frames)
        except BaseException as error:
            if self.store is not None:
                self.store.commit_many([broken_off(question, self.plan, error) for question, _ in asked])
            raise
        seconds = (time.perf_counter() - started) / len(asked)
        results = []
        for (question, _), frame in zip(asked, frames, strict=True):
            trace = question.trace
            trace.ended = time.time_ns()
            trace.usage = question.purse.spent
            trace.spans.sort(key=lambda span: span.index)
            outputs = {name: read(frame) for name, read in self._root.outputs.items()}
            result = collect(question, self.plan, outputs, seconds, single=len(asked) == 1)
            trace.result = result.document
            results.append(result)
        if self.store is not None:
            self.store.commit_many([result.trace for result in results])
        return results
