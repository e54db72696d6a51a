"""Evaluation: saved results over one set of questions, from a number to its questions; and searches for values."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ragkit.errors import RagkitError, UsageError
from ragkit.evaluate.results import SavedResult
from ragkit.optimize.studies import Studies, Study
from ui import commands, data, searches, state
from ui.searches import Search
from ui.views import breakdown, leaderboard, problem
from ui.views import study as study_view
from ui.views.text import label

_VIEWS = "Results", "Searches"


def page() -> None:
    """Results or searches, as the address says."""
    st.title("Evaluation", anchor=False)
    view = st.segmented_control(
        "Show", _VIEWS, default=_VIEWS[0], key=state.EVALUATION_VIEW, bind="query-params", required=True
    )
    if view == _VIEWS[1]:
        _searches()
    else:
        _results()


def _results() -> None:
    """The results whose questions are the same: others cannot be held against each other."""
    groups: dict[str, list[SavedResult]] = {}
    for name in data.results().names():
        try:
            saved = data.results().load(name)
        except RagkitError as error:
            problem.show_error(error)
            continue
        groups.setdefault(leaderboard.asked(saved), []).append(saved)
    groups = {name: leaderboard.distinct(of) for name, of in groups.items()}
    if not groups:
        problem.nothing("No evaluation was saved yet. In a terminal:", commands.evaluate())
        return
    with st.container(horizontal=True):
        most = sorted(groups, key=lambda name: -len(groups[name]))
        over = st.selectbox("Questions", most, key=state.EVALUATION_OVER, bind="query-params")
        chosen = groups[over]
        metrics = list(dict.fromkeys(name for saved in chosen for name in saved.report["metrics"]))
        usual = metrics.index("recall@5") if "recall@5" in metrics else 0
        metric = st.selectbox("Metric", metrics, usual, key=state.EVALUATION_METRIC, bind="query-params")
    leaderboard.draw(chosen, metric)
    intervals = {str((saved.report.get("conditions") or {}).get("intervals")) for saved in chosen} - {"None"}
    st.caption("low and high: " + label("; ".join(sorted(intervals)) or "how they were made was not recorded", 300))
    different = list(leaderboard.uneven(chosen))
    if different:
        with st.expander("Not all of them were measured under the same conditions", icon=":material/warning:"):
            for line in different:
                st.text(line)
    breakdown.draw(chosen, metric)
    _questions(chosen, metric)


def _questions(chosen: Sequence[SavedResult], metric: str) -> None:
    """The questions of one result, narrowed by kind and by why they failed."""
    st.subheader("Questions", anchor=False)
    by_name = {saved.name: saved for saved in chosen}
    problem.not_here(state.EVALUATION_RESULT, by_name, "result")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Result", list(by_name), key=state.EVALUATION_RESULT, bind="query-params", width=220)
        saved = by_name[name]
        kinds = list(saved.report.get("kinds") or {})
        kind = st.selectbox(
            "Kind", kinds, None, key=state.EVALUATION_KIND, bind="query-params", placeholder="any", width=180
        )
        causes = list(saved.report.get("failed") or {})
        cause = st.selectbox(
            "Failed of", causes, None, key=state.EVALUATION_CAUSE, bind="query-params", placeholder="any or nothing",
            width=220,
        )  # fmt: skip
    try:
        rows = data.evaluated(saved)
    except RagkitError as error:
        problem.show_error(error)
        return
    found = breakdown.narrowed(rows, kind, cause)
    if not found:
        st.info("No question is both. Take a filter away to see more.", icon=":material/search_off:")
        return
    st.caption(f"{len(found):,} of {len(rows):,} questions; those that failed first. Each opens its trace.")
    breakdown.questions(found, metric, f"{name}-{kind}-{cause}")


def _searches() -> None:
    studies = {study.name: study for study in Studies(data.project())}
    if not studies:
        problem.nothing("No search for better values was begun yet. In a terminal:", commands.optimize())
        return
    found: dict[str, Search] = {}
    for study in studies.values():
        try:
            found[study.name] = searches.read(study)
        except UsageError as error:
            problem.show_error(error)
    if not found:
        return
    table = [
        {"search": each.name, "pipeline": each.pipeline, "trials": each.trials, "what it came to": each.verdict}
        for each in found.values()
    ]
    st.dataframe(
        table, hide_index=True, alt="The searches of the project",
        column_config={"what it came to": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    problem.not_here(state.STUDY, found, "search")
    chosen = st.selectbox("Search", list(found), key=state.STUDY, bind="query-params", width=320)
    _search(found[chosen], studies[chosen])


def _search(search: Search, study: Study) -> None:
    """One search: how far it is, what it came to, what it tried."""
    whole, others = searches.tried(study.journal)
    study_view.progress(search, len(whole), others)
    if search.card is not None:
        study_view.card(search.card)
    metrics = list(dict.fromkeys(name for trial in whole for name in trial.means if name != searches.COST))
    if metrics:
        usual = (search.card or {}).get("objective_metric")
        metric = st.selectbox("Trials by", metrics, metrics.index(usual) if usual in metrics else 0, width=320)
        study_view.trials(whole, metric)


page()
