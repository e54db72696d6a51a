"""What a question brings along: a value for each input of the pipeline, of the type that the file declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from ragkit.engine.frame import NOTHING
from ragkit.errors import UsageError, did_you_mean
from ragkit.ports import PortType
from ragkit.spec.plan import Graph
from ragkit.trace.values import is_unicode
from ragkit.types import Answer, Passage, Token, Turn

_PYTHON: dict[str, tuple[type, ...]] = {
    "str": (str,), "Label": (str,), "int": (Integral,), "float": (Real,), "bool": (bool,), "dict": (Mapping,),
    "Passage": (Passage,), "Answer": (Answer,), "Token": (Token,), "Turn": (Turn,),
}  # fmt: skip
_LONGEST = 60
_OF_A_QUESTION = ("question", "history", "inputs")
_BATCH = "each is a string, or a mapping with 'question' and perhaps 'history' and 'inputs'"


def given_values(
    root: Graph, question: Any, history: Any, inputs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Any]]:
    """What was given, by name, and the value of every input, in the order of the file, with defaults for the others.

    Args:
        root: The pipeline's outermost graph, which has its inputs.
        question: The question.
        history: The turns before it.
        inputs: Values for the other inputs.

    Raises:
        UsageError: An input that the file does not declare, one that is missing, or one that is not of its type.
    """
    types = dict(root.inputs)
    for name in inputs:
        if name in ("question", "history"):
            raise UsageError(f"the {name} is not given among the inputs: it has a place of its own")
        if name not in types:
            known = ", ".join(map(repr, types))
            raise UsageError(f"unknown input {name!r}; the inputs are {known}{did_you_mean(name, types)}")
    given = {"question": question, "history": history, **inputs}
    for name, value in given.items():
        _check(name, value, types[name])
    given["history"] = list(history)
    values = [given.get(name, root.defaults.get(name, NOTHING)) for name in types]
    for name, value in zip(types, values, strict=True):
        if value is NOTHING:
            raise UsageError(f"the input {name!r} is missing", hint=f"--input {name}=VALUE, or {name!r} among `inputs`")
    return given, values


def given_questions(questions: Any) -> list[Mapping[str, Any]]:
    """The questions of a batch, each as a mapping with ``question`` and perhaps ``history`` and ``inputs``.

    Raises:
        UsageError: It is one string or no sequence, or one of them is neither a string nor such a mapping.
    """
    if isinstance(questions, (str, bytes, Mapping)) or not isinstance(questions, Iterable):
        raise UsageError(f"a batch is a list of questions, not {_shown(questions)}", hint="run() answers one question")
    asked = []
    for number, item in enumerate(questions):
        given = {"question": item} if isinstance(item, str) else item
        if not isinstance(given, Mapping) or "question" not in given:
            raise UsageError(f"the question {number} of the batch is {_shown(item)}", hint=_BATCH)
        for key in given:
            if key not in _OF_A_QUESTION:
                near = did_you_mean(str(key), _OF_A_QUESTION)
                raise UsageError(f"the question {number} of the batch has an unknown key {key!r}{near}", hint=_BATCH)
        asked.append(given)
    return asked


def _check(place: str, value: Any, wanted: PortType) -> None:
    """Refuses a value that is not of its input's type, at the element that is wrong."""
    if wanted.element is not None and isinstance(value, Sequence) and not isinstance(value, str):
        for number, element in enumerate(value):
            _check(f"{place}[{number}]", element, wanted.element)
        return
    number_of_truth = isinstance(value, bool) and wanted.name in ("int", "float")
    if wanted.name != "any" and (number_of_truth or not isinstance(value, _PYTHON.get(wanted.name, ()))):
        raise UsageError(f"the input {place} is {_shown(value)}; the pipeline reads {wanted} there", hint=_hint(wanted))
    text = value.text if isinstance(value, Turn) else value
    if isinstance(text, str) and not is_unicode(text):
        hint = 'bytes that were no text? text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")'
        raise UsageError(f"the input {place} holds half of a surrogate pair, which is no character", hint=hint)
    if isinstance(value, Turn) and not (value.role in ("user", "assistant") and isinstance(value.text, str)):
        raise UsageError(f"the input {place} is {_shown(value)}; a turn is of 'user' or of 'assistant', with a text")


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… ({type(value).__name__})"


def _hint(wanted: PortType) -> str | None:
    turns = "Turn" in wanted.name
    return 'a turn is ragkit.types.Turn("user", "…") or Turn("assistant", "…")' if turns else None
