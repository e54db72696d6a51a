"""Random changes to pipeline files, as people and merges make them: for tests that the compiler never stumbles."""

from __future__ import annotations

import copy
import random
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 3, 2.5, "", "question", "item", "carry.x", "carry.last", "a.b.c", "What is it?", [], {}, [None],
    {"value": 3}, {"value": None}, {"value": []}, {"from": "question"}, {"from": "found.passages"},
    {"choice": [1, 2], "default": 1}, {"choice": [], "default": 1}, {"range": [1, 5], "default": 2},
    {"range": [0, 1], "log": True, "default": 0}, {"not": "question"}, {"any": ["question"]}, {"all": [{"not": "x"}]},
    {"port": "question", "is": "x"}, {"port": "question", "at_least": 3}, ["question", "question"],
    "flow.map", "flow.loop", "flow.route", "flow.first", "flow.pipeline", "select.top", "generate.write", "route.kind",
    {"use": "select.top", "passages": "question"}, {"use": "flow.first", "of": ["question"]},
    {"a": {"use": "order.reverse"}, "b": {"use": "select.top", "k": {"range": [1, 3], "default": 2}}},
    {"hits": {"use": "make.passages"}}, {"choice": [True, False], "default": True}, "drop", "self.yaml",
)  # fmt: skip
KEYS = (
    "use", "when", "lm", "corpus", "enabled", "needs_lm", "one_of", "default", "steps", "output", "branches", "label",
    "over", "max_items", "carry", "next", "while", "until", "failure", "max_failures", "max_rounds", "of", "path",
    "bind", "pipeline", "inputs", "lms", "budget", "slo", "objective", "passages", "query", "k", "n", "item",
    "question", "x-y",
)  # fmt: skip


def mutated(document: Any, source: random.Random, changes: int) -> Any:
    """A copy of a document with some places of it changed."""
    document = copy.deepcopy(document)
    for _ in range(changes):
        places = list(_places(document))
        if not places:
            return document
        holder, key = source.choice(places)
        kind = source.random()
        if kind < 0.2:
            del holder[key]
        elif kind < 0.55:
            holder[key] = copy.deepcopy(source.choice(VALUES))
        elif kind < 0.8:
            other, name = source.choice(places)
            holder[key] = copy.deepcopy(other[name])
        elif isinstance(holder, dict):
            holder[source.choice(KEYS)] = copy.deepcopy(source.choice((holder[key], *VALUES)))
        else:
            holder.append(copy.deepcopy(source.choice(VALUES)))
    return document


def _places(document: Any) -> Any:
    if isinstance(document, (dict, list)):
        for key in list(document) if isinstance(document, dict) else range(len(document)):
            yield document, key
            yield from _places(document[key])
