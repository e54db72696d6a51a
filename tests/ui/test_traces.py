"""The Traces page: the list, one run by its link, and text that nobody may take for more than text."""

from __future__ import annotations

import re

import pytest

from ragkit.trace.model import new_trace_id
from ragkit.types import Answer, Citation, Decision, Label, Passage, Passages

from ..trace.samples import Recorder, adaptive_run, nested_run
from .conftest import HOSTILE, blocks, everything, parsed

pytestmark = pytest.mark.slow


def plain(text: str) -> str:
    """A label as it is seen."""
    return text.replace("\\", "")


def test_a_project_without_runs_says_how_to_make_one(open_app) -> None:
    app = open_app("traces")
    assert not app.exception
    assert "No questions were asked yet" in app.info[0].value
    assert "ragkit run" in app.code[0].value


def test_the_list_holds_every_run_and_can_be_narrowed(open_app, stored) -> None:
    stored(adaptive_run(question="where is the gap?"))
    stored(nested_run())
    app = open_app("traces")
    assert not app.exception
    assert "2 runs, the last first" in everything(app)
    app.selectbox(key="outcome").select("failed").run()
    assert "1 run" in everything(app)
    assert "nested" in everything(app)
    assert "adaptive" not in plain(everything(app))
    app.text_input(key="q").input("no such words").run()
    assert "No runs match" in app.info[0].value
    assert not app.exception


def test_runs_can_be_narrowed_by_decision_time_feedback_and_document(open_app, stored, store) -> None:
    slow = Recorder(question="the slow one")
    held = Passages([Passage("d9#0", "d9", "", "x", {"cosine": 0.4})], "cosine")
    slow.step("found", "retrieve.dense", ms=6_000, outputs={"passages": held},
              decision=Decision("select", "kept what stands out", kept=1, of=1))  # fmt: skip
    run = stored(slow.finish())
    stored(adaptive_run(question="the fast one"))
    store.annotate(run.id, "feedback", label="wrong evidence")
    for params, told in (
        ({"took": "5 seconds"}, "took at least 5 seconds"), ({"decided": "STANDS OUT"}, "decision STANDS OUT"),
        ({"said": "wrong evidence"}, "feedback wrong evidence"), ({"doc": "d9"}, "met the document d9"),
    ):  # fmt: skip
        app = open_app("traces", **params)
        assert not app.exception
        seen = plain(everything(app))
        assert "1 run" in seen.splitlines(), params
        assert told in seen
        app.button[0].click().run()
        assert "2 runs, the last first" in everything(app)
        assert told not in plain(everything(app))


def test_words_are_found_inside_a_run(open_app, stored) -> None:
    run = stored(adaptive_run())
    app = open_app("traces", trace=run.id, find="nearly FLAT")
    assert not app.exception
    assert "1 of 3 steps hold it." in everything(app)
    cards = [expander.label for expander in app.expander if "select" in expander.label or "retrieve" in expander.label]
    assert len(cards) == 1
    app.text_input(key="find").input("nothing of the kind").run()
    assert "No step holds that" in app.info[0].value


def test_a_step_that_selects_shows_what_other_rules_would_have_kept(open_app, stored) -> None:
    app = open_app("traces", trace=stored(adaptive_run()).id)
    tables = [table.value for table in app.dataframe]
    rules = next(table for table in tables if "rule" in table.columns)
    assert "select.knee" in set(rules["rule"])
    assert "select.adaptive_k" not in set(rules["rule"])


def test_many_runs_stand_on_pages(open_app, stored) -> None:
    for number in range(23):
        stored(adaptive_run(question=f"question {number}", started=1_770_000_000_000_000_000 + number))
    app = open_app("traces")
    assert "23 runs" in everything(app)
    assert sum("adaptive" in caption.value for caption in app.caption) == 20


