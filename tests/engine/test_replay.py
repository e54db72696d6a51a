"""A run taken up again: what comes before the change is read from the trace, what comes behind it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.engine.pipeline import Pipeline
from ragkit.engine.replay import Origin, Replayed
from ragkit.errors import SpecError, UsageError
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.testing import FakeReader, ScriptedLM, in_process
from ragkit.trace.diff import diff
from ragkit.trace.model import Trace
from ragkit.trace.store import TraceStore
from ragkit.trace.story import conditions_in_words

QUESTION = "Where does adaptive-k cut the list of passages?"
TEXT = """\
version: 1
name: cutting
corpus: notes
steps:
  candidates: {use: retrieve.bm25, k: 5}
  evidence:
    use: select.top_k
    passages: candidates
    k: {range: [1, 4], default: 3}   # how many
  best:
    passages: evidence
    one_of:
      mmr: {use: rerank.mmr, k: {choice: [1, 2, 3], default: 3}}
      last: {use: order.best_last}
    default: mmr
  answer: {use: generate.extractive, passages: best, quotes: 1}
output: answer
"""
LOOPING = """\
version: 1
name: looping
corpus: notes
lm: scripted/lm
steps:
  found: {use: retrieve.bm25, k: 3}
  each:
    use: flow.loop
    max_rounds: 2
    carry: {last: {value: ""}}
    steps:
      draft: {use: generate.answer, passages: found}
      same: {use: judge.unchanged, before: carry.last, after: draft.text}
    next: {last: draft.text}
    until: same.unchanged
    output: draft
  kept: {use: select.top_k, passages: found, k: 2}
