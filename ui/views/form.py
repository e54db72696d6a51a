"""The form of one step, made from the parameters of its component: each widget writes its value into the YAML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from ragkit.component import Component, input_ports
from ragkit.spec.edit import written
from ragkit.spec.nodes import Node
from ragkit.spec.written.mark_form import is_mark
from ragkit.trace.words import in_words
from ui.checking import Written
from ui.fields import field_of
from ui.views.text import label, show

Change = Callable[[tuple[str, ...], str | None], None]
"""Is told the keys that lead to a value, and the value as YAML; None takes the key out, so that the default counts."""


def draw(step: Written, component: type[Component], change: Change, *, key: str, disabled: bool) -> None:
    """The form of a step.

    Args:
        step: The step as written.
        component: Its class.
        change: Writes a value, or takes it out.
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


@dataclass(slots=True)
class _Shown:
    """What a widget holds, and which of the parameter's widgets it is."""

    value: Any
    number: int = 0


class _Parameter:
    """One parameter: what the file says of it, and the widget that fits its type."""

    def __init__(
        self, step: Written, name: str, parameter: FieldInfo, change: Change, key: str, disabled: bool
    ) -> None:
        self.name, self.key, self.disabled = name, key, disabled
        self.parameter, self.field = parameter, field_of(parameter)
        self._change = change
        self._path = (*step.path, name)
        self._node: Node | None = step.node.value.get(name)

    def draw(self) -> None:
        """The widget; one that is written and need not be has a button that takes it out."""
        if self._node is None or self.parameter.is_required():
            self._value()
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(width="stretch"):
                self._value()
            default = self.parameter.get_default(call_default_factory=True)
            st.button(
                "Default", icon=":material/restart_alt:", key=f"{self.key}:default", type="tertiary",
                disabled=self.disabled, on_click=self._change, args=(self._path, None),
                help=label(f"Takes {self.name} out of the file: then {in_words(default, 80)} counts", 300),
            )  # fmt: skip

    def _value(self) -> None:
        node = self._node
        if node is not None and is_mark(node) and "default" in node.value:
            self._mark(node)
        elif node is not None and node.kind == "map" and set(node.value) == {"from"}:
            st.caption(f"**{label(self.name)}** is read from {label(str(node.value['from'].value))}.")
        elif node is None:
            self._unwritten()
        else:
            self._written(node, self._path, self.name)

    def _mark(self, node: Node) -> None:
        """A search mark: its default can be changed here, its ends in the text."""
        default, path = node.value["default"], (*self._path, "default")
        choices = node.value.get("choice")
        plain = choices.plain() if choices is not None and choices.kind == "list" else []
        if default.plain() in plain:
            self._select(f"{self.name}, the default of its choices", plain, default.plain(), path)
        else:
            self._written(default, path, f"{self.name}, the default of its range")

    def _unwritten(self) -> None:
        title = f"{self.name} (default)"
        if self.parameter.is_required():
            self._text(f"{self.name} (required)", "", self._path, as_yaml=self.field.kind != "text")
            return
        value = self.parameter.get_default(call_default_factory=True)
        if self.field.takes(value):
            self._widget_of(title, value, self._path)
        else:
            self._text(title, written(value), self._path, as_yaml=True)

    def _written(self, node: Node, path: tuple[str, ...], title: str) -> None:
        plain = not node.variables and not node.broken
        if plain and self.field.takes(node.plain()):
            self._widget_of(title, node.plain(), path)
        elif node.kind == "scalar" and "\n" not in node.written and not (node.quoted and self.field.kind != "text"):
            self._text(title, node.written, path, as_yaml=self.field.kind != "text")
        else:
            st.caption(f"**{label(title)}** is changed in the text.", help=self._help())

    def _widget_of(self, title: str, value: Any, path: tuple[str, ...]) -> None:
        kind = self.field.kind
        if kind == "bool":
            self._widget(st.toggle, title, value, path)
        elif kind == "choice":
            self._select(title, list(self.field.options), value, path)
        elif kind in ("whole", "number"):
            given = value if value is None or kind == "whole" else float(value)
            self._widget(st.number_input, title, given, path, **self.field.numbers())
        else:
            self._text(title, value or "", path)

    def _select(self, title: str, options: list[Any], value: Any, path: tuple[str, ...]) -> None:
        self._widget(st.selectbox, title, value, path, options=options, format_func=written)

    def _text(self, title: str, value: str, path: tuple[str, ...], *, as_yaml: bool = False) -> None:
        """A text field: of a text, or of any value as YAML."""
        self._widget(st.text_input, title, value, path, as_yaml=as_yaml)

    def _widget(
        self, widget: Any, title: str, value: Any, path: tuple[str, ...], as_yaml: bool = False, **options: Any
    ) -> None:
        # The widget follows the text. A browser that has not yet drawn what the text says now still sends the old value
        # with whatever else it tells, and nothing shows that nobody entered it: so a value that the text brought gets a
        # widget of its own, and what a widget held already is no change. One that a person changes stays the same
        # widget, and keeps the focus.
        shown = st.session_state.setdefault(f"{self.key}:shown", _Shown(value))
        if shown.value != value:
            shown = st.session_state[f"{self.key}:shown"] = _Shown(value, shown.number + 1)
        key = f"{self.key}:{shown.number}"
        if key not in st.session_state:
            st.session_state[key] = value

        def changed() -> None:
            given = st.session_state[key]
            if given == shown.value:
                return
            shown.value = given
            if given == "" and self.field.optional:
                given = None
            self._change(path, str(given).strip() or "null" if as_yaml and given is not None else written(given))

        # Parameters have Python names, in which nothing means anything to Markdown.
        widget(title, key=key, help=self._help(), disabled=self.disabled, on_change=changed, **options)

    def _help(self) -> str:
        return label(self.field.description, 400)
