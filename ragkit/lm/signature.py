"""What an LM step asks for: the fields it gives, the fields it wants back, and the instructions, as data.

Made without DSPy, so that a pipeline is checked and drawn without loading it; ``build`` makes the ``dspy.Signature``.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a signature.

    ``desc`` says in a few words what it holds, for the LM. ``type`` is one of ``str int float bool``, a ``list`` of
    them, a ``Literal`` of strings, or one of these with ``| None``.
    """

    desc: str = ""
    type: Any = str


@dataclass(frozen=True, slots=True)
class Signature:
    """The fields of an LM step and its instructions.

    The order of the fields is the order of the prompt: put what many questions share (passages) before what is each
    one's own (the question), so that a server can reuse the prefix.
    """

    instructions: str
    inputs: Mapping[str, Field] = field(default_factory=dict)
    outputs: Mapping[str, Field] = field(default_factory=dict)

    def told(self, instructions: str) -> Signature:
        """The same fields with other instructions."""
        return replace(self, instructions=instructions)

    def noted(self, output: str, note: str) -> Signature:
        """The same signature with a note at the end of what an output field holds.

        A note stays when optimisation words the instructions anew.
        """
        field = self.outputs[output]
        desc = f"{field.desc}; {note}" if field.desc else note
        return replace(self, outputs={**self.outputs, output: replace(field, desc=desc)})

    def fields(self) -> dict[str, dict[str, str]]:
        """Names and types, by which saved state is tied to a step: ``{"inputs": {…}, "outputs": {…}}``."""
        return {
            "inputs": {name: type_name(one.type) for name, one in self.inputs.items()},
            "outputs": {name: type_name(one.type) for name, one in self.outputs.items()},
        }

    def build(self) -> Any:
        """The ``dspy.Signature``."""
        import dspy

        given: dict[str, Any] = {
            name: (one.type, dspy.InputField(desc=one.desc or name)) for name, one in self.inputs.items()
        }
        given |= {name: (one.type, dspy.OutputField(desc=one.desc or name)) for name, one in self.outputs.items()}
        return dspy.Signature(given, self.instructions, signature_name="Signature")


def type_name(annotation: Any) -> str:
    """A type as a signature writes it: ``list[str]``, ``Literal['a', 'b']``, ``float | None``."""
    if annotation is type(None):
        return "None"
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is list:
        return f"list[{type_name(arguments[0])}]"
    if origin is typing.Literal:
        return f"Literal[{', '.join(repr(value) for value in arguments)}]"
    if arguments:
        return " | ".join(type_name(one) for one in arguments)
    return str(annotation.__name__)
