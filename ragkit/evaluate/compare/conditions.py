"""What a reader must know before believing a difference: conditions that are not the same on all sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ragkit.evaluate.compare.alignment import Alignment
from ragkit.evaluate.compare.measures import MEASURES
from ragkit.evaluate.compare.side import Side

_ENCODER = "encoder of "
_UNKNOWN = "not known"


def condition_warnings(sides: Sequence[Side], alignment: Alignment, wanted: Sequence[str] = ()) -> Iterator[str]:
    """The warnings of a comparison, the gravest first. ``wanted`` are ids of questions that were asked for."""
    yield from _differing(sides)
    nowhere = sum(all(id not in side.outcomes for side in sides) for id in wanted)
    if nowhere:
        yield f"{nowhere:,} of the {len(wanted):,} questions asked for are on no side"
    yield from _left_out(sides, alignment)
    yield from _failed(sides, alignment)
    yield from _answering(sides, alignment)
    yield from _untimed(sides)
    yield from _unknown(sides)


def conditions(sides: Sequence[Side]) -> dict[str, tuple[str, ...]]:
    """What has to be equal for a difference to mean something: by name, a short text for every side."""
    cards = [side.card for side in sides]
    found = {"data": [_short(_at(card, "data", "sha256")) for card in cards]}
    for corpus in _names(cards, "corpus_version"):
        found[f"version of corpus {corpus}"] = [_of(card, "corpus_version", corpus, _short) for card in cards]
    named = any(isinstance(_at(card, "models", name), str) for card in cards for name in _names(cards, "models"))
    for name in _names(cards, "models"):
        if name.startswith(_ENCODER):
            found[name] = [_of(card, "models", name, _name_only if named else _model) for card in cards]
    for corpus in _names(cards, "tokenizer"):
        found[f"tokenizer of {corpus}"] = [_of(card, "tokenizer", corpus, _text) for card in cards]
    found["machine"] = [_machine(card.get("machine")) for card in cards]
    for package in _names(cards, "versions") or ["ragkit"]:
        found[f"version of {package}"] = [_of(card, "versions", package, _text) for card in cards]
    return {name: tuple(values) for name, values in found.items()}


def settings(sides: Sequence[Side]) -> dict[str, tuple[str, ...]]:
    """What may differ, because it is what is compared, or because no number depends on it: by name, for every side."""
    cards = [side.card for side in sides]
    found = {
        "pipeline": [_text(_at(card, "pipeline", "file") or _at(card, "pipeline", "name")) for card in cards],
        "hash": [_short(_at(card, "pipeline", "hash")) for card in cards],
        "overlay": [_overlay(card.get("overlay")) for card in cards],
        "choices": [_pairs(card.get("choices")) for card in cards],
        "inputs": [_pairs(card.get("inputs")) for card in cards],
    }
    for name in _names(cards, "models"):
        if not name.startswith(_ENCODER):
            found[f"LM {name}"] = [_of(card, "models", name, _name_only) for card in cards]
    for corpus in _names(cards, "corpora"):
        found[f"size of {corpus}"] = [_of(card, "corpora", corpus, _pairs) for card in cards]
    found["data file"] = [_text(_at(card, "data", "file")) for card in cards]
    found["questions run"] = [
        {"single": "one by one", "batch": f"in batches of {card.get('batch_size')}"}.get(
            str(card.get("mode")), _UNKNOWN
        )
        for card in cards
    ]
    found["step cache"] = [{"True": "on", "False": "off"}.get(str(card.get("cache")), _UNKNOWN) for card in cards]
    found["started"] = [_text(card.get("started")) for card in cards]
    return {name: tuple(values) for name, values in found.items() if any(v not in ("none", _UNKNOWN) for v in values)}


def told_apart(sides: Sequence[Side]) -> list[str]:
    """For each side, in a line, what it is: pipeline, hash, overlay, and the choices that differ between sides.

    A side that does not say its pipeline is named by where it is from.
    """
    chosen: dict[str, set[str]] = {}
    for side in sides:
        for name, value in (side.card.get("choices") or {}).items():
            chosen.setdefault(name, set()).add(str(value))
    lines = []
    for side in sides:
        card = side.card
        parts = [_at(card, "pipeline", "file") or side.source, (_at(card, "pipeline", "hash") or "")[:8]]
        parts += [card["overlay"]["file"]] if isinstance(card.get("overlay"), Mapping) else []
        choices = (card.get("choices") or {}).items()
        parts += [f"{name}={value}" for name, value in choices if len(chosen[name]) > 1]
        lines.append(" · ".join(str(part) for part in parts if part))
    return lines


def _overlay(overlay: Any) -> str:
    if isinstance(overlay, Mapping):
        return f"{overlay.get('file')} {_short(overlay.get('sha256'))}"
    return "none" if overlay is None else str(overlay)


def _pairs(values: Any) -> str:
    if not isinstance(values, Mapping) or not values:
        return "none"
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _differing(sides: Sequence[Side]) -> Iterator[str]:
    unknown: dict[str, list[str]] = {}
    for name, values in conditions(sides).items():
        groups: dict[str, list[str]] = {}
        for side, value in zip(sides, values, strict=True):
            groups.setdefault(value, []).append(side.label)
        for label in groups.pop(_UNKNOWN, ()):
            unknown.setdefault(label, []).append(name)
        if len(groups) > 1:
            yield f"{name} differs: " + "; ".join(f"{value} ({', '.join(by)})" for value, by in groups.items())
    for label, names in unknown.items():
        shown = [name for name in names if name == "version of ragkit" or not name.startswith("version of ")]
        corpora = [name for name in names if name.startswith("version of corpus ")]
        yield f"not known of {label}, so not compared: {', '.join(corpora + shown)}"


def _left_out(sides: Sequence[Side], alignment: Alignment) -> Iterator[str]:
    for side in sides:
        missing = len(alignment.left_out[side.label])
        if missing:
            yield (
                f"{missing:,} of {len(side.outcomes):,} questions of {side.label} are left out: "
                "not every side has them"
            )  # fmt: skip


def _failed(sides: Sequence[Side], alignment: Alignment) -> Iterator[str]:
    failed = {side.label: sum(side.outcomes[id].error is not None for id in alignment.ids) for side in sides}
    if any(failed.values()):
        counts = ", ".join(f"{number:,} of {label}" for label, number in failed.items() if number)
        yield f"runs that failed: {counts}; they count as 0 in every metric of quality"


def _answering(sides: Sequence[Side], alignment: Alignment) -> Iterator[str]:
    silent = []
    for side in sides:
        ran = [side.outcomes[id] for id in alignment.ids if side.outcomes[id].error is None]
        if ran and all(outcome.answer is None for outcome in ran):
            silent.append(side.label)
    if silent and len(silent) < len(sides):
        yield (
            f"{', '.join(silent)} gives passages and no answers: there a question is right when all gold documents are "
            "found, so that 'correct', causes and flips do not mean the same on all sides"
        )


def _untimed(sides: Sequence[Side]) -> Iterator[str]:
    modes = {side.label: side.card.get("mode") for side in sides}
    if len(set(modes.values())) > 1:
        told = ", ".join(
            f"{label} {'singly' if mode == 'single' else mode or _UNKNOWN}" for label, mode in modes.items()
        )
        yield f"seconds are not compared, for the sides did not run alike: {told}"


def _unknown(sides: Sequence[Side]) -> Iterator[str]:
    names = {name for side in sides for outcome in side.outcomes.values() for name in outcome.metrics} - set(MEASURES)
    if names:
        yield f"not compared, for this version of ragkit does not know what they are: {', '.join(sorted(names))}"


def _names(cards: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(name for card in cards for name in card.get(key) or ()))


def _at(card: Mapping[str, Any], key: str, name: str) -> Any:
    return (card.get(key) or {}).get(name)


def _of(card: Mapping[str, Any], key: str, name: str, show: Callable[[Any], str]) -> str:
    """What a card says under ``key``: where the card has the key but not the name, the side does not use it."""
    if card.get(key) is None:
        return _UNKNOWN
    return show(card[key][name]) if name in card[key] else "none"


def _text(value: Any) -> str:
    return _UNKNOWN if value is None else str(value)


def _short(value: Any) -> str:
    """The beginning of a digest or a version, enough to tell two apart."""
    return _text(value)[:12]


def _name_only(model: Any) -> str:
    return _text(model.get("name") if isinstance(model, Mapping) else model)


def _model(model: Any) -> str:
    name, digest = _name_only(model), model.get("digest") if isinstance(model, Mapping) else None
    return f"{name} {_short(digest)}" if digest else name


def _machine(machine: Any) -> str:
    if not isinstance(machine, Mapping):
        return _UNKNOWN
    parts = (machine.get("cpu"), f"{machine.get('cores')} cores", machine.get("system"))
    return ", ".join(str(part) for part in parts if part)
