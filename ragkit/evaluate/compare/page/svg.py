"""Figures of matplotlib as SVG that belongs to the page: its colours and font are the page's, light or dark.

Matplotlib is told stand-in colours; in the SVG each becomes a CSS variable, so that one drawing serves both themes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Shade = Literal["ink", "soft", "line", "paper"]
SIDES = 8
"""Colours for sides; a ninth has the first again, with its own letter."""
ENDINGS = 14
_SHADES: Mapping[Shade, str] = {"ink": "#fe0001", "soft": "#fe0002", "line": "#fe0003", "paper": "#fe0004"}
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_STAND_IN = re.compile(r"#f([def])00([0-9a-f]{2})")
_FONT = re.compile(r"font: ((?:\d+ )?[\d.]+px) [^;\"]+")


def shade(name: Shade) -> str:
    """A colour of the page's text, lines or ground."""
    return _SHADES[name]


def side_color(index: int) -> str:
    """The colour of a side."""
    return f"#fd00{index % SIDES:02x}"


def ending_color(index: int) -> str:
    """The colour of a way in which questions ended; the first is being right."""
    return f"#ff00{index % ENDINGS:02x}"


def variable(color: str) -> str:
    """The CSS variable that a stand-in becomes."""
    found = _STAND_IN.fullmatch(color)
    if found is None:
        raise ValueError(f"{color!r} is no stand-in")
    index = int(found[2], 16)
    if found[1] == "e":
        return f"var(--{next(name for name, value in _SHADES.items() if value == color)})"
    return f"var(--{'side' if found[1] == 'd' else 'cause'}-{index})"


def themed() -> AbstractContextManager[None]:
    """Settings of matplotlib for a quiet figure in the page's colours, whose texts stay text."""
    from matplotlib import rc_context

    ink, soft, line = shade("ink"), shade("soft"), shade("line")
    settings: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "ragkit", "figure.facecolor": "none", "axes.facecolor": "none",
        "savefig.facecolor": "none", "font.size": 10.5, "text.color": ink, "axes.edgecolor": line,
        "axes.labelcolor": soft, "axes.labelsize": 10.5, "xtick.color": line, "ytick.color": line,
        "xtick.labelcolor": soft, "ytick.labelcolor": soft, "grid.color": line, "grid.linewidth": 0.7,
        "axes.grid": True, "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False,
        "xtick.major.size": 0, "ytick.major.size": 0, "axes.labelpad": 7, "text.parse_math": False,
        "axes.unicode_minus": True,
    }  # fmt: skip
    return rc_context(settings)


def as_svg(figure: Figure, name: str, label: str, tips: Mapping[str, str]) -> str:
    """The figure as an SVG element to stand in HTML.

    Args:
        figure: What was drawn, in stand-in colours.
        name: Unique in the page: ids begin with it.
        label: What a person who cannot see it is told.
        tips: Texts that show when a pointer rests on what has this gid.
    """
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(out.getvalue())
    for element in list(root):
        if element.tag.endswith("}metadata"):
            root.remove(element)
    for element in root.iter():
        _rename(element, name, tips)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {"role": "img", "aria-label": label, "class": "plot"}
    return ElementTree.tostring(root, encoding="unicode")


def _rename(element: ElementTree.Element, name: str, tips: Mapping[str, str]) -> None:
    id = element.attrib.get("id")
    if id is not None and id in tips:
        title = ElementTree.Element(f"{{{_SVG}}}title")
        title.text = tips[id]
        element.insert(0, title)
    if id is not None:
        element.attrib["id"] = f"{name}-{id}"
    link = f"{{{_XLINK}}}href"
    if element.attrib.get(link, "").startswith("#"):
        element.attrib[link] = f"#{name}-{element.attrib[link][1:]}"
    for key in ("style", "clip-path", "fill", "stroke"):
        if key in element.attrib:
            value = element.attrib[key].replace("url(#", f"url(#{name}-")
            value = _STAND_IN.sub(lambda found: variable(found.group()), value)
            element.attrib[key] = _FONT.sub(r"font: \1 var(--font)", value)
    if element.tag.endswith("}style"):
        element.text = ""
