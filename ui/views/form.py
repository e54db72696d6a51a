"""The form of one step, made from the parameters of its component: each widget writes its value into the YAML."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any, Literal

import annotated_types
import streamlit as st
from pydantic.fields import FieldInfo

from ragkit.component import Component, input_ports
from ragkit.spec.edit import written
from ragkit.spec.nodes import Node
from ragkit.spec.written.mark_form import is_mark
from ragkit.trace.words import visible
from ui.checking import Written
from ui.views.text import label, show

Change = Callable[[tuple[str, ...], str], None]
"""Is told the keys that lead to a value, and the value as YAML."""


def draw(step: Written, component: type[Component], change: Change, *, key: str, disabled: bool) -> None:
    """The form of a step.

    Args:
        step: The step as written.
        component: Its class.
        change: Writes a value.
        key: What tells its widgets from those of another file.
        disabled: Nothing can be changed.
    """
    summary, _, more = (component.__doc__ or "").strip().partition("\n\n")
    show(" ".join(summary.split()))
    if more:
        with st.expander("More about this component", icon=":material/help:"):
            show(more)
    ports = [f"{port.name} ({port.type}{'' if port.required else ', optional'})" for port in input_ports(component)]
    if ports:
        st.caption(f"It reads {label(', '.join(ports), 300)}.")
    fields = component.Params.model_fields
    if not fields:
        st.caption("It has no parameters.")
    for name, field in fields.items():
        _Parameter(step, name, field, change, f"{key}:{step.name}:{name}", disabled).draw()


class _Parameter:
    """One parameter: what the file says of it, and the widget that fits its type."""

    def __init__(self, step: Written, name: str, field: FieldInfo, change: Change, key: str, disabled: bool) -> None:
        self.name, self.field, self.key, self.disabled = name, field, key, disabled
        self._change = change
        self._path = (*step.path, name)
        self._node: Node | None = step.node.value.get(name)
        self._members = set(_members(field.annotation))

    def draw(self) -> None:
        node = self._node
        if node is not None and is_mark(node) and "default" in node.value:
            self._mark(node)
        elif node is not None and node.kind == "map" and set(node.value) == {"from"}:
            st.caption(f"**{label(self.name)}** is read from {label(str(node.value['from'].value))}.")
        else:
            self._value(node, self._path)

    def _mark(self, node: Node) -> None:
        """A search mark: its default can be changed here, its ends in the text."""
        default, path = node.value["default"], (*self._path, "default")
        choices = node.value.get("choice")
        if choices is not None and choices.kind == "list" and default.plain() in (plain := choices.plain()):
            self._select(f"{self.name} (default of its choices)", plain, default.plain(), path)
        else:
            self._value(default, path, f"{self.name} (default of its range)")

    def _value(self, node: Node | None, path: tuple[str, ...], title: str | None = None) -> None:
        title = title or (self.name if node is not None else f"{self.name} (default)")
        value = node.plain() if node is not None else None if self.field.is_required() else self._default()
        plain = node is None or (not node.variables and not node.broken)
        kinds = self._members - {type(None)}
        literals = [each for kind in kinds if typing.get_origin(kind) is Literal for each in typing.get_args(kind)]
        optional = type(None) in self._members
        if plain and kinds == {bool} and isinstance(value, bool):
            self._widget(st.toggle, title, value, path)
        elif plain and literals and len(literals) == sum(len(typing.get_args(kind)) for kind in kinds):
            self._select(title, [*([None] if optional else []), *literals], value, path)
        elif plain and kinds <= {int, float} and (value is None or _is_number(value, kinds)):
            self._number(title, value, kinds, path)
        elif kinds == {str} and (node is None or (node.kind == "scalar" and "\n" not in node.written)):
            self._text(title, node.written if node is not None else str(value or ""), path)
        elif node is None or (node.kind == "scalar" and "\n" not in node.written and not node.quoted):
            shown = node.written if node is not None else "" if self.field.is_required() else written(value)
            self._text(title, shown, path, as_yaml=True)
        else:
            st.caption(f"**{label(title)}** is changed in the text.", help=self._help())

    def _number(self, title: str, value: Any, kinds: set[Any], path: tuple[str, ...]) -> None:
        whole = kinds == {int}
        kind = int if whole else float
        low, high = self._bound(annotated_types.Ge, "ge"), self._bound(annotated_types.Le, "le")
        options: dict[str, Any] = {
            "min_value": None if low is None else kind(low), "max_value": None if high is None else kind(high),
            "step": 1 if whole else 0.05, "format": "%d" if whole else "%g", "placeholder": "not set",
        }  # fmt: skip
        self._widget(st.number_input, title, None if value is None else kind(value), path, **options)

    def _select(self, title: str, options: list[Any], value: Any, path: tuple[str, ...]) -> None:
        if value not in options:
            self._text(title, written(value), path, as_yaml=True)
            return
        self._widget(st.selectbox, title, value, path, options=options, format_func=lambda each: label(written(each)))

    def _text(self, title: str, value: str, path: tuple[str, ...], *, as_yaml: bool = False) -> None:
        """A text field: of a text, or of any value as YAML."""
        self._widget(st.text_input, title, value, path, as_yaml=as_yaml)

    def _widget(
        self, widget: Any, title: str, value: Any, path: tuple[str, ...], as_yaml: bool = False, **options: Any
    ) -> None:
        # The widget follows the text: whatever it held, it shows what stands there now.
        if self.key not in st.session_state or st.session_state[self.key] != value:
            st.session_state[self.key] = value

        def changed() -> None:
            given = st.session_state[self.key]
            if given == "" and type(None) in self._members:
                given = None
            self._change(path, str(given).strip() or "null" if as_yaml and given is not None else written(given))

        widget(
            label(title), key=self.key, help=self._help(), disabled=self.disabled, on_change=changed, **options
        )  # fmt: skip

    def _default(self) -> Any:
        return self.field.get_default(call_default_factory=True)

    def _bound(self, kind: Any, name: str) -> float | None:
        return next((getattr(each, name) for each in self.field.metadata if isinstance(each, kind)), None)

    def _help(self) -> str:
        return label(visible(self.field.description or ""), 400)


def _is_number(value: Any, kinds: set[Any]) -> bool:
    return not isinstance(value, bool) and isinstance(value, int if kinds == {int} else (int, float))


def _members(annotation: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return tuple(member for inner in typing.get_args(annotation) for member in _members(inner))
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    return (annotation,)
