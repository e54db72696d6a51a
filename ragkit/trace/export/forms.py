"""One stored run in one of the forms of an export."""

from __future__ import annotations

import json
from typing import Literal

from ragkit.trace.export.masking import Hide, masked
from ragkit.trace.stored import StoredTrace

Form = Literal["json", "markdown", "otlp"]


def export(stored: StoredTrace, form: Form = "json", hide: Hide | None = None) -> str:
    """The run as a text without a line end behind it: a JSON document, Markdown, or one line of OTLP's JSON.

    Args:
        stored: The run and what was said about it.
        form: ``json`` holds everything; ``markdown`` is for people; ``otlp`` are OpenTelemetry spans.
        hide: What to leave out; by default what the environment says (``OPENINFERENCE_HIDE_INPUTS`` and ``_OUTPUTS``).

    Raises:
        MissingExtra: ``otlp`` without the extra ``otel``.
        UsageError: A switch of the environment has a value that is none.
    """
    hide = Hide.from_environment() if hide is None else hide
    if form == "otlp":
        from ragkit.trace.export.otlp import to_line

        return to_line(stored.trace, stored.feedback, hide)
    trace = masked(stored.trace, hide)
    if form == "markdown":
        from ragkit.trace.export.markdown import markdown

        return markdown(trace, stored.feedback).rstrip("\n")
    from ragkit.trace.plain import as_plain, plain_value

    feedback = [plain_value(said) for said in stored.feedback]
    document = {**as_plain(trace), "outcome": stored.row.outcome, "feedback": feedback}
    return json.dumps(document, indent=2, ensure_ascii=False)
