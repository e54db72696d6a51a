"""gate.popularity: names and their counts, and nothing else."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.catalogue import Catalogue
from ragkit.components.gate._popularity import Counts
from ragkit.components.gate.popularity import Popularity
from ragkit.errors import SpecError, UsageError
from ragkit.spec.load import load_text

COUNTS = {"Paris": 99_999, "Paris, Texas": 99, "Louvre": 9_999}


def gate(**parameters: object) -> Popularity:
    return Popularity(Popularity.Params(**{"counts": COUNTS, "threshold": -3.0, **parameters}))


@pytest.mark.parametrize(
    ("question", "uncertainty"),
    [
        ("Where is Paris?", -5.0), ("Is paris, texas a town?", -2.0), ("Is the LOUVRE in Paris?", -4.0),
        ("Who is Nobody?", 0.0), ("", 0.0),
    ],
)  # fmt: skip
def test_the_least_popular_name_decides_and_the_longest_is_found(question: str, uncertainty: float) -> None:
    result = gate().run(question)
    assert result.value.uncertainty == pytest.approx(uncertainty)
    assert result.value.retrieve == (uncertainty >= -3)


def test_the_mean_of_several() -> None:
    result = gate(of="mean").run("Is the Louvre in Paris?")
    assert result.value.uncertainty == pytest.approx(-4.5)
    assert result.decision is not None
    assert result.decision.details["names"] == {"louvre": 9_999.0, "paris": 99_999.0}


def test_counts_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "counts.jsonl"
    path.write_text("\n".join(json.dumps({"name": name, "count": count}) for name, count in COUNTS.items()) + "\n\n")
    counts = Counts.read(path)
    assert counts.found("From Paris to Paris, Texas") == {"paris": 99_999.0, "paris texas": 99.0}
    path.write_text('{"name": "Paris", "count": 3}\n{"name": "paris", "count": 5}\n')
    assert Counts.read(path).found("Paris") == {"paris": 5.0}, "a file that changed is read again"


@pytest.mark.parametrize(
    "line", ["Paris\t3", "{}", '{"name": "Paris"}', '{"name": "!", "count": 3}', '{"name": "P", "count": -1}', "[3]"]
)
def test_a_line_that_is_no_name_with_a_count_is_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "counts.jsonl"
    path.write_text(f'{{"name": "Lyon", "count": 3}}\n{line}\n')
    with pytest.raises(UsageError, match=r"counts\.jsonl:2 is not a name and its count"):
        Counts.read(path)


def test_what_stands_in_the_file_is_part_of_the_pipeline(tmp_path: Path) -> None:
    text = (
        "version: 1\nsteps:\n  gate: {use: gate.popularity, counts: c.jsonl, threshold: -4}\n"
        "  known: {use: generate.decline, when: {not: gate.retrieve}}\n  other: {use: generate.decline}\n"
        "  answer: {use: flow.first, of: [known, other]}\noutput: answer\n"
    )
    hashes = set()
    for count in (3, 3, 5):
        (tmp_path / "c.jsonl").write_text(json.dumps({"name": "Paris", "count": count}))
        plan = load_text(text, "test.yaml", base=tmp_path, catalogue=Catalogue())
        hashes.add(plan.hash)
        gate = Popularity(next(step for step in plan.root.steps if step.name == "gate").params)
        assert gate.run("Paris?").value.uncertainty == pytest.approx(-math.log10(1 + count))
    assert len(hashes) == 2


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "counts.jsonl").touch()
    with pytest.raises(UsageError, match="is empty"):
        Counts.read(tmp_path / "counts.jsonl")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("none.jsonl", "there is no file 'none.jsonl' beside this pipeline"),
        ("{Paris: -3}", "Paris"),
        ("[1]", "a mapping"),
    ],
)
def test_wrong_counts_are_found_when_the_pipeline_is_checked(tmp_path: Path, written: str, said: str) -> None:
    text = f"version: 1\nsteps:\n  gate: {{use: gate.popularity, counts: {written}, threshold: -4}}\noutput: gate\n"
    with pytest.raises(SpecError, match=said):
        load_text(text, "test.yaml", base=tmp_path, catalogue=Catalogue())


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_popular_is_more_certain(one: int, two: int) -> None:
    few, many = (gate(counts={"Paris": count}).run("Paris?").value.uncertainty for count in sorted((one, two)))
    assert many <= few <= 0
    assert few == pytest.approx(-math.log10(1 + min(one, two)))
