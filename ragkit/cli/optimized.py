"""What an optimisation came to, as a terminal shows it."""

from __future__ import annotations

from typing import Any

from ragkit.cli import console


def text(card: dict[str, Any] | Any) -> str:
    """The card for a terminal."""
    from ragkit.optimize.card import troubles

    found, figures = card["search"], card["verdict"]["figures"]
    sides = [
        (
            name,
            _interval(side["value"]),
            "-" if side["metrics"]["context_tokens"] is None else f"{side['metrics']['context_tokens']:,.0f}",
            "yes" if side["keeps_limits"] else "no",
        )
        for name, side in figures["sides"].items()
    ]
    values = [
        (path, *(_shown((card["values"][side] or {}).get(path)) for side in ("default", "best", "random")))
        for path in card["space"]
    ]
    stopped = f"; stopped: {found['stopped']}" if found["stopped"] else ""
    lines = [
        console.wrap(card["verdict"]["sentence"]),
        "",
        console.table(
            (f"{figures['n']} held-out questions", card["objective_metric"], "tokens", "keeps limits"), sides
        ),
    ]
    if any(side.get("errors") or side.get("unjudged") for side in figures["sides"].values()):
        lost = [
            (name, str(side["errors"]), str(side.get("unjudged", 0)), str(side.get("why") or "-"))
            for name, side in figures["sides"].items()
        ]
        lines += ["", console.table(("of them", "failed (0)", "not judged", "the first"), lost)]
    trials = ""
    if values:
        lines += ["", console.table(("value", "default", "best", "random"), values)]
        trials = f"; {found['trials']} trials, {found['given_up']} given up early, {found['runs']} runs of a question"
    if len(card["goals"]) > 1 and card["front"] and card["several"]:
        lines += ["", _front(card)]
    if card["profiles"]:
        rows = [
            (
                name,
                of["sentence"],
                ", ".join(f"{level['metric']} {_shown(level['held_out'])}" for level in of["levels"]) or "-",
            )
            for name, of in card["profiles"].items()
        ]
        lines += ["", console.table(("profile", "", "held out"), rows)]
    if card["prompts"] is not None:
        lines += ["", *_prompts(card["prompts"], card["alone"])]
    spent = card["spent"]
    asked = (
        f"; {spent['lm_calls']:,} LM requests, {spent['cached']:,} more from the cache"
        if spent["lm_calls"] or spent["cached"]
        else ""
    )
    lines += ["", console.wrap(f"{card['objective']}{trials}{stopped}{asked}"), *map(console.wrap, troubles(found))]
    return "\n".join(lines)


def _front(card: dict[str, Any]) -> str:
    """The front: what is gained in one objective costs in another."""
    first, *others = card["goals"]
    rows = [
        (
            _shown(each["value"]),
            *(_shown(each["means"].get(name)) for name in others),
            ", ".join(f"{path} {_shown(value)}" for path, value in each["choices"].items()),
        )
        for each in card["front"]
    ]
    return console.table((f"front: {first}", *others, "values"), rows)


def _prompts(found: dict[str, Any], alone: dict[str, Any]) -> list[str]:
    """What the prompt stage changed."""
    steps = [
        (
            step,
            "as they were" if change["after"] is None else "new",
            str(change["demos"]),
            f"{alone[step]['mean']:+.4f}" if step in alone else "-",
        )
        for step, change in found["steps"].items()
    ]
    told = f"prompts by {found['optimizer']} ({found['why']})"
    if not steps:
        return [console.wrap(f"{told}: nothing was better on the questions to choose by")]
    return [console.wrap(told), "", console.table(("step", "instructions", "demos", "gain alone"), steps)]


def _interval(found: dict[str, Any]) -> str:
    if found["mean"] is None:
        return "-"
    return f"{found['mean']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
