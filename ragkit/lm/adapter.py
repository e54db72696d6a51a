"""How a step's fields become a prompt and a reply its fields: DSPy's chat format, read without asking twice.

DSPy's ``ChatAdapter`` sends a second request, unasked, when a reply does not keep to the format. This one reads what is
there: as the format wants it, else with values that are worded freely ("Yes, it does."), else as a JSON object, else,
where one text is all that was asked for, as that text; and it says so.
"""

from __future__ import annotations

import contextlib
import re
import typing
from collections.abc import Callable
from typing import Any

import dspy

from ragkit.lm import ledger as ledgers
from ragkit.lm.reading import canonical, is_list


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
        plain = self._lists(signature, completion)
        try:
            fields: dict[str, Any] = super().parse(signature, plain)
            return fields
        except dspy.AdapterParseError as error:
            read = self._otherwise(signature, plain, error)
            if read is None:
                raise
            return read

    def _lists(self, signature: Any, completion: str) -> str:
        """The reply with its lists as JSON. DSPy would mend "[1] and [3]" to [3], and a list that breaks off to a list.

        Raises:
            dspy.AdapterParseError: Something else stands where a list was asked for.
        """

        def listed(name: str, value: str, annotation: Any) -> str | None:
            if typing.get_origin(annotation) is not list or is_list(value):
                return None
            read = canonical(value, annotation)
            if read is None:
                told = f"the field {name} has no list: {value.strip()[:200]!r}"
                raise dspy.AdapterParseError(
                    adapter_name="ChatAdapter", signature=signature, lm_response=completion, message=told
                )
            return read

        return _reworded(signature, completion, listed)

    def _otherwise(self, signature: Any, completion: str, error: Any) -> dict[str, Any] | None:
        outputs = signature.output_fields
        plain = _reworded(signature, completion, lambda name, value, annotation: canonical(value, annotation))
        if plain != completion:
            with contextlib.suppress(dspy.AdapterParseError):
                fields: dict[str, Any] = super().parse(signature, plain)
                return fields
        if completion.lstrip().startswith(("{", "```")):
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


_FIELD = re.compile(r"(?P<head>\[\[ ## (?P<name>\w+) ## \]\])(?P<value>.*?)(?=\[\[ ## \w+ ## \]\]|\Z)", re.DOTALL)


def _reworded(signature: Any, completion: str, read: Callable[[str, str, Any], str | None]) -> str:
    """The reply with the values of its output fields as ``read`` gives them; None leaves one as it is."""
    outputs = signature.output_fields
    changed: list[str] = []

    def mended(match: re.Match[str]) -> str:
        name, value = match["name"], match["value"]
        new = read(name, value, outputs[name].annotation) if name in outputs else None
        if new is None or new == value.strip():
            return match[0]
        changed.append(repr(name))
        return f"{match['head']}\n{new}\n\n"

    plain = _FIELD.sub(mended, completion)
    if changed:
        told = f"the LM worded {', '.join(changed)} freely, which was read as what was asked for"
        ledgers.current().ledger.warn(told)
    return plain