output: {answer: each, passages: kept}
"""


class Corpora:
    """Every corpus is one reader, which counts how often it is searched."""

    def __init__(self, version: str = "1") -> None:
        self.searched = 0
        self.version = version
        self._reader = FakeReader()

    def open(self, name: str) -> Corpora:
        return self

    def reader(self) -> Corpora:
        return self

    def versions(self, names: tuple[str, ...]) -> dict[str, str]:
        return dict.fromkeys(names, self.version)

    def encoders(self, names: tuple[str, ...]) -> dict[str, str]:
        return dict.fromkeys(names, "words")

    def bm25(self, *args: Any, **named: Any) -> Any:
        self.searched += 1
        return self._reader.bm25(*args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("RAGKIT_HOME", raising=False)
    for name in ("pipelines", "corpora"):
        (tmp_path / name).mkdir()
    (tmp_path / "ragkit.toml").touch()
    (tmp_path / "corpora" / "notes.yaml").write_text("name: notes\n")
    return Project(tmp_path)


def asked(
    project: Project, text: str = TEXT, overlay: Path | None = None, content: bool = True, **choices: Any
) -> Trace:
    """A run of a file, as it comes back from the store."""
    file = project.pipelines / "cutting.yaml"
    file.write_text(text)
    plan = load(file, catalogue=Catalogue(), choices=choices, overlay=overlay, corpora=project.corpora)
    store = TraceStore(project.state / "traces.db", content=content)
    named = None if overlay is None else str(overlay)
    with Pipeline(plan, corpora=Corpora(), store=store, overlay=named) as pipeline:
        id = pipeline.run(QUESTION).trace_id
    return TraceStore(project.state / "traces.db").get(id).trace


def again(origin: Origin, step: str, parameter: str, value: Any, corpora: Corpora | None = None) -> Replayed:
    return origin.run(origin.change(step, parameter, value), corpora=corpora or Corpora(), store=False)  # type: ignore[arg-type]


def test_steps_before_the_change_are_read_and_those_behind_it_run(project: Project) -> None:
    trace = asked(project)
    origin = Origin.of(trace, project)
    assert list(origin.steps()) == ["candidates", "evidence", "best", "answer"]
    replayed = again(origin, "evidence", "k", 1)
    assert {span.step: span.status for span in replayed.result.trace.spans} == {
        "candidates": "cached", "evidence": "ok", "best": "ok", "answer": "ok",
    }  # fmt: skip
    assert (replayed.read, replayed.ran) == (1, ("evidence", "best", "answer"))
    assert replayed.result.trace.spans[1].decision.kept == 1
    assert diff(trace, replayed.result.trace).first_change.step == "evidence"
    assert replayed.notes == ()


def test_nothing_runs_where_nothing_changes(project: Project) -> None:
    trace, corpora = asked(project), Corpora()
    replayed = again(Origin.of(trace, project), "evidence", "k", 3, corpora)
    assert corpora.searched == 0
    assert (replayed.read, replayed.ran) == (4, ())
    for name in ("answer", "citations", "passages", "decisions", "warnings"):
        assert replayed.result.document[name] == trace.result[name]
    assert replayed.result.document["usage"]["retrieval_calls"] == 0
    assert replayed.result.document["usage"]["context_tokens"] == trace.result["usage"]["context_tokens"]


def test_what_the_change_does_not_reach_is_read_too(project: Project) -> None:
    trace = asked(project)
    replayed = again(Origin.of(trace, project), "answer", "quotes", 2)
    assert (replayed.read, replayed.ran) == (3, ("answer",))


def test_a_mark_holds_the_value_and_else_the_file_would_say_it(project: Project) -> None:
    origin = Origin.of(asked(project), project)
    inside = origin.change("evidence", "k", 2)
    assert (inside.mark, inside.before, inside.line) == ("evidence.k", 3, "k: 2   # how many")
    outside = origin.change("evidence", "k", 9)
    assert (outside.mark, outside.line) == (None, "k: 9   # how many")
    assert outside.text == TEXT.replace("{range: [1, 4], default: 3}", "9")
    unmarked = origin.change("candidates", "k", 2)
    assert (unmarked.mark, unmarked.line) == (None, "candidates: {use: retrieve.bm25, k: 2}")
    new = origin.change("answer", "threshold", 0.9)
    assert new.line == "answer: {use: generate.extractive, passages: best, quotes: 1, threshold: 0.9}"
    of_one = origin.change("best", "k", 1)
    assert of_one.mark == "best.mmr.k"
    assert "mmr: {use: rerank.mmr, k: 1}" in of_one.text
    assert (project.pipelines / "cutting.yaml").read_text() == TEXT


@pytest.mark.parametrize("value", [9, 1])
def test_values_with_and_without_a_mark_run(project: Project, value: int) -> None:
    replayed = again(Origin.of(asked(project), project), "evidence", "k", value)
    assert replayed.result.trace.spans[1].params["k"] == value
    assert "candidates" not in replayed.ran
    assert replayed.result.trace.conditions["replay"]["value"] == value


def test_values_that_are_not_allowed_are_refused_like_in_a_file(project: Project) -> None:
    origin = Origin.of(asked(project), project)
    with pytest.raises(SpecError, match="k"):
        again(origin, "candidates", "k", "some")
    with pytest.raises(UsageError, match="no parameter 'kk'; did you mean 'k'"):
        origin.change("candidates", "kk", 1)
    with pytest.raises(UsageError, match="no step 'evidense'; did you mean 'evidence'"):
        origin.change("evidense", "k", 1)


def test_a_run_under_other_choices_is_taken_up_under_them(project: Project) -> None:
    trace = asked(project, **{"evidence.k": 2, "best.mmr.k": 2})
    origin = Origin.of(trace, project)
    assert origin.values == {"evidence.k": 2, "best.mmr.k": 2, "best.use": "mmr"}
    replayed = again(origin, "best", "k", 1)
    assert (replayed.read, replayed.ran) == (2, ("best", "answer"))


def test_a_replay_can_be_replayed(project: Project) -> None:
    origin = Origin.of(asked(project), project)
    first = origin.run(origin.change("evidence", "k", 2), corpora=Corpora())  # type: ignore[arg-type]
    stored = TraceStore(project.state / "traces.db").get(first.result.trace_id).trace
    assert stored.conditions["replay"] == {
        "trace": origin.trace.id, "step": "evidence", "parameter": "k", "value": 2,
    }  # fmt: skip
    assert f"replay of run {origin.trace.id[:8]} with evidence.k = 2" in conditions_in_words(stored)
    second = again(Origin.of(stored, project), "best", "k", 1)
    assert (second.read, second.ran) == (2, ("best", "answer"))


def test_an_overlay_counts_also_where_the_file_is_changed(project: Project) -> None:
    trace = asked(project)
    overlay = project.pipelines / "cutting.tuned.yaml"
    overlay.write_text(f'version: 1\npipeline: cutting\nhash: "{trace.pipeline["hash"]}"\nvalues:\n  evidence.k: 2\n')
    tuned = asked(project, overlay=overlay)
    replayed = again(Origin.of(tuned, project), "answer", "quotes", 2)
    assert (replayed.read, replayed.ran) == (3, ("answer",))
    assert replayed.result.trace.conditions["overlay"] == str(overlay)
    overlay.unlink()
    with pytest.raises(UsageError, match=r"the overlay '.*cutting\.tuned\.yaml' of this run is gone"):
        Origin.of(tuned, project)


def test_replies_of_lms_are_read_in_their_order(project: Project) -> None:
    said = ScriptedLM([{"answer": "First [1]."}, {"answer": "Second [1]."}])
    with in_process("scripted/lm", said):
        trace = asked(project, LOOPING)
        assert len(said.requests) == 2
        replayed = again(Origin.of(trace, project), "kept", "k", 1)
        assert len(said.requests) == 2
    assert replayed.result.answer.text == "Second [1]."
    assert replayed.ran == ("kept",)
    assert [span.outputs["answer"].text for span in replayed.result.trace.spans if span.step == "each.draft"] == [
        "First [1].", "Second [1].",
    ]  # fmt: skip
    assert replayed.result.document["usage"]["lm_calls"] == 0


def test_a_step_that_failed_runs_again(project: Project) -> None:
    text = LOOPING.replace("max_rounds: 2", "max_rounds: 1")
    with in_process("scripted/lm", ScriptedLM([ValueError("down")] * 9)):
        trace = asked(project, text)
    assert trace.result["error"] is not None
    with in_process("scripted/lm", ScriptedLM([{"answer": "Now [1]."}])):
        replayed = again(Origin.of(trace, project), "kept", "k", 1)
    assert replayed.result.answer.text == "Now [1]."


def test_an_index_that_was_built_anew_is_told(project: Project) -> None:
    origin = Origin.of(asked(project), project)
    replayed = again(origin, "evidence", "k", 1, Corpora("2"))
    assert replayed.ran == ("evidence", "best", "answer")
    assert "'notes' was built anew since (1, now 2)" in replayed.notes[0]


def test_what_cannot_be_taken_up_says_why(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="keeps no texts"):
        Origin.of(asked(project, content=False), project)
    trace = asked(project)
    file = project.pipelines / "cutting.yaml"
    file.write_text(TEXT.replace("quotes: 1", "quotes: 2"))
    with pytest.raises(UsageError, match="is not what it was when this question was asked"):
        Origin.of(trace, project)
    file.unlink()
    with pytest.raises(UsageError, match="is gone"):
        Origin.of(trace, project)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "ragkit.toml").touch()
    file.write_text(TEXT)
    with pytest.raises(UsageError, match="lies outside the project"):
        Origin.of(trace, Project(tmp_path / "inner"))
    trace.spans.clear()
    with pytest.raises(UsageError, match="no steps"):
        Origin.of(trace, project)


def test_a_step_of_an_included_file_is_changed_with_and_without_a_mark(project: Project) -> None:
    inner = project.pipelines / "inner.yaml"
    inner.write_text(TEXT.replace("name: cutting", "name: inner"))
    trace = asked(project, "version: 1\nname: outer\nsteps: {a: {use: flow.pipeline, path: inner.yaml}}\noutput: a\n")
    origin = Origin.of(trace, project)
    assert origin.change("a.evidence", "k", 1).mark == "a.evidence.k"
    assert again(origin, "a.evidence", "k", 1).ran == ("a.evidence", "a.best", "a.answer")
    replayed = again(origin, "a.candidates", "k", 1)
    assert replayed.ran == ("a.candidates", "a.evidence", "a.best", "a.answer")
    assert (replayed.change.mark, replayed.change.file, replayed.change.also) == (None, inner, ())
    assert replayed.change.line == "candidates: {use: retrieve.bm25, k: 1}"
    [candidates] = [span for span in replayed.result.trace.spans if span.step == "a.candidates"]
    assert candidates.params["k"] == 1
    assert again(origin, "a.evidence", "k", 5).ran == ("a.evidence",)  # there are no more than three
    with pytest.raises(SpecError, match=r"inner\.yaml"):
        origin.run(origin.change("a.candidates", "k", "some"), corpora=Corpora())


def test_a_change_in_a_file_that_is_included_twice_is_one_of_both(project: Project) -> None:
    inner = TEXT.partition("  best:")[0].replace("name: cutting", "name: inner") + "output: evidence\n"
    (project.pipelines / "inner.yaml").write_text(inner)
    twice = "version: 1\nname: outer\nsteps:\n  a: {use: flow.pipeline, path: inner.yaml}\n"
    twice += "  b: {use: flow.pipeline, path: inner.yaml}\n  all: {use: fuse.rrf, passages: [a, b]}\noutput: all\n"
    origin = Origin.of(asked(project, twice, **{"a.evidence.k": 2, "b.evidence.k": 4}), project)
    assert origin.change("a.evidence", "k", 3).also == ()
    replayed = again(origin, "a.evidence", "k", 5)
    assert replayed.change.also == ("b.evidence",)
    ks = {span.step: span.params.get("k") for span in replayed.result.trace.spans if span.use == "select.top_k"}
    assert ks == {"a.evidence": 5, "b.evidence": 5}
