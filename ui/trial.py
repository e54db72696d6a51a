"""A draft that is tried on one question: it runs as it stands in the editor, saved or not."""

from __future__ import annotations

from pathlib import Path

from ragkit.components.catalogue import Catalogue
from ragkit.engine.pipeline import Pipeline
from ragkit.engine.scope import Corpora
from ragkit.project import Project
from ragkit.spec.load import load_text
from ragkit.trace.store import TraceStore
from ui.runs import Run


class Trial:
    """One question asked of one text. ``trace`` is the id of its run once there is one.

    Args:
        text: The YAML.
        file: The file that it is a draft of: paths in it are relative to that.
        project: The project.
    """

    def __init__(self, text: str, file: Path, project: Project) -> None:
        self.text = text
        self.file = file
        self.trace: str | None = None
        self._project = project

    def work(self, run: Run) -> None:
        """Answers the run's question.

        Raises:
            RagkitError: The text has errors, or an index cannot be built.
        """
        project = self._project
        plan = load_text(
            self.text, str(self.file), base=self.file.parent, catalogue=Catalogue(), corpora=project.corpora
        )
        corpora = Corpora(project.corpora, project.state)
        corpora.ensure(plan.corpora, True, run.note, None)
        store = TraceStore(project.state / "traces.db", content=project.trace_content)
        with Pipeline(plan, corpora=corpora, store=store) as pipeline:
            self.trace = pipeline.run(run.question, on_event=run.step, on_text=run.text).trace_id
