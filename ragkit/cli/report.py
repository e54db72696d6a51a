"""The report of an evaluation as a person reads it, and the list of the questions that failed of one cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ragkit.cli import console
from ragkit.cli.tables import rendered, table
from ragkit.evaluate.attribution import CAUSES, CauseName
from ragkit.evaluate.report import ERROR

if TYPE_CHECKING:
    from rich.table import Table

    from ragkit.evaluate.row import Row

HEADLINES = (
    "correct",
    "recall", "precision", "all_gold", "recall@5", "ndcg@10", "mrr",
    "answer_em", "answer_f1", "answer_contains", "answer_judged", "set_precision", "set_recall",
    "citation_precision", "citation_recall", "abstention_precision", "abstention_recall",
    "trigger_rate", "retrieval_calls", "lm_calls", "context_tokens", "cost", "p50_seconds", "p95_seconds",
)  # fmt: skip
"""The metrics that a person is shown; ``--json`` has all of them."""
BY_KIND = ("correct", "recall", "all_gold", "recall@5", "answer_f1", "context_tokens")
BY_STEP = ("recall", "recall@1", "recall@3", "recall@5", "recall@10", "context_tokens")
FIXED = (
    ("equal tokens", "equal_tokens", "recall"),
    ("whole k below", "best_k", "recall"),
    ("best F1 found", "best_f1", "f1"),
)
"""What a selector is held against: a name, the key of the point in the report, and the measure of its gain."""
_SPENT = {"tokens": "prompt_tokens", "costs": "cost"}
IDS = 4
"""The most questions named beside a cause."""


def report(found: Mapping[str, Any]) -> str:
    """The whole report for a terminal."""
    blocks = [_head(found), rendered(_metrics(found))]
    for make in (_kinds, _steps, _selectors, _decisions, _levels):
        blocks += [each if isinstance(each, str) else rendered(each) for each in make(found)]
    if found["failed"]:
        blocks.append(_failures(found))
    return "\n\n".join(blocks)


def listing(rows: Sequence[Row], cause: str) -> str:
    """Every question that failed of one cause: its id, its trace, what it asks, and what was found."""
    lines = []
    for row in rows:
        if cause != (ERROR if row["error"] is not None else (row["cause"] or {}).get("cause")):
            continue
        told = row["error"]["message"] if row["error"] is not None else row["cause"]["detail"]
        head = console.clean(f"{row['id']}  {row['trace_id'][:8]}  ")
        lines.append(console.wrap(row["question"], "    ", head))
        lines.append(console.style(console.wrap(told, "    ", "    "), "dim"))
    return "\n".join(lines)


def next_line(found: Mapping[str, Any], saved: str | None) -> str:
    """What to do next, in one line."""
    steps = [f"ragkit compare {saved or 'last'} OTHER"]
    if found["failed"]:
        cause, of = _by_count(found["failed"])[0]
        steps = [f"--causes {cause} lists all {len(of):,}", f"ragkit trace show {of[0]['trace_id'][:8]}", *steps]
    return " · ".join(steps)


def _head(found: Mapping[str, Any]) -> str:
    card = found["conditions"]
    name = console.style(console.clean(card["pipeline"]["name"]), "bold")
    asked, of = found["n"], card["data"]["of"]
    shown = f"{asked:,} of {of:,} questions" if asked < of else console.count(asked, "question")
    how = "one by one" if card["mode"] == "single" else "in batches"
    took = console.seconds(card["seconds"]) + (f" for {asked - card['resumed']:,}" if card["resumed"] else "")
    failed = console.style(f" · {found['errors']:,} failed", "red") if found["errors"] else ""
    head = f"{name} on {console.clean(card['data']['file'])}: {shown} {how}, {took}{failed}"
    return "\n".join([head, *(console.style(console.wrap(told), "dim") for told in _conditions(found))])


def _conditions(found: Mapping[str, Any]) -> Iterator[str]:
    """What the numbers depend on, as far as a person has to see it at once; the document has the whole card."""
    card = found["conditions"]
    parts = [f"pipeline {card['pipeline']['hash'][:8]}"]
    parts += [f"corpus {name} {version}" for name, version in card["corpus_version"].items()]
    models = card["models"].items()
    parts += [f"LM {use}" if use == model["name"] else f"{use}: {model['name']}" for use, model in models]
    if card["overlay"] is not None:
        parts.append(f"overlay {card['overlay']['file']}")
    if card["citations"] != "verbatim":
        parts.append(f"citations by {card['citations']['name']}")
    yield " · ".join(parts)
    requests = found["usage"]["lm_calls"]
    unknown = [name for name, key in _SPENT.items() if requests and found["usage"][key] is None]
    if unknown:
        asked = console.count(int(requests), "LM request")
        yield f"{' and '.join(unknown)} are not known: the server did not say them for each of {asked}"
    if found["judge"] is not None:
        spent = found["judge"]
        told = f"judged by {card['judge']['name']}: {console.count(spent['lm_calls'], 'request')}"
        yield told + ("" if spent["cost"] is None else f", cost {spent['cost']:.4g}")


def _metrics(found: Mapping[str, Any]) -> Table:
    made = table("", "mean", "95 % interval", "n")
    for name in HEADLINES:
        interval = found["metrics"][name]
        if interval["n"] and _is_told(name, interval):
            made.add_row(name, number(interval["mean"], name), _ends(interval, name), f"{interval['n']:,}")
    return made


def _is_told(name: str, interval: Mapping[str, Any]) -> bool:
    """What costs nothing, and a trigger that always fires, say nothing."""
    return not (name in ("lm_calls", "cost") and interval["mean"] == 0) and not (
        name == "trigger_rate" and interval["mean"] == 1
    )


def _kinds(found: Mapping[str, Any]) -> Iterator[Table]:
    if len(found["by_kind"]) < 2:
        return
    names = [name for name in BY_KIND if any(name in of for of in found["by_kind"].values())]
    made = table("by kind", "n", *(name.removeprefix("context_") for name in names))
    for kind, of in found["by_kind"].items():
        made.add_row(kind, f"{found['kinds'][kind]:,}", *_cells(of, names))
    yield made


def _steps(found: Mapping[str, Any]) -> Iterator[Table]:
    """What each step handed on; ``n`` counts the questions in which it did."""
    if len(found["steps"]) < 2:
        return
    names = [name for name in BY_STEP if any(name in of for of in found["steps"].values())]
    made = table("by step", "n", *(name.removeprefix("context_") for name in names))
    for step, of in found["steps"].items():
        ran = max((interval["n"] for interval in of.values()), default=0)
        made.add_row(step, f"{ran:,}", *_cells(of, names))
    yield made


def _selectors(found: Mapping[str, Any]) -> Iterator[str]:
    """Each selector beside fixed cuts of its own input: is deciding worth it?"""
    for step, of in found["baselines"].items():
        made = table("", "k", "recall", "F1", "tokens", "gain", "95 % interval")
        chosen = of["selector"]
        made.add_row("as it chooses", f"{chosen['passages']:.1f}", *_point(chosen), "", "")
        for name, key, measure in FIXED:
            if of[key] is not None:
                gain = of[key]["gain"][measure]
                shown = "F1" if measure == "f1" else measure
                ends = "-" if gain["low"] is None else f"{gain['low']:+.3f} to {gain['high']:+.3f}"
                made.add_row(name, f"{of[key]['k']:.1f}", *_point(of[key]), f"{gain['mean']:+.3f} {shown}", ends)
        title = console.style(f"{step} against a fixed k over the same list", "bold")
        yield f"{title}\n{rendered(made)}"


def _point(of: Mapping[str, Any]) -> tuple[str, str, str]:
    return number(of["recall"]), number(of["f1"]), number(of["tokens"], "tokens")


def _decisions(found: Mapping[str, Any]) -> Iterator[str]:
    gates, routers = found["decisions"]["gates"], found["decisions"]["routers"]
    if gates:
        made = table("gates", "n", "said yes", "accuracy", "ROC-AUC", "over-", "underconfident")
        for step, of in gates.items():
            shares = [number(of[name]["mean"]) for name in ("rate", "accuracy")]
            rest = [number(of[name]["mean"]) for name in ("overconfidence", "underconfidence")]
            made.add_row(step, f"{of['n']:,}", *shares, number(of["roc_auc"]), *rest)
        yield rendered(made)
    seen: list[Any] = []
    for step, of in routers.items():
        if not of["n"] or of in seen:  # a route that takes the branch its router names says the same again
            continue
        seen.append(of)
        given = sorted({label for row in of["confusion"].values() for label in row})
        made = table("", *given)
        for wanted, row in of["confusion"].items():
            made.add_row(f"wanted {wanted}", *(str(row.get(label, 0)) for label in given))
        title = console.style(f"router {step}", "bold")
        right = f"accuracy {number(of['accuracy']['mean'])}, macro-F1 {number(of['macro_f1'])}"
        told = f"{title}: {right}\n  one label for all: accuracy {number(of['majority'])}"
        yield f"{told}\n{rendered(made)}"


def _levels(found: Mapping[str, Any]) -> Iterator[Table]:
    if not any(found["slo"].values()):
        return
    made = table("service levels", "profile", "measured", "")
    for profile, levels in found["slo"].items():
        for of in levels:
            kept = {True: "kept", False: "broken", None: "not measured"}[of["kept"]]
            made.add_row(of["level"], profile, number(of["value"], of["metric"]), kept)
    yield made


def _failures(found: Mapping[str, Any]) -> str:
    """Each cause with its count, the first questions, and what it means; the most frequent one first."""
    wrong = sum(map(len, found["failed"].values()))
    lines = [console.style(f"why {wrong:,} of {found['n']:,} went wrong", "bold")]
    for cause, of in _by_count(found["failed"]):
        ids = " ".join(each["id"] for each in of[:IDS]) + (" …" if len(of) > IDS else "")
        lines.append(console.wrap(f"{len(of):>5,}  {cause}  {ids}"))
        lines.append(console.style(console.wrap(_meaning(cause), "       ", "       "), "dim"))
    return "\n".join(lines)


def _meaning(cause: str) -> str:
    return "a step failed while the question ran" if cause == ERROR else CAUSES[cast(CauseName, cause)]


def _by_count(failed: Mapping[str, Sequence[Any]]) -> list[tuple[str, Sequence[Any]]]:
    return sorted(failed.items(), key=lambda item: -len(item[1]))


def number(value: float | None, name: str = "") -> str:
    """A number for a person: shares to three digits, counts without, seconds with their unit; ``-`` if not known."""
    if value is None:
        return "-"
    if name.endswith("seconds"):
        return console.seconds(value)
    if name.endswith("tokens"):
        return f"{value:,.0f}"
    if name.endswith("calls"):
        return f"{value:.2f}"
    return f"{value:.4g}" if name == "cost" else f"{value:.3f}"


def _ends(interval: Mapping[str, Any], name: str) -> str:
    return "-" if interval["low"] is None else f"{number(interval['low'], name)} to {number(interval['high'], name)}"


def _cells(of: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [number(of[name]["mean"], name) if name in of else "-" for name in names]
