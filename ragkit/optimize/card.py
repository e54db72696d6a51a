"""The card of an optimisation: what was searched, on what, at what cost, what came of it, and how to do it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragkit.optimize.trials import Tried
from ragkit.trace.words import counted


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page."""
    found, verdict, conditions = card["search"], card["verdict"], card["conditions"]
    lines = [
        f"# {card['pipeline']['name']}: {card['verdict']['sentence']}",
        "",
        f"{card['objective']}. Study `{card['study']}`, {conditions['when']}.",
        "",
        f"- Searched: {_searched(card)}",
        f"- Questions: {conditions['data']['tune']} to search on, {conditions['data']['report']} held out, parted "
        f"{conditions['data']['how']}; `{conditions['data']['file']}`, SHA-256 `{conditions['data']['sha256'][:16]}`",
        f"- Spent: {found['trials']} trials, {found['given_up']} of them given up early; {found['runs']} runs of a "
        + (f"question; stopped: {found['stopped']}" if found["stopped"] else "question"),
        *_spent(card["spent"]),
        *_judge(card),
        *troubles(found),
        "",
        "## On the held-out questions",
        "",
        "| side | value | keeps the limits | tokens |",
        "|---|---|---|---|",
        *(_side(name, side) for name, side in verdict["figures"]["sides"].items()),
        "",
        *_lost(verdict["figures"]),
        *(_gain(verdict["figures"], name, told) for name, told in _GAINS.items() if name in verdict["figures"]),
        "",
        *_alone(card),
        *_values(card),
        *_profiles(card),
        *_prompts(card),
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
        "failed": tried.failed,
        "unjudged": tried.unjudged,
    }


def points(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """Trials as the card has them."""
    return [point(trial) for trial in tried]


def _side(name: str, side: Mapping[str, Any]) -> str:
    value, tokens = side["value"], side["metrics"]["context_tokens"]
    shown = "not known" if value["mean"] is None else f"{value['mean']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"
    told = "not known" if tokens is None else f"{tokens:.0f}"
    return f"| {name} | {shown} | {'yes' if side['keeps_limits'] else 'no'} | {told} |"


def _judge(card: Mapping[str, Any]) -> Iterator[str]:
    judge = card["conditions"].get("judge")
    if judge is not None:
        temperature = "its own" if judge["temperature"] is None else f"{judge['temperature']:g}"
        yield f"- Judge of the answers: `{judge['name']}`, temperature {temperature}"


def troubles(found: Mapping[str, Any]) -> Iterator[str]:
    """What was lost in the trials of a search; nothing where nothing was."""
    for what, of in (("Trials", found), ("Random search", found.get("random") or {})):
        parts = [
            f"{counted(of[name], noun)} {told}"
            for name, noun, told in (
                ("broken", "trial", "without a value, for every question failed"),
                ("failed", "run", "of a question failed and counts as 0"),
                ("unjudged", "answer", "without a verdict of the judge, not counted"),
            )
            if of.get(name)
        ]
        if parts:
            yield f"- {what}: {'; '.join(parts)}"


def _lost(figures: Mapping[str, Any]) -> Iterator[str]:
    """What was lost on the held-out questions."""
    for name, side in figures["sides"].items():
        parts = [f"{side['errors']} questions failed and count as 0"] if side["errors"] else []
        parts += [f"{side['unjudged']} answers have no verdict of the judge"] if side.get("unjudged") else []
        if parts:
            yield f"- {name}: {'; '.join(parts)}; the first: {side.get('why')}"


def _gain(figures: Mapping[str, Any], name: str, told: str) -> str:
    gain = figures[name]
    if gain["mean"] is None or gain["low"] is None:
        return f"- {told}: not known"
    interval = f"[{gain['low']:+.4f}, {gain['high']:+.4f}]"
    return f"- {told}: {gain['mean']:+.4f} {interval}, paired over {gain['n']} questions, p {gain['p']:.3f}"


def _searched(card: Mapping[str, Any]) -> str:
    parts = [f"`{path}`" for path in card["space"]]
    if card["prompts"] is not None:
        parts.append(f"the prompts of {counted(len(card['prompts']['instructions']), 'LM step')}")
    return ", ".join(parts)


def _spent(spent: Mapping[str, Any]) -> Iterator[str]:
    """What the LMs of the whole optimisation came to; nothing where none was asked."""
    if not spent["lm_calls"] and not spent["cached"]:
        return
    tokens = "tokens not said by the server" if spent["tokens"] is None else f"{spent['tokens']:,} tokens"
    cost = "cost not known" if spent["cost"] is None else f"{spent['cost']:.4f} US dollars"
    yield f"- LM requests: {spent['lm_calls']:,} sent, {spent['cached']:,} answered from the cache; {tokens}; {cost}"
    phases = (f"{phase} {of['lm_calls']:,}" for phase, of in spent["by_phase"].items())
    limits = (f"{kind} {limit:,}" for kind, limit in spent["limits"].items() if limit is not None)
    yield f"- By phase: {', '.join(phases)}; limits: {', '.join(limits) or 'none'}; {spent['minutes']:.1f} minutes"


def _alone(card: Mapping[str, Any]) -> Iterator[str]:
    if card["alone"]:
        yield from ("## What each step's changes give alone", "", "| step | gain over the defaults |", "|---|---|")
        for step, gain in card["alone"].items():
            yield f"| `{step}` | {gain['mean']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] |"
        yield ""


def _values(card: Mapping[str, Any]) -> Iterator[str]:
    if not card["space"]:
        return
    metric = card["objective_metric"]
    yield from ("## Values", "", "| mark | in the pipeline | best | of a random search |", "|---|---|---|---|")
    yield from (_value(card, path) for path in card["space"])
    first, *others = card["goals"]
    yield from ("", f"## Front on the tuning questions: {first} against {', '.join(others)}", "")
    yield from (f"| trial | {metric} | {' | '.join(others)} | values |", f"|---|---|{'---|' * len(others)}---|")
    for each in card["front"]:
        beside = " | ".join(shown(each["means"].get(name)) for name in others)
        yield f"| {each['number']} | {each['value']:.4f} | {beside} | {_choices(each['choices'])} |"
    yield ""


def _profiles(card: Mapping[str, Any]) -> Iterator[str]:
    if not card["profiles"]:
        return
    yield from ("## Profiles", "", "| profile | what came of it | level | tuning | held out |", "|---|---|---|---|---|")
    for name, found in card["profiles"].items():
        told = f"| `{name}` | {found['sentence']}" + (f": {_choices(found['values'])}" if found["values"] else "")
        for level in found["levels"]:
            yield f"{told} | {level['level']} | {shown(level['tuning'])} | {shown(level['held_out'])} |"
            told = "| | "
        if not found["levels"]:
            yield f"{told} | – | – | – |"
    yield ""


def shown(value: float | None) -> str:
    """A metric for a person."""
    return "not known" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.4g}"


