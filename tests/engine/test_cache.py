"""The step cache gives back exactly what the step gave, and never for other content."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.component import Component
from ragkit.engine import Pipeline
from ragkit.engine.cache import MISS, StepCache
from ragkit.errors import RagkitError
from ragkit.spec.load import load_text
from ragkit.spec.plan import Plan, Step
from ragkit.trace.values import TAG
from ragkit.types import Decision, Passage, Passages, Result, Usage
from tests.engine.parts import CATALOGUE, Counting, Shout

COUNTED = """
version: 1
name: counted
steps:
  made: {use: t.counting, text: question, n: 2}
  answer: {use: t.ids, passages: made}
output: answer
"""


def plan(text: str = COUNTED) -> Plan:
    return load_text(text, "counted.yaml", base=Path(), catalogue=CATALOGUE)


def step_of(text: str = COUNTED) -> Step:
    return plan(text).root.steps[0]


def test_a_second_run_gives_the_same_document_without_running_the_step(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "cache.db")
    pipeline = Pipeline(plan(), cache=cache)
    before = Counting.ran
    first, second = pipeline.run("q").document, pipeline.run("q").document
    assert Counting.ran == before + 1
    for changing in ("trace_id", "usage"):
        assert first.pop(changing) != second.pop(changing) or changing == "usage"
    assert first == second
    assert first["decisions"][0]["reason"] == "because"
    assert first["warnings"] == ["made: careful"]


def test_a_hit_is_marked_and_its_usage_counts(tmp_path: Path) -> None:
    pipeline = Pipeline(plan(), cache=StepCache(tmp_path / "cache.db"))
    pipeline.run("q")
    result = pipeline.run("q")
    assert [span.status for span in result.trace.spans] == ["cached", "cached"]
    assert result.document["usage"]["lm_calls"] == 1


def test_without_a_cache_every_run_runs() -> None:
    pipeline = Pipeline(plan())
    before = Counting.ran
    pipeline.run("q")
    pipeline.run("q")
    assert Counting.ran == before + 2


def test_the_cache_outlives_its_process_and_is_shared_by_pipelines(tmp_path: Path) -> None:
    Pipeline(plan(), cache=StepCache(tmp_path / "cache.db")).run("q")
    before = Counting.ran
    other = COUNTED.replace("name: counted", "name: another")
    Pipeline(plan(other), cache=StepCache(tmp_path / "cache.db")).run("q")
    assert Counting.ran == before


def test_another_input_parameter_index_or_version_is_another_key(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "cache.db")
    step = step_of()
    params = {"n": 2}

    class Newer(Counting):
        version = 2

    newer = type(step)(**{f: getattr(step, f) for f in step.__slots__} | {"component": Newer})
    keys = [
        cache.key(step, params, {"text": "q"}, "papers@1"),
        cache.key(step, params, {"text": "p"}, "papers@1"),
        cache.key(step, {"n": 3}, {"text": "q"}, "papers@1"),
        cache.key(step, params, {"text": "q"}, "papers@2"),
        cache.key(newer, params, {"text": "q"}, "papers@1"),
    ]
    assert len(set(keys)) == len(keys)
    assert cache.key(step, params, {"text": "q"}, "papers@1") == keys[0]


@given(
    st.lists(st.tuples(st.text(max_size=4), st.floats(allow_nan=False)), max_size=4),
    st.lists(st.tuples(st.text(max_size=4), st.floats(allow_nan=False)), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_keys_agree_exactly_when_the_passages_do(left: list[Any], right: list[Any]) -> None:
    def passages(pairs: list[Any]) -> Passages:
        return Passages((Passage(t, "d", "", t, {"cosine": s}) for t, s in pairs), "cosine")

    cache = KEYS
    step = step_of()
    first, second = passages(left), passages(right)
    again = passages(left)
    assert cache.key(step, {}, {"p": first}, "") == cache.key(step, {}, {"p": again}, "")
    same = cache.key(step, {}, {"p": first}, "") == cache.key(step, {}, {"p": second}, "")
    assert same == ([(t, repr(s)) for t, s in left] == [(t, repr(s)) for t, s in right])


KEYS = StepCache(Path(":memory:"))


def test_equal_values_have_one_key_whatever_objects_they_share(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "cache.db")
    step = step_of()
    one = Passage("a", "d", "", "text", {"cosine": 0.5})
    copy = Passage("a", "d", "", "text", {"cosine": 0.5})
    shared = {"x": Passages([one]), "y": Passages([one])}
    apart = {"x": Passages([one]), "y": Passages([copy])}
    assert cache.key(step, {}, shared, "") == cache.key(step, {}, apart, "")


def test_what_cannot_be_stored_runs_again(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "cache.db")
    step = step_of()
    assert cache.key(step, {}, {"text": object()}, "") is None
    assert cache.get(None) is MISS
    key = cache.key(step, {}, {"text": "q"}, "")
    assert key is not None
    cache.put(key, step, Result({"unstorable": object()}))
    assert cache.get(key) is MISS


def test_a_stored_none_is_a_hit(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "cache.db")
    cache.put("k", step_of(), None)
    assert cache.get("k") is None


def test_a_failure_is_not_stored(tmp_path: Path) -> None:
    text = """
