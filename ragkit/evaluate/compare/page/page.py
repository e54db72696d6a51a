"""A comparison as one HTML page that holds everything it shows.

Every text is escaped by the template, or put into the page by ``page.js`` as text; a content security policy allows the
page's own script, by its digest, and nothing from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import metadata, resources, util
from typing import Any

from ragkit.errors import MissingExtra
from ragkit.evaluate.compare.comparison import Comparison
from ragkit.evaluate.compare.gate import Judged

PACKAGES = ("jinja2", "matplotlib")


def require() -> None:
    """Says before a long evaluation what the page would need.

    Raises:
        MissingExtra: A package is not installed.
    """
    for name in PACKAGES:
        if util.find_spec(name) is None:
            raise MissingExtra(name, "the HTML page of a comparison", "report")


def page(comparison: Comparison, asked: Sequence[str] = (), judged: Sequence[Judged] = ()) -> str:
    """The page.

    Args:
        comparison: The comparison.
        asked: The measures to show; the usual ones where there are none.
        judged: What ``--fail-if`` came to.

    Raises:
        MissingExtra: jinja2 or matplotlib is not installed.
    """
    require()
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from ragkit.evaluate.compare.page.content import content

    environment = Environment(
        loader=PackageLoader("ragkit.evaluate.compare.page", "."), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    script = _text("page.js")
    found: dict[str, Any] = content(comparison, asked, judged)
    # Markup is not escaped again: what ElementTree has written, and two files of our own.
    for plot in (*found["plots"], *found["endings_plots"]):
        plot["svg"] = Markup(plot["svg"])
    return environment.get_template("page.html.jinja").render(
        **found,
        css=Markup(_text("page.css")),
        script=Markup(script),
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=metadata.version("ragkit"),
    )


def _text(name: str) -> str:
    return resources.files("ragkit.evaluate.compare.page").joinpath(name).read_text(encoding="utf-8")
