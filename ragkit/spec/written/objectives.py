"""``budget``, ``slo`` and ``objective`` of a pipeline, and the names of metrics (the same everywhere in ragkit)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ragkit.errors import nearest
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Budget
from ragkit.spec.schema.validate import model_from
from ragkit.spec.written.constraint import Constraint

Direction = Literal["higher", "lower"]
CUTOFFS = (1, 2, 3, 5, 10, 20)

METRICS: Mapping[str, Direction] = MappingProxyType(
    {
        **{
            f"{name}@{k}": "higher"
            for name in ("recall", "precision", "f1", "ndcg", "hit", "all_gold")
            for k in CUTOFFS
        },
        **dict.fromkeys(("mrr", "map", "recall", "precision", "f1", "all_gold"), "higher"),
        **dict.fromkeys(
            ("correct", "answer_em", "answer_f1", "answer_contains", "answer_rouge_l", "answer_judged"), "higher"
        ),
        **dict.fromkeys(("set_precision", "set_recall", "set_f1"), "higher"),
        **dict.fromkeys(("abstention_precision", "abstention_recall"), "higher"),
        **dict.fromkeys(("citation_precision", "citation_recall"), "higher"),
        **dict.fromkeys(("context_tokens", "trigger_rate", "retrieval_calls", "lm_calls"), "lower"),
        **dict.fromkeys(("prompt_tokens", "completion_tokens"), "lower"),
        **dict.fromkeys(("p50_seconds", "p95_seconds", "cost"), "lower"),
    }
)
"""Every metric and which way is better."""

PROFILE = re.compile(r"[a-z][a-z0-9_]*")
_SLO_FORM = "profiles with their levels: {fast: ['p95_seconds < 2'], best: []}"
_AT = tuple(dict.fromkeys(name.partition("@")[0] for name in METRICS if "@" in name))
_SHOWN = ", ".join(
    (
        *(f"{name}@k" for name in _AT),
        *(name for name in METRICS if "@" not in name),
        f"k one of {', '.join(map(str, CUTOFFS))}",
    )
)
_OBJECTIVE_KEYS = ("maximize", "minimize", "subject_to", "penalties")
TUNED = "tuned"
"""The name that no profile can have: ``NAME.tuned.yaml`` is the overlay of the objective itself."""


class Limits(BaseModel):
    """The keys of ``budget``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    lm_calls: Annotated[int, Field(ge=0, description="the most LM requests of one question")] | None = None
    tokens: Annotated[int, Field(ge=0, description="the most prompt and completion tokens of one question")] | None = (
        None
    )
    retrieval_calls: Annotated[int, Field(ge=0, description="the most retrievals of one question")] | None = None
    seconds: Annotated[float, Field(gt=0, description="after so many seconds no request leaves any more")] | None = None


def read_budget(node: Node | None, diagnostics: Diagnostics) -> Budget:
    """``budget: {lm_calls, tokens, retrieval_calls, seconds}``; what is not set is not limited."""
    if node is None:
        return Budget()
    limits = model_from(node, Limits, "budget", diagnostics)
    return Budget() if limits is None else Budget(**limits.model_dump())


def read_slo(node: Node | None, diagnostics: Diagnostics) -> Mapping[str, tuple[Constraint, ...]]:
    """``slo: {fast: ["p95_seconds < 2"], best: []}``: profiles, and the levels that each of them keeps."""
    if node is None or node.broken:
        return {}
    if node.kind != "map":
        _fail(node, "slo", f"'slo' is {node.describe()}", _SLO_FORM, diagnostics)
        return {}
    found = {}
    for name, levels in node.value.items():
        place, where = Node("scalar", name, node.keys[name], text=name), f"slo.{name}"
        if name in METRICS:
            _fail(place, where, f"found the metric {name!r} where the name of a profile stands", _SLO_FORM, diagnostics)
        elif PROFILE.fullmatch(name) is None or name == TUNED:
            allowed = f"lower-case letters, digits and _, after a letter; not {TUNED!r}"
            _fail(place, where, f"a profile cannot be called {name!r}", allowed, diagnostics)
        else:
            read = _constraints(levels, where, diagnostics)
            found[name] = tuple(_level(one, item, where, diagnostics) for one, item in read)
    return found