version: 1
name: risky
steps:
  loud: {use: t.shout, text: question}
  answer: {use: t.reply, text: loud}
output: answer
"""
    pipeline = Pipeline(plan(text), cache=StepCache(tmp_path / "cache.db"))
    Shout.batches.clear()
    first = pipeline.run_batch(["a", "poison", "b"])
    second = pipeline.run_batch(["a", "poison", "b"])
    assert [r.error is None for r in first] == [r.error is None for r in second] == [True, False, True]
    assert Shout.batches == [3], "only what was not stored ran again, and one item is no batch"


def test_a_component_that_draws_at_random_is_not_cached(tmp_path: Path) -> None:
    class Drawn(Counting):
        deterministic = False

    class Mine(type(CATALOGUE)):  # type: ignore[misc]
        def get(self, use: str) -> type[Component]:
            return Drawn if use == "t.counting" else super().get(use)

    drawn = load_text(COUNTED, "counted.yaml", base=Path(), catalogue=Mine())
    pipeline = Pipeline(drawn, cache=StepCache(tmp_path / "cache.db"))
    before = Drawn.ran
    pipeline.run("q")
    pipeline.run("q")
    assert Drawn.ran == before + 2


def test_threads_share_one_cache(tmp_path: Path) -> None:
    cache = StepCache(tmp_path / "cache.db")
    step = step_of()
    outcome = Result(Passages([Passage("a", "d", "", "x")]), Decision("select", "r"), ("w",), Usage(lm_calls=1))
    wrong: list[Any] = []

    def work(name: int) -> None:
        for i in range(30):
            key = f"{name}-{i % 10}"
            cache.put(key, step, outcome)
            if cache.get(key) != outcome:
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "damaged",
    [json.dumps({"contents": [], "root": {TAG: "Passages", "value": 5}}).encode(), b'{"contents": [], "ro', b"\xff"],
    ids=["another version", "half", "no text"],
)
def test_what_another_version_stored_or_is_damaged_runs_again_and_is_replaced(tmp_path: Path, damaged: bytes) -> None:
    pipeline = Pipeline(plan(), cache=StepCache(tmp_path / "cache.db"))
    first = pipeline.run("q").document
    with sqlite3.connect(tmp_path / "cache.db") as other:
        other.execute("UPDATE results SET document = ?", (damaged,))
    before = Counting.ran
    again = pipeline.run("q").document
    assert Counting.ran == before + 1
    assert again["passages"] == first["passages"]
    pipeline.run("q")
    assert Counting.ran == before + 1


def test_a_file_that_cannot_be_used_is_told_and_can_be_used_again(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(RagkitError, match=r"the step cache .*folder.db cannot be used: unable to open"):
        StepCache(tmp_path / "folder.db")
    cache = StepCache(tmp_path / "cache.db")
    step = step_of()
    with sqlite3.connect(tmp_path / "cache.db") as other:
        other.execute("DROP TABLE results")
    with pytest.raises(RagkitError, match="no such table: results") as raised:
        cache.put("key", step, "value")
    assert "--no-cache" in (raised.value.hint or "")
    with sqlite3.connect(tmp_path / "cache.db") as other:
        other.execute("CREATE TABLE results (key TEXT PRIMARY KEY, step TEXT NOT NULL, document BLOB NOT NULL)")
    cache.put("key", step, "value")
    assert cache.get("key") == "value"
    cache.close()
