"""Evaluation: saved results over one set of questions, from a number to its questions; and searches for values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ragkit.errors import RagkitError, UsageError
from ragkit.evaluate.results import SavedResult
from ragkit.optimize.studies import Studies, Study
from ui import commands, data, searches, state
from ui.searches import Search
from ui.variants import Variant
from ui.views import breakdown, leaderboard, problem
from ui.views import study as study_view
from ui.views.text import label

_VIEWS = "Results", "Searches"
_EVERY_SECONDS = 2.0


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
        over = st.selectbox("Questions", most, key=state.EVALUATION_OVER, bind="query-params", width=420)
        chosen = groups[over]
        metrics = list(dict.fromkeys(name for saved in chosen for name in saved.report["metrics"]))
        usual = metrics.index("recall@5") if "recall@5" in metrics else 0
        metric = st.selectbox("Metric", metrics, usual, key=state.EVALUATION_METRIC, bind="query-params", width=220)
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
            "Cause of failure", causes, None, key=state.EVALUATION_CAUSE, bind="query-params",
            placeholder="any or nothing", width=220,
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
        {"search": each.name, "what it came to": each.verdict, "at most trials": each.trials, "pipeline": each.pipeline}
        for each in found.values()
    ]
    st.dataframe(
        table, hide_index=True, alt="The searches of the project",
        column_config={"what it came to": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    problem.not_here(state.STUDY, found, "search")
    chosen = st.selectbox("Search", list(found), key=state.STUDY, bind="query-params", width=320)
    if found[chosen].state == "running":
        _follow(studies[chosen])
    else:
        _search(found[chosen], studies[chosen])


def _follow(study: Study) -> None:
    """A search that runs, from one look to the next; the whole page is drawn anew when it ends."""

    @st.fragment(run_every=_EVERY_SECONDS)
    def look() -> None:
        with problem.guarded():
            search = searches.read(study)
            if search.state != "running":
                st.rerun()
            _search(search, study)

    look()


def _search(search: Search, study: Study) -> None:
    """One search: how far it is, what it came to, what it tried."""
    try:
        whole, others = searches.trials_of(study)
    except UsageError as error:
        problem.show_error(error)
        whole, others = [], 0
    else:
        study_view.progress(search, len(whole), others)
    if search.card is not None:
        study_view.card(search.card)
        _use(search.card)
    metrics = list(dict.fromkeys(name for trial in whole for name in trial.means if name != searches.COST))
    if metrics:
        usual = (search.card or {}).get("objective_metric")
        metric = st.selectbox("Trials by", metrics, metrics.index(usual) if usual in metrics else 0, width=320)
        study_view.trials(whole, metric, search.card)


def _use(card: Mapping[str, Any]) -> None:
    """Links to Chat with what a search found, as far as its pipeline and overlay are still there."""
    folder, root = data.project().pipelines, data.project().root
    name = _below(folder, root / str(card["pipeline"].get("file")))
    if name not in data.pipelines():
        return
    variants = data.variants(name)
    overlay = card.get("overlay") and _below(folder, root / str(card["overlay"]))
    found = {overlay: "Ask with these values"} if overlay in variants else {}
    found |= {profile: f"Ask under {profile}" for profile in card.get("profiles") or {} if _is_tuned(variants, profile)}
    with st.container(horizontal=True):
        for variant, told in found.items():
            st.page_link(
                "screens/chat.py", label=label(told), icon=":material/chat:",
                query_params={state.CHAT_PIPELINE: name, state.CHAT_OVERLAY: variant},
            )  # fmt: skip


def _is_tuned(variants: Mapping[str, Variant], name: str) -> bool:
    profile = variants[name].profile if name in variants else None
    return profile is not None and profile.tuned


def _below(folder: Path, file: Path) -> str:
    """A file's path within a folder; empty where it is not in it."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else ""


page()
