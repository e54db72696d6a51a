"""The contract of a component: the source of truth for everybody who writes one.

A component is one class in ``ragkit/components/<role>/<name>.py`` (or in an installed package, through the entry-point
group ``ragkit.components``), used in YAML as ``use: role.name``. From the class come its registration, its JSON Schema,
``ragkit components show``, its page in the docs and its form in the app::

    class TopK(Component):
        '''Keeps the first k passages. ...'''

        class Params(Parameters):
            k: Annotated[int, BINDABLE] = Field(10, ge=0, description="how many passages to keep")

        params: Params

        def run(self, passages: Passages) -> Result[Passages]:
            ...

* **Parameters** are the pydantic model ``Params``. A parameter annotated with ``BINDABLE`` may also be given as
  ``{from: step.port}``; then the engine runs a copy of the component whose ``params`` hold the value of that run.
* **Input ports** are the arguments of ``run``. A port without default is required: when it gets nothing the step is
  skipped. ``X | None = None`` is an optional port. A port annotated ``Parts[X]`` takes a list of references.
  A port named ``question`` defaults to the question, one named ``history`` to the history.
* **Output ports** are the fields of the ``NamedTuple`` that ``run`` returns, the first of them the main port; any other
  return type is one main port, named by ``output`` (default: ``passages`` for a passage list, ``answer`` for an answer,
  ``text`` for a string, else ``value``).
* ``run`` may return ``Result`` around its value, with a decision, warnings and usage for the trace.
* ``run_batch(items)``, where it is defined, takes a list of keyword-argument dicts and returns, for each and in order,
  what ``run`` returns or an exception. It must give the same values as ``run``.
* The constructor is cheap and checks nothing but parameters; ``warm_up()`` loads models and indexes, is called once
  before the first run, and may be called from any thread. ``run`` keeps no state in ``self``.
* ``needs`` says what must be there, ``needs_for(params)`` where that hangs on parameters; ``calls(params)`` the most
  requests one run can make; ``passthrough`` names the input that a disabled step hands on, ``one_each`` a
  parameter that has one entry for each reference at a list port, and that port. ``deterministic = False``
  keeps the step out of the cache.
* A class whose ports hang on a parameter (a signature that the file writes) names that parameter in ``shaping`` and
  gives, in ``shaped``, the class with those ports, declared as data in ``declared_inputs`` and ``declared_outputs``.
* ``trained_by`` names the ``ragkit train`` verb that fits the component; its parameter ``state`` is a ``TrainedFile``.
"""

from __future__ import annotations

import copy
import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from ragkit import ports
from ragkit.contract import Calls, FlowKey, InputPort, Need, OutputPort
from ragkit.types import Parts, Result

__all__ = [
    "BINDABLE", "RESERVED_KEYS", "TUNABLE", "Bindable", "Calls", "Component", "FlowComponent", "FlowKey", "InputPort",
    "Need", "OutputPort", "Parameters", "Scope", "Tunable", "bindable_parameters", "check_class", "has_record_output",
    "input_ports", "output_ports", "tunable_parameters",
]  # fmt: skip


class Bindable:
    """The type of ``BINDABLE``; only its presence counts."""


BINDABLE = Bindable()


class Tunable:
    """The type of ``TUNABLE``; only its presence counts."""


TUNABLE = Tunable()
"""Marks a parameter that an overlay may set where the file has no search mark: what optimisation words itself."""


class Parameters(BaseModel):
    """The base of every component's parameters: unknown names are errors, values are frozen and never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=False)


class Scope(Protocol):
    """Where a step stands: what it may open. Made by the engine."""

    def corpus(self) -> Any:
        """The ``ragkit.corpus.Reader`` of the step's corpus, at its published version.

        Raises:
            IndexMissing: The corpus has no index.
        """

    def lm(self) -> Any:
        """The step's LM."""


