"""The bundle of the editor: made from the sources that are committed, and its logic tested where Node.js is there."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

EDITOR = Path(__file__).parents[2] / "ui" / "editor"
NODE = shutil.which("node")


def test_the_bundle_is_made_from_these_sources() -> None:
    names = ["package.json", "package-lock.json", "build.js"]
    names += sorted(f"src/{file.name}" for file in (EDITOR / "src").iterdir())
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\n{(EDITOR / name).read_text(encoding='utf-8')}\n".encode())
    first = (EDITOR / "built" / "editor.js").read_text(encoding="utf-8").partition("\n")[0]
    assert first.endswith(digest.hexdigest()), "run `make editor`, and commit what it made"


def test_the_bundle_asks_for_nothing_elsewhere() -> None:
    text = (EDITOR / "built" / "editor.js").read_text(encoding="utf-8")
    assert not re.search(r"\bfetch\(|XMLHttpRequest|importScripts|import\(|new WebSocket|sendBeacon", text)
    assert "innerHTML" not in "".join(file.read_text() for file in (EDITOR / "src").iterdir())


def test_every_package_in_the_bundle_has_its_licence_beside_it() -> None:
    text = (EDITOR / "built" / "LICENSES.txt").read_text(encoding="utf-8")
    heads = re.findall(r"^(\S+) (\d[\w.]*) \((.*)\)$", text, re.MULTILINE)
    assert {name for name, _, _ in heads} >= {"@codemirror/view", "@codemirror/lang-yaml", "@lezer/yaml"}
    assert {licence for _, _, licence in heads} == {"MIT"}


@pytest.mark.skipif(NODE is None, reason="needs Node.js")
def test_contexts_and_outlines() -> None:
    assert NODE is not None
    line = [NODE, "--test", *map(str, sorted((EDITOR / "test").glob("*.test.js")))]
    done = subprocess.run(line, cwd=EDITOR, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
