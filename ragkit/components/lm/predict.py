"""``lm.predict``: any question to an LM, its fields written in the file."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field as ParameterField

from ragkit import ports
from ragkit.component import RESERVED_KEYS, Component, InputPort, OutputPort
from ragkit.components.generate._citing import cited
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.lm.turns import conversation
from ragkit.lm.written import WrittenField, WrittenSignature, read_signature
from ragkit.types import Answer, Decision, Label, Passages, Result, Token

_LOGPROBS = OutputPort("logprobs", ports.from_annotation(list[Token])[0])


class Predict(LMStep):
    """Asks an LM for what the file says: the fields of a DSPy signature become the ports of the step.

    Use it where no component asks what you want to ask: to sort questions, to name a date, to grade an answer, to
    answer in a form of your own. Instructions and demos can be optimised like those of any LM step.

    ``signature`` is written ``inputs -> outputs``, each a list of ``name`` or ``name: type``. Types are ``str`` (the
    default), ``int``, ``float``, ``bool``, ``list[…]``, ``Literal[a, b]`` and ``… | None``. An input called
    ``passages``, or of type ``list[Passage]``, takes passages, which the LM reads numbered; one called ``history``, or
    of type ``list[Turn]``, a conversation. An output of type ``Literal`` is a label that ``flow.route`` can read; one
    of type ``Answer`` is an answer, its numbers checked against the passages and made citations. The first output is
    the main port; ``logprobs`` has its tokens with their log-probabilities. ``fields`` says of fields, by their names,
    what they hold.

    Cost: one LM request.

    Source: DSPy's signatures (Khattab et al. 2023, arXiv 2310.03714, §3.1).

    Errors: the LM cannot be reached, or a value of its reply is missing or of another type.

    YAML::

        lm: openai/gpt-4.1-mini
        steps:
          found: {use: retrieve.hybrid, k: 5}
          answer:
            use: lm.predict
            signature: "passages, question -> answer: Answer, confidence: float"
            instructions: Answer the question from the passages. Cite them by number, like [1].
            fields: {confidence: from 0 to 1}
            passages: found
        output: answer

    Python::

        from ragkit.components.lm.predict import Predict
        from ragkit.testing import FakeScope, ScriptedLM

        Sorting = Predict.shaped("question -> kind: Literal[single, multi], words: int")
        lm = ScriptedLM([{"kind": "multi", "words": 4}])
        step = Sorting(Sorting.Params(signature="question -> kind: Literal[single, multi], words: int"), FakeScope(lm))
        assert step.run(question="Which two papers agree?").value == ("multi", 4, None)
    """

    class Params(LMParameters):
        """Parameters of ``lm.predict``."""

        signature: str = ParameterField(description="the fields, as `question, passages -> answer: str, score: float`")
        fields: dict[str, str] = ParameterField(
            default_factory=dict, description="what fields hold, in a few words for the LM, by their names"
        )

    shaping: ClassVar[str | None] = "signature"
    declared_inputs: ClassVar[tuple[InputPort, ...] | None] = ()
    declared_outputs: ClassVar[tuple[OutputPort, ...] | None] = ()
    written: ClassVar[WrittenSignature]

    params: Params

    @classmethod
    def shaped(cls, given: str) -> type[Component]:
        """The class with the ports of a signature.

        Raises:
            ValueError: The signature cannot be read, or a field has the name of a parameter or of a key of steps.
        """
        return _shape(given)

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Whether ``fields`` and ``demos`` speak of fields of the signature."""
        known = [one.name for one in (*cls.written.inputs, *cls.written.outputs)]
        unknown = [name for name in params.fields if name not in known]
        if unknown:
            return f"'fields' speaks of {unknown[0]!r}, and the fields of the signature are {', '.join(known)}"
        for number, demo in enumerate(params.demos, start=1):
            unknown = [name for name in demo if name not in known]
            if unknown:
                return f"demo {number} has {unknown[0]!r}, and the fields of the signature are {', '.join(known)}"
        return None

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The values of a ``Literal`` at the main port."""
        first = cls.written.outputs[0]
        return tuple(first.type.__args__) if first.port == ports.LABEL and not first.optional else None

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature as it is written, with the instructions and descriptions of the parameters."""

        def made(fields: Sequence[WrittenField]) -> dict[str, Field]:
            return {one.name: Field(params.fields.get(one.name, _described(one)), one.type) for one in fields}

        inputs, outputs = made(cls.written.inputs), made(cls.written.outputs)
        told = params.instructions or f"Given {_listed(inputs)}, give {_listed(outputs)}."
        return Signature(told, inputs, outputs)

    def run(self, **given: Any) -> Result[tuple[Any, ...]]:
        """Asks the LM."""
        passages = next((value for value in given.values() if isinstance(value, Passages)), None)
        reply = self.ask(**{one.name: _for_the_lm(one, given.get(one.name)) for one in self.written.inputs})
        values: list[Any] = []
        warnings: tuple[str, ...] = ()
        for one in self.written.outputs:
            value, told = _for_the_port(one, reply.fields[one.name], passages)
            values.append(value)
            warnings += told
        values.append(reply.tokens(self.written.outputs[0].name))
        return Result(tuple(values), _decision(self.written.outputs[0], values[0]), warnings)


@functools.cache
def _shape(given: str) -> type[Predict]:
    written = read_signature(given)
    taken = {*RESERVED_KEYS, *Predict.Params.model_fields}
    for one in written.inputs:
        if one.name in taken:
            raise ValueError(f"an input cannot be called {one.name!r}: it is a key of the step itself")
    inputs = tuple(InputPort(one.name, one.port, not one.optional) for one in written.inputs)
    outputs = (*(OutputPort(one.name, one.port) for one in written.outputs), _LOGPROBS)
    answers = [one.name for one in written.outputs if one.port == ports.ANSWER]
    made = {
        "declared_inputs": inputs,
        "declared_outputs": outputs,
        "written": written,
        "stream": answers[0] if answers else None,
        "__doc__": Predict.__doc__,
        "__module__": Predict.__module__,
    }
    return type(Predict.__name__, (Predict,), made)


def _listed(fields: Mapping[str, Field]) -> str:
    return ", ".join(f"`{name}`" for name in fields) or "nothing"


def _described(field: WrittenField) -> str:
    if field.port == ports.PASSAGES:
        return "numbered passages"
    return "the conversation so far" if field.port == ports.list_of(ports.TURN) else ""


def _for_the_lm(field: WrittenField, value: Any) -> Any:
    if value is None:
        return None
    if field.port == ports.PASSAGES:
        return numbered(value)
    return conversation(value) if field.port == ports.list_of(ports.TURN) else value


def _for_the_port(field: WrittenField, value: Any, passages: Passages | None) -> tuple[Any, tuple[str, ...]]:
    if value is None:
        return None, ()
    if field.port == ports.ANSWER:
        if passages is None:  # a number in brackets is then no citation
            return Answer(value), ()
        text, citations, warnings = cited(value, passages)
        return Answer(text, citations, passages), warnings
    return Label(value) if field.port == ports.LABEL else value, ()


def _decision(field: WrittenField, value: Any) -> Decision | None:
    if field.port != ports.LABEL or value is None:
        return None
    return Decision("route", f"the LM says that {field.name} is {value!r}", label=str(value))
