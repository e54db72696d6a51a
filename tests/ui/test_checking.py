"""The text of an editor: its findings, its steps, and that it leads to no file outside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.project import Project
from ui.checking import Checked, check
from ui.drafts import Draft, draft
from ui.files import Opened

from .conftest import EMPTY

NESTED = """\
version: 1
name: nested
steps:
  kept: {use: select.top_k, passages: {value: []}, k: 3}
  best:
    passages: kept
    one_of:
      mmr: {use: rerank.mmr}
      last: {use: order.best_last}
    default: last
  each:
    use: flow.map
    over: best
    max_items: 2
    steps:
      inner: {use: query.join, parts: [question]}
    output: inner
output: best
"""


def checked(project: Path, text: str, name: str = "nothing.yaml") -> Checked:
    return check(text, name, Project(project), Catalogue())


def test_steps_are_found_wherever_they_stand(project: Path) -> None:
    found = checked(project, NESTED)
    assert [(step.name, step.use) for step in found.steps] == [
        ("kept", "select.top_k"), ("best", None), ("best.mmr", "rerank.mmr"), ("best.last", "order.best_last"),
        ("each", "flow.map"), ("each.inner", "query.join"),
    ]  # fmt: skip
    assert found.steps[5].path == ("steps", "each", "steps", "inner")


def test_steps_are_found_while_the_text_has_errors(project: Path) -> None:
    found = checked(project, NESTED.replace("top_k", "top_q"))
    assert found.plan is None
    assert ("nothing.yaml", 4, "steps.kept.use") in [(each.file, each.line, each.where) for each in found.findings]
    assert len(found.steps) == 6


@pytest.mark.parametrize(
    "text", ["", "- 1", "steps: [", "steps: 3", "steps: {a: 3}", "\0", "steps:\n  a:\n    steps: 2"]
)
def test_any_text_can_be_checked(project: Path, text: str) -> None:
    found = checked(project, text)
    assert found.plan is None
    assert found.findings


def test_a_text_is_read_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ragkit.spec.reading import source

    read: list[str] = []
    real = source.read_text
    monkeypatch.setattr(source, "read_text", lambda *args: (read.append(args[1]), real(*args))[1])
    found = check(EMPTY.replace("top_k", "top_q"), "it.yaml", Project(project), Catalogue())
    assert read == ["it.yaml"]
    assert [finding.line for finding in found.findings] == [4]


def test_an_overlay_is_known_as_one(project: Path) -> None:
    found = checked(project, 'version: 1\npipeline: a\nhash: "0"\nvalues: {}\n')
    assert found.overlay
    assert not found.findings


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../../secret.yaml", "link.yaml", "${HOME}/secret.yaml", "x/../../../secret.yaml"]
)
def test_nothing_outside_the_project_is_read(project: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    outside = project.parent / "secret.yaml"
    outside.write_text("version: 1\npassword: hunter2\n")
    (project / "pipelines" / "link.yaml").symlink_to(outside)
    monkeypatch.setenv("HOME", str(project.parent))
    found = checked(project, f"version: 1\nsteps: {{a: {{use: flow.pipeline, path: '{path}'}}}}\noutput: a\n")
    assert found.plan is None
    assert [finding.code for finding in found.findings] == ["outside"]
    assert "hunter2" not in "".join(finding.render() for finding in found.findings)
    assert str(project.parent) not in "".join(finding.render() for finding in found.findings)


def test_what_was_typed_is_taken_over_once() -> None:
    held = Draft(Opened("a.yaml", "old", ""), "old", "old")
    told = {"name": "a.yaml", "text": "typed", "editor": "e", "stamp": 1}
    held.typed(told)
    assert (held.text, held.base, held.dirty) == ("typed", "old", True)
    held.replace("from the form")
    held.typed(told)
    assert (held.text, held.base, held.revision) == ("from the form", "from the form", 1)
    held.typed({**told, "text": "more", "stamp": 2})
    assert held.text == "more"
    for nonsense in (None, "x", {}, {**told, "name": "b.yaml", "stamp": 3}, {**told, "text": 4, "stamp": 4}):
        held.typed(nonsense)
    assert held.text == "more"


def test_a_draft_without_changes_follows_its_file() -> None:
    held: dict[str, Draft] = {}
    first = draft(held, Opened("a.yaml", "one", "1"))
    assert draft(held, Opened("a.yaml", "two", "2")) is first
    assert (first.text, first.revision) == ("two", 1)
    first.typed({"name": "a.yaml", "text": "mine", "editor": "e", "stamp": 1})
    draft(held, Opened("a.yaml", "three", "3"))
    assert (first.text, first.opened.text) == ("mine", "two")
