"""The card of an optimisation: what was searched, on what, at what cost, what came of it, and how to do it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ragkit.optimize.search import Tried


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page."""
    found, verdict, conditions = card["search"], card["verdict"], card["conditions"]
    lines = [
        f"# {card['pipeline']['name']}: {card['verdict']['sentence']}",
        "",
        f"{card['objective']}. Study `{card['study']}`, {conditions['when']}.",
        "",
        f"- Searched: {', '.join(f'`{path}`' for path in card['space'])}",
        f"- Questions: {conditions['data']['tune']} to search on, {conditions['data']['report']} held out, parted "
        f"{conditions['data']['how']}; `{conditions['data']['file']}`, SHA-256 `{conditions['data']['sha256'][:16]}`",
        f"- Spent: {found['trials']} trials, {found['given_up']} of them given up early; {found['runs']} runs of a "
        + (f"question; stopped: {found['stopped']}" if found["stopped"] else "question"),
        "",
        "## On the held-out questions",
        "",
        "| side | value | keeps the limits | tokens |",
        "|---|---|---|---|",
        *(_side(name, side) for name, side in verdict["figures"]["sides"].items()),
        "",
        *(_gain(verdict["figures"], name, told) for name, told in _GAINS.items() if name in verdict["figures"]),
        "",
        "## Values",
        "",
        "| mark | in the pipeline | best | of a random search |",
        "|---|---|---|---|",
        *(_value(card, path) for path in card["space"]),
        "",
        f"## Front on the tuning questions: {card['objective_metric']} against context tokens",
        "",
        f"| trial | {card['objective_metric']} | tokens | values |",
        "|---|---|---|---|",
        *(
            f"| {point['number']} | {point['value']:.4f} | {point['tokens']:.0f} | {_choices(point['choices'])} |"
            for point in card["front"]
        ),
        "",
        "## Again",
        "",
        "```console",
        f"$ {card['again']}",
        "```",
        "",
        f"Corpus versions {conditions['corpus_version']}; models {conditions['models']}; versions "
        f"{conditions['versions']}; machine {conditions['machine']}.",
    ]
    return "\n".join(lines) + "\n"


_GAINS = {"gain": "Best less defaults", "gain_over_random": "Best less the best of a random search of the same cost"}


def point(tried: Tried) -> dict[str, Any]:
    """A trial as the card has it."""
    return {
        "number": tried.number,
        "choices": dict(tried.choices),
        "value": tried.value,
        "feasible": tried.feasible,
        "tokens": tried.means.get("context_tokens"),
        "means": dict(tried.means),
    }


def points(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """Trials as the card has them."""
    return [point(trial) for trial in tried]


def _side(name: str, side: Mapping[str, Any]) -> str:
    value, tokens = side["value"], side["metrics"]["context_tokens"]
    shown = "not known" if value["mean"] is None else f"{value['mean']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"
    told = "not known" if tokens is None else f"{tokens:.0f}"
    return f"| {name} | {shown} | {'yes' if side['keeps_limits'] else 'no'} | {told} |"


def _gain(figures: Mapping[str, Any], name: str, told: str) -> str:
    gain = figures[name]
    interval = f"[{gain['low']:+.4f}, {gain['high']:+.4f}]"
    return f"- {told}: {gain['mean']:+.4f} {interval}, paired over {gain['n']} questions, p {gain['p']:.3f}"


def _value(card: Mapping[str, Any], path: str) -> str:
    sides = [card["values"].get(side, {}).get(path) for side in ("default", "best", "random")]
    return f"| `{path}` | " + " | ".join("–" if value is None else str(value) for value in sides) + " |"


def _choices(choices: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} {value}" for path, value in choices.items())
