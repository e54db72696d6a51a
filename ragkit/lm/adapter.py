"""How a step's fields become a prompt and a reply its fields: DSPy's chat format, read without asking twice.

DSPy's ``ChatAdapter`` sends a second request, unasked, when a reply does not keep to the format. This one reads what is
there: as the format wants it, else with values that are worded freely ("Yes, it does."), else as a JSON object, else,
where one text is all that was asked for, as that text; and it says so. Half a JSON object is not read.
"""

from __future__ import annotations

import contextlib
import re
import types
import typing
from collections.abc import Callable
from typing import Any

import dspy

from ragkit.lm import ledger as ledgers
from ragkit.lm.reading import canonical, is_list
from ragkit.lm.replies import bare, begins_as_json, breaks_off, chat_text, json_objects

_MARK = re.compile(r"^\[\[ ## (\w+) ## \]\]", re.MULTILINE)
_HALF_A_MARK = re.compile(r"\s*\[\[ ?#")


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
        plain = bare(completion)
        marked = any(match[1] in signature.output_fields for match in _MARK.finditer(plain))
        try:
            return self._marked(signature, plain) if marked else self._unmarked(signature, plain)
        except dspy.AdapterParseError as error:
            error.lm_response = completion  # a person wants to see what the LM wrote
            raise

    def _marked(self, signature: Any, completion: str) -> dict[str, Any]:
        """The fields of a reply that marks them."""
        plain = self._lists(signature, completion)
        try:
            fields: dict[str, Any] = super().parse(signature, plain)
            return fields
        except dspy.AdapterParseError:
            worded = _reworded(signature, plain, lambda name, value, annotation: canonical(value, annotation))
            if worded != plain:
                with contextlib.suppress(dspy.AdapterParseError):
                    fields = super().parse(signature, worded)
                    return fields
            raise

    def _unmarked(self, signature: Any, plain: str) -> dict[str, Any]:
        """The fields of a reply that marks none of them.

        Raises:
            dspy.AdapterParseError: They cannot be read.
        """
        outputs = signature.output_fields
        wanted = [name for name, one in outputs.items() if not _may_be_nothing(one.annotation)]
        found = json_objects(plain, wanted or list(outputs))
        if len(found) == 1:
            fields = self._marked(signature, chat_text({name: found[0].get(name) for name in outputs}))
            told = "the LM answered in JSON instead of the chat format; its fields were read from that"
        elif not found and begins_as_json(plain) and not breaks_off(plain):
            fields = self._json.parse(signature, plain)
            told = "the LM answered in JSON instead of the chat format, with mistakes that were mended"
        elif not found and [one.annotation for one in outputs.values()] == [str] and plain.strip() and not _half(plain):
            (name,) = outputs
            fields = {name: plain.strip()}
            told = f"the LM did not keep to the chat format; its whole reply was taken for the field {name!r}"
        else:
            raise dspy.AdapterParseError(adapter_name="ChatAdapter", signature=signature, lm_response=plain)
        ledgers.current().ledger.warn(told)
        return fields

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


_FIELD = re.compile(r"(?P<head>\[\[ ## (?P<name>\w+) ## \]\])(?P<value>.*?)(?=\[\[ ## \w+ ## \]\]|\Z)", re.DOTALL)


def _half(reply: str) -> bool:
    """Whether a reply without a field is the beginning of one that has some."""
    return begins_as_json(reply) or _HALF_A_MARK.match(reply) is not None


def _may_be_nothing(annotation: Any) -> bool:
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return union and type(None) in typing.get_args(annotation)


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
