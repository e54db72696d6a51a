"""The files of a new project: what ``ragkit init`` writes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from ragkit.project import FILE
from ragkit.shipped import shipped

Template = Literal["notes", "papers"]
QUESTIONS: Mapping[str, str] = {
    "notes": "How does Adaptive-k cut the list of passages?",
    "papers": "How does Adaptive-k choose how many passages to retrieve?",
}
"""For each corpus a question that it answers."""
DOCUMENTS = "documents"
"""The name of the corpus over a folder of the person's own."""
_SETTINGS = """\
# A ragkit project: `ragkit` looks for this file from the current folder upward. Everything here is optional.

[folders]
corpora = "corpora"        # `corpus: NAME` in a pipeline is NAME.yaml in this folder
pipelines = "pipelines"    # what `ragkit validate` checks when it is given no file

[trace]
content = true             # false keeps questions, texts and answers out of the traces
"""
_DOCUMENTS = """\
# yaml-language-server: $schema=../schema/corpus.schema.json
name: documents
source:
  kind: folder               # Markdown, text, HTML, PDF, CSV and JSON Lines, each read by its suffix
  path: %s
  # include: ["**/*.md"]     # only these
  # exclude: ["drafts"]      # and not these
  # damaged: skip            # leave out what cannot be read, and say so, instead of stopping
chunks:
  kind: recursive            # along headings, then paragraphs, then sentences
"""
_MODELINE = re.compile(r"(?m)^(# yaml-language-server: \$schema=)\S*/(\S+)$")
_CORPUS = re.compile(r"(?m)^corpus: papers\b")
_SECOND = re.compile(r"(\$\{RAGKIT_SECOND_CORPUS:-)\w+\}")
_EXAMPLE = re.compile(r'(?m)^(#   ragkit run \S+ )"[^"]*"')


def files(template: Template) -> Iterator[tuple[str, bytes]]:
    """The files of a project over one of the shipped corpora, as paths in it and contents."""
    yield from _common(template)
    corpora = shipped("corpora")
    yield f"corpora/{template}.yaml", _with_schema((corpora / f"{template}.yaml").read_text(encoding="utf-8")).encode()
    for file in sorted((corpora / template).rglob("*")):
        if file.is_file():
            yield f"corpora/{file.relative_to(corpora).as_posix()}", file.read_bytes()


def files_over(documents: Path, root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a project over a folder of documents.

    Args:
        documents: The folder; the corpus file names it relative to itself.
        root: The project.
    """
    yield from _common(DOCUMENTS)
    path = Path(os.path.relpath(documents.resolve(), (root / "corpora").resolve())).as_posix()
    # A JSON string is a YAML string; a dollar sign would begin a variable.
    text = _DOCUMENTS % json.dumps(path, ensure_ascii=False).replace("$", "$$")
    yield f"corpora/{DOCUMENTS}.yaml", text.encode()


def _common(corpus: str) -> Iterator[tuple[str, bytes]]:
    from ragkit.components.catalogue import Catalogue
    from ragkit.corpus.config import CorpusSpec
    from ragkit.spec.schema.schemas import schemas

    yield FILE, _SETTINGS.encode()
    yield ".gitignore", b"/.ragkit/\n"
    for name, text in schemas(Catalogue(), CorpusSpec).items():
        yield f"schema/{name}", text.encode()
    pipelines = shipped("pipelines")
    for file in sorted(pipelines.rglob("*.yaml")):
        text = _CORPUS.sub(f"corpus: {corpus}", file.read_text(encoding="utf-8"))
        text = _SECOND.sub(lambda found: f"{found[1]}{corpus}}}", text)
        if corpus != "papers":
            text = _EXAMPLE.sub(lambda found: f'{found[1]}"{QUESTIONS.get(corpus, "your question")}"', text)
        place = file.relative_to(pipelines)
        yield f"pipelines/{place.as_posix()}", _with_schema(text, "../" * len(place.parts)).encode()
    for file in sorted((pipelines / "trained").glob("*.json")):
        yield f"pipelines/trained/{file.name}", file.read_bytes()


def _with_schema(text: str, up: str = "../") -> str:
    """The text with its first line pointing at the schema of the project, whose root lies ``up`` from the file."""
    return _MODELINE.sub(rf"\1{up}schema/\2", text)
