"""Plans and findings of a text, with the components of ``tests/components_for_tests.py``."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from ragkit.spec.checking.bounds import active_steps
from ragkit.spec.diagnostics import Diagnostic
from ragkit.spec.load import check_text, load_text
from ragkit.spec.plan import Plan, Step
from tests.components_for_tests import CATALOGUE

GOOD = Path(__file__).parent / "good"


def plan_of(text: str, *, base: Path = GOOD, **options: Any) -> Plan:
    """The plan of a text; ``version`` may be left out."""
    return load_text(_whole(text), "it.yaml", base=base, catalogue=CATALOGUE, env={}, **options)


def findings_of(text: str, *, base: Path = GOOD, **options: Any) -> tuple[Diagnostic, ...]:
    """What is wrong with a text; ``version`` may be left out."""
    plan, findings = check_text(_whole(text), "it.yaml", base=base, catalogue=CATALOGUE, env={}, **options)
    assert (plan is None) == bool(findings)
    return findings


def codes_of(text: str, **options: Any) -> list[str]:
    """The codes of what is wrong, in the order of their places."""
    return [finding.code for finding in findings_of(text, **options)]


def steps_of(plan: Plan) -> dict[str, Step]:
    """Every step that can run, by its path."""
    return {step.path: step for step in active_steps(plan.root)}


def _whole(text: str) -> str:
    text = dedent(text).lstrip("\n")
    return text if text.startswith("version:") else f"version: 1\n{text}"