def test_one_run_by_its_link_tells_each_step(open_app, stored) -> None:
    run = stored(adaptive_run())
    app = open_app("traces", trace=run.id)
    assert not app.exception
    seen = plain(everything(app))
    assert run.question in seen
    assert "kept 3 of 8" in seen
    assert "⚠ the score curve is nearly flat" in seen
    tables = [table.value for table in app.dataframe]
    moves = next(table for table in tables if "moved" in table.columns)
    assert list(moves["rank"]) == [1, 2, 3]
    assert list(moves["moved"]) == ["=", "=", "="]
    assert moves["cosine"].tolist() == pytest.approx([0.9, 0.89, 0.88])
    left_out = next(table for table in tables if "rank before" in table.columns)
    assert list(left_out["rank before"]) == [4, 5, 6, 7, 8]
    assert [button.label for button in app.get("download_button")] == ["JSON", "Markdown", "OpenTelemetry"]


def test_a_failed_run_shows_the_error_with_its_cause(open_app, stored) -> None:
    run = stored(nested_run())
    app = open_app("traces", trace=run.id)
    assert not app.exception
    seen = everything(app)
    assert "step 'answer' (generate.answer) failed: no LM" in seen
    assert "set RAGKIT_LM" in seen
    assert "round 2" in plain(seen)
    assert "branch 'multi'" in plain(seen)


def test_the_routers_probabilities_are_shown(open_app, stored) -> None:
    record = Recorder()
    record.step("kind", "route.complexity", outputs={"label": Label("multi")},
                decision=Decision("route", "it names two systems", label="multi", score=0.8, threshold=0.5,
                                  details={"probabilities": {"none": 0.2, "multi": 0.8}}))  # fmt: skip
    app = open_app("traces", trace=stored(record.finish()).id)
    assert not app.exception
    bars = [(plain(bar.proto.text), bar.proto.value) for bar in app.get("progress")]
    assert bars == [("multi 0.800 · taken", 80), ("none 0.200", 20)]
    assert "threshold 0.5" in everything(app)


def test_an_unknown_trace_says_so(open_app, stored) -> None:
    stored(adaptive_run())
    app = open_app("traces", trace=new_trace_id())
    assert not app.exception
    assert "there is no trace" in everything(app)


@pytest.mark.parametrize("page", ["traces", "compare", "replay"])
def test_a_damaged_store_says_what_to_do_on_every_page(open_app, project, page: str) -> None:
    (project / ".ragkit").mkdir()
    (project / ".ragkit" / "traces.db").write_bytes(b"no database at all" * 400)
    app = open_app(page)
    assert not app.exception
    assert "cannot be used" in everything(app)
    assert "move it away" in everything(app)


def test_hostile_text_stays_text(open_app, stored) -> None:
    held = Passage("d:0", f"d{HOSTILE}", HOSTILE, f"before {HOSTILE} after", {HOSTILE: 0.5, "cosine": 0.4})
    found = Passages([held], "cosine")
    asked = {"model": HOSTILE, "messages": [{"role": HOSTILE, "content": HOSTILE}], "reply": HOSTILE}
    record = Recorder(question=HOSTILE, name=HOSTILE)
    record.step("found", "retrieve.dense", kind="RETRIEVER", outputs={"passages": found}, params={"k": HOSTILE},
                warnings=(HOSTILE,), decision=Decision("select", HOSTILE, kept=1, of=1, details={HOSTILE: HOSTILE}),
                requests=(asked,))  # fmt: skip
    cited = Citation(1, "d:0", held.doc_id, HOSTILE, 7, 7 + len(HOSTILE))
    record.step("answer", "generate.direct", kind="LLM", inputs={"passages": found},
                outputs={"answer": Answer(HOSTILE, (cited,), found)})  # fmt: skip
    app = open_app("traces", trace=stored(record.finish()).id)
    assert not app.exception
    assert any(HOSTILE in text.value for text in app.text)
    read_as_markdown = [
        *(m.value for m in app.markdown),
        *(c.value for c in app.caption),
        *(e.label for e in app.expander),
    ]
    for value in read_as_markdown:
        kinds = set(parsed(value))
        assert not kinds & {"html_inline", "html_block", "link_open", "image", "heading_open"}
        assert not re.search(r"(?<!\\)(:red\[loud|\$x)", value)
    (block,) = blocks(app)
    assert "<script" not in block
    assert "<mark" in block
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in block
