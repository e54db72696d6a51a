"""README and docs are true: their YAML compiles, their commands are known, and what is made from the code is fresh."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from ragkit.cli.main import VERBS, app
from ragkit.components.catalogue import Catalogue
from ragkit.corpus.config import read_corpus
from ragkit.spec.load import load_text

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """One fenced block: its page, the line it starts on, its language and text."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(*languages: str) -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in _FENCE.finditer(text):
            if found[1] in languages:
                yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])


# The component that CONTRIBUTING.md writes is not there; tests/test_contributing.py runs its snippet.
YAML = [block for block in blocks("yaml") if "select.per_document" not in block.text]
COMMANDS = [
    (f"{block}:{number}", line[2:])
    for block in blocks("console")
    for number, line in enumerate(block.text.replace("\\\n", " ").splitlines())
    if line.startswith("$ ragkit ")
]


GROUPS = {verb for verb in VERBS if len(importlib.import_module(f"ragkit.cli.{verb}").app.registered_commands) > 1}
"""The verbs that have verbs of their own."""


def whole(text: str) -> str:
    """A pipeline as it stands, or a snippet of steps as the pipeline it belongs to."""
    return text if re.search(r"^version:", text, re.MULTILINE) else f"version: 1\ncorpus: papers\n{text}"


def test_there_is_something_to_check() -> None:
    assert len(YAML) > 20
    assert len(COMMANDS) > 10
    assert {page.name for page in PAGES} >= {"README.md", "concepts.md", "yaml.md", "components.md", "command-line.md"}


@pytest.mark.parametrize("block", [b for b in YAML if "steps:" in b.text], ids=str)
def test_every_pipeline_compiles(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_LM", "openai/any")  # a snippet shows its step, not where the LM comes from
    load_text(whole(block.text), str(block), base=ROOT / "pipelines", catalogue=Catalogue(), corpora=ROOT / "corpora")


@pytest.mark.parametrize("block", [b for b in YAML if "steps:" not in b.text], ids=str)
def test_every_corpus_is_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / "corpus.yaml").write_text(block.text)
    assert read_corpus(tmp_path / "corpus.yaml", env={}).source


@pytest.mark.parametrize(("place", "line"), COMMANDS, ids=[place for place, _ in COMMANDS])
def test_every_command_is_known_with_its_options(place: str, line: str) -> None:
    """Each verb and flag is real, and each pipeline named is there; nothing runs, for the verb is asked for help."""
    words = shlex.split(line.split("|")[0].split(" > ")[0].split("  #")[0])[1:]
    verb = [word for word in words if not word.startswith("-")][: 2 if words[0] in GROUPS else 1]
    if words[0].startswith("-"):
        return
    assert verb[0] in VERBS, place
    shown = CliRunner().invoke(app, [*verb, "--help"])
    assert shown.exit_code == 0, (place, shown.output)
    for word in words:
        if word.startswith("--"):
            assert re.search(rf"(?<!\S){re.escape(word.split('=')[0])}\b", shown.stdout), (place, word)
        if word.startswith("pipelines/") and "*" not in word:
            assert (ROOT / word).is_file(), (place, word)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = page if not name else (page.parent / name)
        assert target.exists(), link
        if anchor:
            assert anchor in {_anchor(line) for line in target.read_text().splitlines() if line.startswith("#")}, link


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower()).replace(" ", "-")


def test_every_verb_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text()
    assert [verb for verb in VERBS if f"\n## {verb}\n" not in text] == []
    assert [line.split()[-1] for line in text.splitlines() if line.startswith("### trace ")] == [
        "list", "show", "diff", "export", "prune",
    ]  # fmt: skip


def test_every_component_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "components.md").read_text()
    assert [name for name in Catalogue().names() if f"\n### {name}\n" not in text] == []


@pytest.mark.parametrize("name", ["components.md", "command-line.md", "conditional.svg"])
def test_generated_pages_are_fresh(name: str) -> None:
    pages = {file.name: text for file, text in generator().pages().items()}
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages[name], "run: python docs/generate.py"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ragkit_docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
