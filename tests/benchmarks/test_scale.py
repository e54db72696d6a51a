"""What the scale benchmark generates and how it computes growth; and the whole of it once, small."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_words_are_different_and_common_ones_are_short() -> None:
    from generated import word

    words = [word(rank) for rank in range(30_000)]
    assert len(set(words)) == len(words)
    assert len(words[0]) <= len(words[-1])


def test_passages_are_the_same_every_time_and_follow_the_law() -> None:
    from collections import Counter

    from generated import texts

    rows = list(texts(200))
    assert rows == list(texts(200))
    assert len({row["id"] for row in rows}) == 200
    counts = Counter(word for row in rows for word in row["text"].lower().replace(".", "").split()).most_common()
    assert counts[0][1] > 5 * counts[len(counts) // 2][1]


def test_vectors_lie_around_their_topics() -> None:
    from generated import vector

    a, b, other = vector("topic1 some words"), vector("topic1 more words"), vector("topic2 some words")
    assert np.linalg.norm(a) == pytest.approx(1, abs=1e-5)
    assert a @ b > 0.4
    assert a @ b > a @ other + 0.2
    assert (a == vector("topic1 some words")).all()


@given(st.floats(0.2, 3), st.floats(0.1, 10))
def test_the_exponent_of_a_power_is_its_exponent(power: float, factor: float) -> None:
    from scale import exponent

    sizes = [1000, 10_000, 100_000]
    assert exponent(sizes, [factor * size**power for size in sizes]) == pytest.approx(power)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_builds_asks_and_prints_a_table(
    repository: Path, tmp_path: Path, make_ready: Callable[[Path], None]
) -> None:
    make_ready(tmp_path)
    report = tmp_path / "scale.json"
    command = [sys.executable, "benchmarks/scale.py", "--sizes", "200", "400", "--work", str(tmp_path)]
    done = subprocess.run(
        [*command, "--json", str(report)], cwd=repository, capture_output=True, text=True, check=False, timeout=550
    )
    assert done.returncode == 0, done.stderr
    assert "| measure | 200 | 400 | exponent | of the two largest |" in done.stdout
    numbers = json.loads(report.read_text())
    for run in numbers["runs"]:
        assert min(run["seconds"][name] for name in ("build", "hybrid (k 50)", "bm25", "dense, exact")) > 0
    assert numbers["growth"]["version on disk"]["all"] > 0
