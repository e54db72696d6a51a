"""Broken pipeline files and what is said of them: ``broken/*.yaml``, each with its golden ``.txt``.

Files whose names begin with ``lex-`` cannot be read as they should be. The others break the rules of the language; they
use the components of ``tests/components_for_tests.py``, so that their texts do not change with ragkit's own components.
A file in a folder below ``broken/`` is there to be included. To write the golden texts anew after a change::

    RAGKIT_WRITE_GOLDEN=1 python -m pytest tests/spec/test_golden.py

and then read the difference: every line of it is a text that a person will be shown.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.spec.diagnostics import Diagnostic
from ragkit.spec.load import check
from ragkit.spec.plan import Plan
from tests.components_for_tests import CATALOGUE

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(BROKEN.glob("*.yaml"))
SECRET = "sk-live-0123456789"
ENV = {
    "RAGKIT_SET": "set",
    "RAGKIT_EMPTY": "",
    "RAGKIT_HERE": "here",
    "RAGKIT_SETTING": "a setting",
    "RAGKIT_SECRET": SECRET,
    "RAGKIT_NUMBER": "5",
}
# Read before the fixture that clears RAGKIT_ variables runs.
WRITE = bool(os.environ.get("RAGKIT_WRITE_GOLDEN"))


def findings_in(file: Path) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    catalogue = Catalogue() if file.name.startswith("lex-") else CATALOGUE
    return check(file.name, catalogue=catalogue, env=ENV)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_broken_file_is_explained(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    plan, findings = findings_in(file)
    text = "\n".join(finding.render() for finding in findings) + "\n"
    golden = file.with_suffix(".txt")
    if WRITE:
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert plan is None
    assert findings, "a broken file without a finding"
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_what_is_said_keeps_the_rules_of_messages(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    _, findings = findings_in(file)
    assert len(set(findings)) == len(findings)
    for finding in findings:
        said = finding.render()
        assert SECRET not in said
        assert str(BROKEN) not in said
        assert "\x1b" not in said
        assert not finding.message[0].isupper() or finding.message.split()[0].isupper()
        assert not finding.message.endswith(".") or finding.message.endswith("…")
        assert "Traceback" not in said
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", finding.code)
        assert finding.line >= 0
        assert (finding.line == 0) == (finding.column == 0)
        assert finding.as_dict()["code"] == finding.code


def test_there_are_enough_of_them() -> None:
    of_reading = [file for file in FILES if file.name.startswith("lex-")]
    assert len(of_reading) >= 60
    assert len(FILES) - len(of_reading) >= 60


def test_no_golden_text_is_left_over() -> None:
    assert {file.stem for file in BROKEN.glob("*.txt")} == {file.stem for file in FILES}
