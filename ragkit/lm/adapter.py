"""How a step's fields become a prompt and a reply its fields: DSPy's chat format, read without asking twice.

DSPy's ``ChatAdapter`` sends a second request, unasked, when a reply does not keep to the format. This one reads what is
there: as the format wants it, else as a JSON object, else, where one text is all that was asked for, as that text; and
it says so.
"""

from __future__ import annotations

from typing import Any

import dspy

from ragkit.lm import ledger as ledgers


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
        if completion.lstrip().startswith(("{", "```")):
            try:
                fields: dict[str, Any] = self._json.parse(signature, completion)
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
