"""The words that drawings share: parameters, bounds and conditions of a step in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def short(text: str, most: int) -> str:
    """Text on one line, without control characters, and cut to ``most`` characters."""
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def printable(text: str) -> str:
    """Text with U+FFFD for every character that is none on a screen."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def parameters(node: Mapping[str, Any]) -> list[str]:
    """The parameters that the file sets, ``k=50``, and those that are read from a port, ``k ← plan.k``."""
    given = [f"{name}={_literal(node['params'][name])}" for name in node["given"] if name in node["params"]]
    return given + [f"{name} ← {source['text']}" for name, source in node["bound"].items()]


def bounds(node: Mapping[str, Any]) -> list[str]:
    """What bounds a flow step: rounds, items, conditions, the default branch."""
    flow = node["flow"] or {}
    told = []
    if "max_rounds" in flow:
        told.append(f"at most {flow['max_rounds']} round" + "s" * (flow["max_rounds"] != 1))
    if "max_items" in flow:
        told.append(f"at most {flow['max_items']} element" + "s" * (flow["max_items"] != 1))
    told += [f"{name} {flow[name]}" for name in ("while", "until") if flow.get(name)]
    if flow.get("failure"):
        told.append(f"at most {flow['max_failures']} × {flow['failure']['text']}")
    if flow.get("default"):
        told.append(f"else {flow['default']}")
    told += [f"{name} left out: {why}" for name, why in flow.get("dropped", {}).items()]
    return told


def _literal(value: Any) -> str:
    return short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 40)
