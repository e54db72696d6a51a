"""The engine keeps the limit of its own cost, with some to spare for a busy machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

STEPS = 20


@pytest.mark.clock
def test_a_step_costs_less_than_its_limit(repository: Path) -> None:
    command = [sys.executable, "benchmarks/engine_overhead.py", "--rounds", "1", "--runs", "200", "--json"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    medians = json.loads(done.stdout)
    assert 0 < medians["ragkit"] / STEPS < 20e-6
    assert medians["ragkit, stored"] - medians["ragkit"] < 2e-3