class Component:
    """The base class of every component; the module docstring is its contract."""

    Params: ClassVar[type[Parameters]] = Parameters
    output: ClassVar[str | None] = None
    needs: ClassVar[frozenset[Need]] = frozenset()
    passthrough: ClassVar[str | None] = None
    one_each: ClassVar[tuple[str, str] | None] = None
    deterministic: ClassVar[bool] = True
    trained_by: ClassVar[str | None] = None
    shaping: ClassVar[str | None] = None
    declared_inputs: ClassVar[tuple[InputPort, ...] | None] = None
    declared_outputs: ClassVar[tuple[OutputPort, ...] | None] = None
    version: ClassVar[int] = 1
    span_kind: ClassVar[str] = "CHAIN"
    run: Any
    run_batch: ClassVar[Any] = None

    def __init__(self, params: Any, scope: Scope | None = None) -> None:
        self.params = params
        self.scope = scope

    @classmethod
    def shaped(cls, given: str) -> type[Component]:
        """The class with the ports that this value of the parameter ``shaping`` asks for; the same for the same value.

        Raises:
            ValueError: What is wrong with the value, as one sentence.
        """
        return cls

    @classmethod
    def needs_for(cls, params: Any) -> frozenset[Need]:
        """What must be there under these parameters; never less than ``needs``."""
        return cls.needs

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """The most requests one run can make, given the parameters as written."""
        return Calls()

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The labels that the main port can have, where the class knows them: then a missing branch is an error."""
        return None

    @classmethod
    def check(cls, params: Any) -> str | None:
        """What is wrong between parameters that are each right, as one sentence; None when all is well."""
        return None

    def warm_up(self) -> None:
        """Loads models and indexes. Called once, before the first run."""

    def bound(self, values: Mapping[str, Any]) -> Component:
        """A copy that shares everything loaded and whose parameters have these values, checked.

        Raises:
            pydantic.ValidationError: A value does not fit its parameter.
        """
        other = copy.copy(self)
        kept = {name: getattr(self.params, name) for name in type(self.params).model_fields}
        other.params = type(self.params).model_validate({**kept, **values})
        return other


class FlowComponent(Component):
    """A ``flow.*`` class declares its keys only; the engine runs it."""

    keys: ClassVar[Mapping[str, FlowKey]] = {}

    def run(self) -> None:
        """Flow steps are run by the engine.

        Raises:
            TypeError: Always.
        """
        raise TypeError("flow steps are run by the engine")


_F = TypeVar("_F", bound=Callable[..., Any])


def _once_per_class(function: _F) -> _F:
    """Like ``functools.cache``, whose stub does not take classes for hashable."""
    return cast(_F, functools.cache(function))


_DEFAULT_OUTPUT = {"list[Passage]": "passages", "Answer": "answer", "str": "text"}


@_once_per_class
def _hints(cls: type[Component]) -> dict[str, Any]:
    return typing.get_type_hints(cls.run, include_extras=False)


@_once_per_class
def input_ports(cls: type[Component]) -> tuple[InputPort, ...]:
    """The input ports of a component, in the order of ``run``'s arguments.

    Raises:
        TypeError: An annotation is missing or is not a port type.
    """
    if issubclass(cls, FlowComponent):
        return ()
    if cls.declared_inputs is not None:
        return cls.declared_inputs
    found = []
    hints = _hints(cls)
    for name, parameter in list(inspect.signature(cls.run).parameters.items())[1:]:
        if name not in hints:
            raise TypeError(f"{cls.__name__}.run: argument {name!r} has no annotation")
        annotation = hints[name]
        port_type, optional = ports.from_annotation(annotation)
        is_list = typing.get_origin(annotation) is Parts
        required = parameter.default is inspect.Parameter.empty and not optional
        default = None if parameter.default is inspect.Parameter.empty else parameter.default
        found.append(InputPort(name, port_type, required, is_list, default))
    return tuple(found)


@_once_per_class
def output_ports(cls: type[Component]) -> tuple[OutputPort, ...]:
    """The output ports of a component, the main one first.

    Raises:
        TypeError: The return annotation is missing or is not a port type.
    """
    if issubclass(cls, FlowComponent):
        return ()
    if cls.declared_outputs is not None:
        return cls.declared_outputs
    annotation = _hints(cls).get("return")
    if annotation is None:
        raise TypeError(f"{cls.__name__}.run has no return annotation")
    if typing.get_origin(annotation) is Result:
        annotation = typing.get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        fields = typing.get_type_hints(annotation)
        return tuple(OutputPort(name, ports.from_annotation(fields[name])[0]) for name in annotation._fields)
    port_type, _ = ports.from_annotation(annotation)
    return (OutputPort(cls.output or _DEFAULT_OUTPUT.get(port_type.name, "value"), port_type),)


@_once_per_class
def has_record_output(cls: type[Component]) -> bool:
    """True when ``run`` returns a NamedTuple, whose fields are the ports, or a tuple of the ports it declares."""
    if cls.declared_outputs is not None:
        return True
    annotation = _hints(cls).get("return")
    if typing.get_origin(annotation) is Result:
        annotation = typing.get_args(annotation)[0]
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


@_once_per_class
def bindable_parameters(cls: type[Component]) -> frozenset[str]:
    """The names of the parameters that may be given as ``{from: step.port}``."""
    return _marked(cls, Bindable)


@_once_per_class
def tunable_parameters(cls: type[Component]) -> frozenset[str]:
    """The names of the parameters that an overlay may set without a search mark."""
    return _marked(cls, Tunable)


def _marked(cls: type[Component], mark: type) -> frozenset[str]:
    fields = cls.Params.model_fields.items()
    return frozenset(name for name, field in fields if any(isinstance(one, mark) for one in field.metadata))


RESERVED_KEYS: Sequence[str] = ("use", "when", "lm", "corpus", "enabled", "needs_lm", "one_of", "default")


def check_class(cls: type[Component]) -> None:
    """Checks that a class can be a component: no two of its ports, parameters and reserved keys share a name.

    Raises:
        TypeError: They do, an annotation is no port type, or ``passthrough`` is not a port.
    """
    names = [p.name for p in input_ports(cls)] + list(cls.Params.model_fields)
    for name in names:
        if name in RESERVED_KEYS or names.count(name) > 1:
            raise TypeError(f"{cls.__module__}.{cls.__name__}: the name {name!r} is used twice or reserved")
    output_ports(cls)
    if cls.passthrough is not None and cls.passthrough not in names:
        raise TypeError(f"{cls.__name__}: passthrough {cls.passthrough!r} is not an input port")
