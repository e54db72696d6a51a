"""How a pipeline is run: as its file is, as tuned for a profile, or under an overlay; and whether a run kept it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from ragkit.engine.levels import standing
from ui.variants import Variant
from ui.views.text import label

_STANDINGS: Mapping[str, tuple[str, str, str]] = {
    "kept": ("kept", ":material/check:", "green"),
    "broken": ("not kept", ":material/error:", "red"),
    "unknown": ("not known", ":material/help:", "orange"),
}


def choose(
    variants: Mapping[str, Variant],
    *,
    key: str,
    of: str = "",
    address: str | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> Variant | None:
    """A box with the profiles and overlays of a pipeline; nothing where it has none.

    Args:
        variants: What may be chosen, by name.
        key: The widget's key.
        of: What tells it from another such box on the page.
        address: The name under which the address holds the choice.
        width: Of the box, in pixels.
    """
    if address is not None:
        given = st.query_params.get(address)
        if given not in variants:
            st.query_params.pop(address, None)
        # Streamlit's own binding would put the words of an option into the address.
        st.session_state[key] = given if given in variants else None
    if not variants:
        return None
    kinds = dict.fromkeys("overlay" if each.profile is None else "profile" for each in variants.values())
    chosen = st.selectbox(
        f"{' or '.join(kinds).capitalize()}{of}", list(variants), None, key=key, width=width,
        placeholder="as the file is", on_change=_take, args=(key, address),
        format_func=lambda name: variants[name].title if name in variants else name,
    )  # fmt: skip
    return variants.get(chosen) if chosen is not None else None


def _take(key: str, address: str | None) -> None:
    """The address says what was chosen."""
    chosen = st.session_state.get(key)
    if address is not None and chosen is not None:
        st.query_params[address] = chosen
    elif address is not None:
        st.query_params.pop(address, None)


def kept(document: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
    """Whether a run kept the levels of its profile; nothing where it had none.

    Args:
        document: The run's result document, whose warnings say which levels it did not keep.
        conditions: What the run stood on.
    """
    profile = conditions.get("profile")
    if profile is None or document.get("error") is not None:
        return
    told, icon, colour = _STANDINGS[standing(str(profile), document.get("warnings") or ())]
    help = "A run is held against what it has a number of its own for; `ragkit eval` holds many against every level."
    st.badge(f"profile {label(str(profile))}: {told}", icon=icon, color=colour, help=help)  # type: ignore[arg-type]
