"""The Compare page: two runs aligned by step, two pipelines on one question, and every state that leads there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.trace.diff import diff
from ragkit.trace.model import new_trace_id
from ragkit.trace.store import TraceStore
from ui.views import difference

from ..trace.samples import Recorder, adaptive_run, nested_run, ranked
from .conftest import HOSTILE, everything, parsed, run_until
from .test_chat import overlay_of

pytestmark = pytest.mark.slow


def plain(app) -> str:
    return everything(app).replace("\\", "")


def test_without_runs_it_offers_to_ask_two_pipelines(open_app: Callable) -> None:
    app = open_app("compare")
    assert not app.exception
    assert "No questions were asked yet" in everything(app)
    assert [button.label for button in app.button] == ["Ask both"]


def test_with_one_run_chosen_it_asks_for_the_other(open_app: Callable, stored: Callable) -> None:
    run = stored(adaptive_run())
    app = open_app("compare", left=run.id)
    assert not app.exception
    assert app.selectbox(key="compare-left").value == run.id
    assert app.selectbox(key="compare-right").value is None
    assert "Choose two runs" in everything(app)
    assert "Answer" not in [heading.value for heading in app.subheader]


def test_the_other_runs_of_the_question_are_offered_first(open_app: Callable, stored: Callable) -> None:
    first, _, third = (stored(adaptive_run(question=question)) for question in ("this?", "that?", "this?"))
    app = open_app("compare", left=first.id)
    assert {option[:5] for option in app.selectbox(key="compare-right").options[:2]} == {"this?"}
    assert app.selectbox(key="compare-left").options[1].startswith("that?")
    assert third.id[:8] in "".join(app.selectbox(key="compare-right").options[:2])


def test_a_choice_becomes_the_address(open_app: Callable, stored: Callable) -> None:
    first, second = stored(adaptive_run()), stored(adaptive_run(kept=5))
    app = open_app("compare")
    app.selectbox(key="compare-left").select(first.id).run()
    app.selectbox(key="compare-right").select(second.id).run()
    assert not app.exception
    assert app.query_params["left"] in (first.id, [first.id])
    assert app.query_params["right"] in (second.id, [second.id])
    assert "The runs part at **evidence**" in plain(app)


def test_two_runs_show_what_was_gained_and_where_they_part(open_app: Callable, stored: Callable) -> None:
    first, second = stored(adaptive_run(kept=3)), stored(adaptive_run(kept=5))
    app = open_app("compare", left=first.id, right=second.id)
    assert not app.exception
    seen = plain(app)
    assert "The runs part at **evidence**" in seen
    assert "From A to B: 2 gained, 0 lost, 0 at another rank." in seen
    tables = [table.value for table in app.dataframe]
    ranks = next(table for table in tables if "rank in B" in table.columns)
    assert list(ranks["change"]) == ["gained", "gained"]
    assert list(ranks["rank in B"]) == [4, 5]
    assert ranks["rank in A"].isna().all()
    assert any("kept 3" in text.value for text in app.text)
    assert any("kept 5" in text.value for text in app.text)
    assert "1 step did the same in both" in seen


def test_two_runs_of_one_pipeline_that_did_the_same_say_so(open_app: Callable, stored: Callable) -> None:
    first, second = stored(adaptive_run()), stored(adaptive_run())
    app = open_app("compare", left=first.id, right=second.id)
    assert not app.exception
    assert "Every step did the same in both runs." in [said.value for said in app.success]
    assert "The same ones at the same ranks in both." in everything(app)


def test_other_questions_and_conditions_are_marked(open_app: Callable, stored: Callable) -> None:
    first, second = adaptive_run(question="what is k?"), adaptive_run(question="who chose k?")
    second.conditions = {**second.conditions, "corpus_version": {"papers": "v4"}}
    stored(first), stored(second)
    seen = plain(open_app("compare", left=first.id, right=second.id))
    assert "The questions are not the same" in seen
    assert "corpus_version: {papers: “v3”} in A, {papers: “v4”} in B" in seen


def test_a_failed_run_and_a_step_that_only_one_has(open_app: Callable, stored: Callable) -> None:
    app = open_app("compare", left=stored(adaptive_run()).id, right=stored(nested_run()).id)
    assert not app.exception
    seen = plain(app)
    assert "only in B" in seen
    assert "step 'answer' (generate.answer) failed" in seen
    failed = stored(nested_run())
    seen = plain(open_app("compare", left=failed.id, right=stored(nested_run()).id))
    assert seen.count("step 'answer' (generate.answer) failed") == 2
    assert "Neither run gave one" not in seen


def test_a_run_that_is_older_than_those_offered_is_called_by_its_question(
    open_app: Callable, stored: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Short(TraceStore):
        def list(self, limit: int = 20, **filters):
            return super().list(min(limit, 1), **filters)

    monkeypatch.setattr("ui.data.TraceStore", Short)
    old, new = stored(adaptive_run(question="an old one?")), stored(adaptive_run(question="a new one?"))
    app = open_app("compare", left=old.id, right=new.id)
    assert not app.exception
    assert any(option.startswith("an old one?") for option in app.selectbox(key="compare-left").options)


def test_a_run_that_is_not_there_says_so(open_app: Callable, stored: Callable) -> None:
    app = open_app("compare", left=stored(adaptive_run()).id, right=new_trace_id())
    assert not app.exception
    assert "there is no trace" in everything(app)


def test_hostile_text_stays_text(open_app: Callable, stored: Callable) -> None:
    runs = []
    for kept in (1, 2):
        record = Recorder(question=HOSTILE, name=HOSTILE)
        record.step(HOSTILE, "select.top_k", inputs={"passages": ranked(4)}, outputs={"passages": ranked(4)[:kept]},
                    params={HOSTILE: kept * HOSTILE})  # fmt: skip
        runs.append(stored(record.finish()))
    app = open_app("compare", left=runs[0].id, right=runs[1].id)
    assert not app.exception
    for value in [*(m.value for m in app.markdown), *(c.value for c in app.caption), *(e.label for e in app.expander)]:
        assert not set(parsed(value)) & {"html_inline", "html_block", "link_open", "image", "heading_open"}


def test_two_pipelines_are_asked_one_question(open_app: Callable, notes: Path) -> None:
    app = open_app("compare")
    app.selectbox(key="compare-pipeline-A").select("cut.yaml")
    app.selectbox(key="compare-pipeline-B").select("five.yaml")
    app.text_input(key="compare-question").input("Which study measures ranking?")
    app.button[0].click().run()
    run_until(app, lambda: "right" in app.query_params)
    assert not app.exception
    assert "pair" not in app.query_params
    rows = TraceStore(notes / ".ragkit" / "traces.db").list()
    assert {row.pipeline for row in rows} == {"cut", "five"}
    assert "The runs part at **evidence**" in plain(app)


def test_a_pipeline_is_compared_with_itself_under_an_overlay_and_a_profile(open_app: Callable, project: Path) -> None:
    overlay_of(project, "open.fast.yaml", 5, "fast", "p95_seconds < 60")
    text = (project / "pipelines" / "open.fast.yaml").read_text()
    (project / "pipelines" / "mine.yaml").write_text(text.partition("profile:")[0] + "values:\n  kept.k: 3\n")
    app = open_app("compare")
    for side, name in (("A", "mine.yaml"), ("B", "fast")):
        app.selectbox(key=f"compare-pipeline-{side}").select("open.yaml").run()
        box = app.selectbox(key=f"compare-overlay-{side}")
        assert box.label == f"Profile or overlay of {side}"
        box.select(name).run()
    app.text_input(key="compare-question").input("anything?")
    app.button[0].click().run()
    run_until(app, lambda: "right" in app.query_params)
    assert not app.exception
    store = TraceStore(project / ".ragkit" / "traces.db")
    left, right = (store.get(app.query_params[side]).trace for side in ("left", "right"))
    assert (left.conditions["profile"], right.conditions["profile"]) == (None, "fast")
    assert [trace.spans[0].params["k"] for trace in (left, right)] == [3, 5]
    assert any("profile fast: kept]" in text.value for text in app.markdown)


def test_a_side_whose_profile_was_not_tuned_says_how(open_app: Callable, project: Path) -> None:
    overlay_of(project, "open.fast.yaml", 5, "fast")
    app = open_app("compare")
    app.selectbox(key="compare-pipeline-A").select("open.yaml").run()
    app.selectbox(key="compare-overlay-A").select("best").run()
    app.text_input(key="compare-question").input("anything?")
    app.button[0].click().run()
    assert "the profile 'best' has not been tuned" in everything(app)
    assert not (project / ".ragkit").exists()


def test_an_empty_question_is_not_asked(open_app: Callable, project: Path) -> None:
    app = open_app("compare")
    app.button[0].click().run()
    assert [said.value for said in app.warning] == ["Write a question first."]
    assert not (project / ".ragkit").exists()


def test_a_pipeline_that_cannot_begin_says_why(open_app: Callable, project: Path) -> None:
    (project / "pipelines" / "broken.yaml").write_text("version: 1\nname: broken\nsteps: {}\noutput: gone\n")
    app = open_app("compare")
    app.selectbox(key="compare-pipeline-A").select("broken.yaml")
    app.selectbox(key="compare-pipeline-B").select("nothing.yaml")
    app.text_input(key="compare-question").input("anything?")
    app.button[0].click().run()
    assert not app.exception
    assert "The file has errors" in everything(app)


def test_read_only_asks_nothing(open_app: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_UI_READ_ONLY", "1")
    assert open_app("compare").button[0].disabled


def test_rows_are_in_the_order_of_the_right_run() -> None:
    compared = diff(adaptive_run(kept=5), adaptive_run(kept=3))
    assert [row["change"] for row in difference.rows(compared.steps[1].passages)] == ["lost", "lost"]