def _prompts(card: Mapping[str, Any]) -> Iterator[str]:
    found = card["prompts"]
    if found is None:
        return
    spent, most, on = found["spent"], found["most"], found["questions"]
    settings = ", ".join(f"{name} {value}" for name, value in found["settings"].items())
    yield from ("## Prompts", "")
    yield f"- Optimiser: {found['optimizer']} ({found['finds']}; {settings}): {found['why']}"
    yield f"- Questions: {on['train']} to learn from, {on['validation']} to choose by; {found['candidates']} candidates"
    yield (
        f"- {found['runs']:,} runs of a question and {found['proposals']['lm_calls']:,} proposals by "
        f"`{found['prompter']}`: {spent['lm_calls']:,} LM requests sent, {spent['cached']:,} from the cache; at most "
        f"{most['lm_calls']:,} were announced"
    )
    yield f"- On the questions to choose by: {_number(found['validation']['default'])} before, " + (
        f"{_number(found['validation']['best'])} at best"
    )
    if found["proposals"]["failed"]:
        yield f"- {counted(found['proposals']['failed'], 'proposal')} failed: {found['proposals']['reason']}"
    if found["stopped"]:
        yield f"- Stopped: {found['stopped']}"
    yield ""
    for step, change in found["steps"].items():
        yield from (f"### `{step}`", "")
        if change["after"] is None:
            yield f"Instructions as they were; {counted(change['demos'], 'demo')}."
        else:
            shown = f", and {counted(change['demos'], 'demo')}" if change["demos"] else ""
            yield from (f"New instructions{shown}. Before:", "", *_quoted(change["before"]), "", "After:", "")
            yield from _quoted(change["after"])
        yield ""


def _quoted(text: str) -> Iterator[str]:
    """A text as a Markdown quote that shows it as it is."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    yield from (f"{fence}text", *text.splitlines(), fence)


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4f}"


def _value(card: Mapping[str, Any], path: str) -> str:
    sides = [(card["values"].get(side) or {}).get(path) for side in ("default", "best", "random")]
    return f"| `{path}` | " + " | ".join("–" if value is None else str(value) for value in sides) + " |"


def _choices(choices: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} {value}" for path, value in choices.items())
