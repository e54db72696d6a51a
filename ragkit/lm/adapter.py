"""How a step's fields become a prompt and a reply its fields: DSPy's chat format, read without asking twice.

DSPy's ``ChatAdapter`` sends a second request, unasked, when a reply does not keep to the format. This one reads what is
there: as the format wants it, else with values that are worded freely ("Yes, it does."), else as a JSON object, else,
where one text is all that was asked for, as that text; and it says so.
"""

from __future__ import annotations

import re
from typing import Any

import dspy

from ragkit.lm import ledger as ledgers
from ragkit.lm.reading import canonical


class ChatAdapter(dspy.ChatAdapter):  # type: ignore[misc]
    """The chat format, with one request for each question."""

    def __init__(self) -> None:
        super().__init__(use_json_adapter_fallback=False)
        self._json = dspy.JSONAdapter()

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """The fields of a reply.

        Raises:
            dspy.AdapterParseError: They are not there, or are of another type.
        """
        try:
            fields: dict[str, Any] = super().parse(signature, completion)
            return fields
        except dspy.AdapterParseError as error:
            read = self._otherwise(signature, completion, error)
            if read is None:
                raise
            return read

    def _otherwise(self, signature: Any, completion: str, error: Any) -> dict[str, Any] | None:
        outputs = signature.output_fields
        reworded, fields = self._reworded(signature, completion)
        if fields is not None:
            told = f"the LM worded {reworded} freely, which was read as what was asked for"
        elif completion.lstrip().startswith(("{", "```")):
            try:
                fields = self._json.parse(signature, completion)
            except dspy.AdapterParseError:
                return None
            told = "the LM answered in JSON instead of the chat format; its fields were read from that"
        elif len(outputs) == 1 and next(iter(outputs.values())).annotation is str and not error.parsed_result:
            name = next(iter(outputs))
            if not completion.strip():
                return None
            fields = {name: completion.strip()}
            told = f"the LM did not keep to the chat format; its whole reply was taken for the field {name!r}"
        else:
            return None
        ledgers.current().ledger.warn(told)
        return fields

    def _reworded(self, signature: Any, completion: str) -> tuple[str, dict[str, Any] | None]:
        """The fields of a reply whose values are not as the format wants them, and which of them were not."""
        outputs = signature.output_fields
        changed: list[str] = []

        def mended(match: re.Match[str]) -> str:
            name, value = match["name"], match["value"]
            read = canonical(value, outputs[name].annotation) if name in outputs else None
            if read is None or read == value.strip():
                return match[0]
            changed.append(repr(name))
            return f"{match['head']}\n{read}\n\n"

        mended_reply = _FIELD.sub(mended, completion)
        if not changed:
            return "", None
        try:
            fields: dict[str, Any] = super().parse(signature, mended_reply)
        except dspy.AdapterParseError:
            return "", None
        return ", ".join(changed), fields


_FIELD = re.compile(r"(?P<head>\[\[ ## (?P<name>\w+) ## \]\])(?P<value>.*?)(?=\[\[ ## \w+ ## \]\]|\Z)", re.DOTALL)