def read_objective(node: Node | None, diagnostics: Diagnostics) -> Mapping[str, Any] | None:
    """``objective: {maximize: metric, subject_to: ["p95_seconds < 2"], penalties: {metric: weight}}``.

    ``maximize`` and ``minimize`` may list several metrics.

    Returns:
        ``{"maximize": (name, …), "minimize": (name, …), "subject_to": ((metric, operator, limit), …), "penalties":
        {metric: weight}}``.
    """
    if node is None or node.broken:
        return None
    if node.kind != "map":
        _fail(node, "objective", f"'objective' is {node.describe()}", ", ".join(_OBJECTIVE_KEYS), diagnostics)
        return None
    for key in node.value:
        if key not in _OBJECTIVE_KEYS:
            diagnostics.add(
                node.keys[key], f"objective.{key}", f"unknown key {key!r} in 'objective'", allowed=_OBJECTIVE_KEYS,
                nearest_to=(key, _OBJECTIVE_KEYS), code="unknown-key",
            )  # fmt: skip
    top = node.value
    if "maximize" not in top and not any(nearest(key, ("maximize",)) for key in top if key not in _OBJECTIVE_KEYS):
        _fail(node, "objective.maximize", "'objective' needs 'maximize'", "the name of a metric", diagnostics)
    subject_to, penalties = top.get("subject_to"), top.get("penalties")
    limits = () if subject_to is None else _constraints(subject_to, "objective.subject_to", diagnostics)
    return {
        "maximize": _goals(top.get("maximize"), "maximize", "higher", diagnostics),
        "minimize": _goals(top.get("minimize"), "minimize", "lower", diagnostics),
        "subject_to": tuple((read.metric, read.operator, read.limit) for read, _ in limits),
        "penalties": {} if penalties is None else _numbers(penalties, "objective.penalties", diagnostics),
    }


def _goals(
    node: Node | None, key: Literal["maximize", "minimize"], better: Direction, diagnostics: Diagnostics
) -> tuple[str, ...]:
    """The metrics that are to go up, or down: one, or a list of them."""
    if node is None or node.broken:
        return ()
    where = f"objective.{key}"
    items = node.value if node.kind == "list" else (node,)
    if not items:
        _fail(node, where, f"{key!r} is an empty list", "one metric, or several", diagnostics)
    found: list[str] = []
    for item in items:
        if item.kind != "scalar":
            _fail(item, where, f"found {item.describe()}", "the name of a metric, or a list of them", diagnostics)
        elif not _metric(item, item.text, where, diagnostics):
            continue
        elif METRICS[item.text] != better:
            other = "minimize" if key == "maximize" else "maximize"
            text = f"{item.text!r} is better when it is {METRICS[item.text]}"
            _fail(item, where, text, f"it under {other!r}, or as a limit under 'subject_to'", diagnostics)
        elif item.text in found:
            _fail(item, where, f"{item.text!r} stands twice", "each metric once", diagnostics)
        else:
            found.append(item.text)
    return tuple(found)


def _constraints(node: Node, where: str, diagnostics: Diagnostics) -> list[tuple[Constraint, Node]]:
    """One constraint, or a list of them, each with where it stands."""
    items = node.value if node.kind == "list" else (node,)
    found = []
    for index, item in enumerate(items):
        read = Constraint.parse(item.value) if isinstance(item.value, str) else None
        if read is None:
            _fail(item, f"{where}[{index}]", f"{item.describe()} is not a constraint", "metric < number", diagnostics)
        elif _metric(item, read.metric, f"{where}[{index}]", diagnostics):
            found.append((read, item))
    return found


def _level(read: Constraint, node: Node, where: str, diagnostics: Diagnostics) -> Constraint:
    """A service level: a metric of quality from below, one of cost from above."""
    better = METRICS[read.metric]
    if (read.operator in (">", ">=")) != (better == "higher"):
        turned = Constraint(read.metric, ">" if better == "higher" else "<", read.limit)
        text = f"{str(read)!r} promises nothing: {read.metric!r} is better when it is {better}"
        _fail(node, where, text, f"{str(turned)!r}", diagnostics)
    return read


def _numbers(node: Node, where: str, diagnostics: Diagnostics) -> dict[str, float]:
    if node.kind != "map":
        _fail(node, where, f"found {node.describe()}", "a mapping of metrics to numbers", diagnostics)
        return {}
    found = {}
    for name, value in node.value.items():
        place = Node("scalar", name, node.keys[name], text=name)
        if not _metric(place, name, f"{where}.{name}", diagnostics):
            continue
        if isinstance(value.value, bool) or not isinstance(value.value, (int, float)):
            _fail(value, f"{where}.{name}", f"found {value.describe()}", "a number", diagnostics)
        else:
            found[name] = value.value
    return found


def _metric(node: Node, name: str, where: str, diagnostics: Diagnostics) -> bool:
    if name in METRICS:
        return True
    if not node.broken:
        diagnostics.add(
            node.position, where, f"unknown metric {name!r}", allowed=_SHOWN, nearest_to=(name, METRICS),
            code="metric",
        )  # fmt: skip
    return False


def _fail(node: Node, where: str, message: str, allowed: str, diagnostics: Diagnostics) -> None:
    if not node.broken:
        diagnostics.add(node.position, where, message, allowed=allowed, code="value")
