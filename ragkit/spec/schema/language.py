"""The fixed parts of the language as JSON Schema: references, conditions, scopes, the top level."""

from __future__ import annotations

from ragkit.spec.schema.values import VARIABLE, Schema, mark, opened, scalar, variable
from ragkit.spec.written.lms import Prices
from ragkit.spec.written.lms import Settings as LMSettings
from ragkit.spec.written.names import LABEL, NAME, OF_MODULE, OWN
from ragkit.spec.written.objectives import METRICS, PROFILE, TUNED, Direction, Limits

_REFERENCE = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
_REFERENCE_TEXT = {
    "pattern": f"{_REFERENCE}|{VARIABLE}",
    "patternErrorMessage": "expected a step, step.port, an input, carry.name or item",
}
_TYPE = r"^\s*(list\[)*(str|int|float|bool|Label|Turn|Answer|Passage|any)\]*\s*$"
_CONSTRAINT = r"^\s*[a-z0-9_@]+\s*(<=|>=|<|>)\s*-?[0-9.eE+-]+\s*$"
_CORPUS = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
_LITERAL = ["string", "number", "boolean", "array", "object"]


def ref(name: str, description: str | None = None) -> Schema:
    """A reference to a definition, with its own hover text."""
    target = {"$ref": f"#/$defs/{name}"}
    return target if description is None else {"description": description, **target}


def definitions() -> Schema:
    """What the schemas of steps refer to."""
    literal = {"description": "a literal; nothing (null) cannot be one", "type": _LITERAL}
    counted: Schema = {"minimum": 1, **scalar("integer")}
    return {
        Prices.__name__: opened(Prices.model_json_schema()),
        "name": {
            "description": "a lower-case letter, then lower-case letters, digits and _; no attribute of dspy.Module",
            "type": "string",
            "pattern": f"^{NAME.pattern}$",
            "patternErrorMessage": "a name is a lower-case letter, then lower-case letters, digits and _",
            "not": {"enum": sorted(OWN | OF_MODULE)},
        },
        "label": {
            "description": "letters, digits, _ and -, a letter or digit first",
            "type": "string",
            "pattern": f"^{LABEL.pattern}$",
            "patternErrorMessage": "a label is letters, digits, _ and -, a letter or digit first",
            "not": {"enum": sorted(OWN | OF_MODULE)},
        },
        "reference": {
            "description": "what is read: a step (its main port), step.port, an input, carry.name or item",
            "type": "string",
            **_REFERENCE_TEXT,
        },
        "value": {
            "description": "a reference (a step, step.port, an input, carry.name, item) or a literal {value: …}",
            "type": ["string", "object"],
            **_REFERENCE_TEXT,
            "properties": {"value": literal},
            "required": ["value"],
            "additionalProperties": False,
        },
        "values": {
            "description": "references or literals {value: …}, one or a list of them",
            "type": ["string", "object", "array"],
            **_REFERENCE_TEXT,
            "properties": {"value": literal},
            "required": ["value"],
            "additionalProperties": False,
            "minItems": 1,
            "items": ref("value"),
        },
        "bindings": _by_name("value"),
        "sources": _by_name("reference"),
        "condition": _condition(),
        "corpus": {"type": "string", "pattern": f"{_CORPUS}|{VARIABLE}"},
        "lm": {"type": ["string", "null"]},
        "needs_lm": {
            "description": "what happens where an LM is needed and none is set: an error, or this is left out",
            "anyOf": [{"enum": ["error", "drop"]}, variable()],
        },
        "count": {"if": {"type": "object"}, "then": ref("count.mark"), "else": counted},
        "count.mark": mark(counted, bindable=False, number=True),
        "enabled": {
            **scalar("boolean"),
            "type": ["boolean", "string", "object"],
            "properties": {
                "choice": {
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": scalar("boolean"),
                },
                "default": scalar("boolean"),
            },
            "required": ["choice", "default"],
            "additionalProperties": False,
        },
        "steps": {
            "description": "the steps by name, in any order; references make the graph",
            "type": "object",
            "minProperties": 1,
            "propertyNames": ref("name"),
            "additionalProperties": ref("step"),
        },
        "branches": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": ref("label"),
            "additionalProperties": ref("branch"),
        },
        "branch": _branch(),
    }


def common_keys() -> Schema:
    """The keys that every step may have beside ``use``."""
    return {
        "when": ref("condition", "run the step only where this holds; otherwise it gives nothing"),
        "lm": ref("lm", "the LM of this step: a DSPy model string or a name of `lms`; empty for none"),
        "corpus": ref("corpus", "the corpus of this step: the name of a file in corpora/"),
        "enabled": ref("enabled", "false leaves the step out: what it would have changed is handed on as it is"),
        "needs_lm": ref("needs_lm"),
    }


def top_level() -> Schema:
    """The keys of a file."""
    return {
        "version": {"description": "the version of the language", "anyOf": [{"const": 1}, variable()]},
        "name": {"description": "the name of the pipeline; by default that of its file", "type": "string"},
        "description": {"description": "what the pipeline does, in a sentence or two", "type": "string"},
        "inputs": {
            "description": "inputs beside `question` and `history`, which are always there",
            "type": "object",
            "propertyNames": ref("name"),
            "additionalProperties": _input(),
        },
        "corpus": ref("corpus", "the corpus that is searched: the name of a file in corpora/, without .yaml"),
        "lm": ref("lm", "the LM: any DSPy model string, or a name of `lms`; empty for none"),
        "lms": {
            "description": "names for LMs, to be used where `lm` stands: a model string, or how the LM is reached",
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "string", "minLength": 1}, _lm_settings()]},
        },
        "budget": {**opened(Limits.model_json_schema()), "description": "the most that one question may spend"},
        "slo": {
            "description": "profiles and the service levels that each keeps: `fast: [p95_seconds < 2]`; `best: []`",
            "type": "object",
            "propertyNames": {"pattern": f"^{PROFILE.pattern}$", "not": {"enum": [TUNED, *METRICS]}},
            "additionalProperties": _constraints("what the profile keeps, one or a list of them; empty for nothing"),
        },
        "objective": {
            "description": "what optimisation seeks",
            "type": "object",
            "properties": {
                "maximize": _goals("the metric that is to be as high as it can be, or several", "higher"),
                "minimize": _goals("metrics that are to be as low as they can be beside it", "lower"),
                "subject_to": _constraints("what must hold: `context_tokens < 1500`, one or a list of them"),
                "penalties": {"description": "metrics that count against it, and how much", **_by_metric()},
            },
            "required": ["maximize"],
            "additionalProperties": False,
        },
        "steps": ref("steps"),
        "output": {
            "description": "what it gives: a port of type Answer or list[Passage], or {answer: …, passages: …}",
            "type": ["string", "object"],
            **_REFERENCE_TEXT,
            "properties": {
                "answer": ref("reference", "the port that holds the answer"),
                "passages": ref("reference", "the port that holds the passages"),
            },
            "required": ["answer", "passages"],
            "additionalProperties": False,
        },
    }


def _lm_settings() -> Schema:
    """The keys of an entry of ``lms``; its one inner mapping, ``price``, stands among the definitions."""
    schema = LMSettings.model_json_schema(ref_template="#/$defs/{model}")
    return opened({key: value for key, value in schema.items() if key != "$defs"})


def _by_name(definition: str) -> Schema:
    """A mapping of names, those of the language itself among them (``question`` may be bound)."""
    names = {"type": "string", "pattern": f"^{NAME.pattern}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": ref(definition)}


def _condition() -> Schema:
    form: Schema = {
        "required": ["port"],
        "anyOf": [{"required": [word]} for word in ("is", "at_least", "at_most")],
        "maxProperties": 2,
    }
    for word in ("all", "any", "not"):
        form = {"if": {"required": [word]}, "then": {"maxProperties": 1}, "else": form}
    several = {"type": "array", "minItems": 1, "items": ref("condition")}
    return {
        "description": "a bool port, {not: c}, {any: [c, …]}, {all: [c, …]} or {port: p, is|at_least|at_most: v}; "
        "a condition on nothing is false",
        "type": ["string", "object"],
        **_REFERENCE_TEXT,
        "properties": {
            "not": ref("condition", "this does not hold"),
            "any": {"description": "one of these holds", **several},
            "all": {"description": "all of these hold", **several},
            "port": ref("reference", "the port that is compared"),
            "is": {"description": "the port equals this", "type": ["string", "number", "boolean"]},
            "at_least": {"description": "the port is this or more", **scalar("number")},
            "at_most": {"description": "the port is this or less", **scalar("number")},
        },
        "additionalProperties": False,
        "if": {"type": "object"},
        "then": form,
    }


def _branch() -> Schema:
    return {
        "description": "one branch: `steps` and `output`, or `pipeline` (a file) and `bind`",
        "type": "object",
        "properties": {
            "steps": ref("steps"),
            "output": ref("reference", "what the branch gives: one of its steps, or step.port"),
            "pipeline": {"description": "a pipeline file, relative to this one", "type": "string", "minLength": 1},
            "bind": ref("bindings", "for each input of the file: a reference or {value: …}"),
            "corpus": ref("corpus", "the corpus of this branch"),
            "lm": ref("lm", "the LM of this branch"),
            "needs_lm": ref("needs_lm"),
        },
        "additionalProperties": False,
        "if": {"required": ["pipeline"]},
        "then": {"properties": {"steps": False}},
        "else": {"required": ["steps", "output"], "properties": {"bind": False}},
    }


def _input() -> Schema:
    kind = {"description": "str, int, float, bool, Label, Turn, Answer, Passage, any or list[…]"}
    return {
        "description": "the type of an input, or its type, default and description",
        "type": ["string", "object"],
        "pattern": f"{_TYPE}|{VARIABLE}",
        "properties": {
            "type": {**kind, "type": "string", "pattern": f"{_TYPE}|{VARIABLE}"},
            "default": {"description": "what it is where the caller gives none"},
            "description": {"description": "what it means", "type": "string"},
        },
        "required": ["type"],
        "additionalProperties": False,
    }


def _goals(description: str, better: Direction) -> Schema:
    one: Schema = {"anyOf": [{"enum": [name for name, way in METRICS.items() if way == better]}, variable()]}
    several = {"type": "array", "minItems": 1, "uniqueItems": True, "items": one}
    return {"description": description, "anyOf": [*one["anyOf"], several]}


def _constraints(description: str) -> Schema:
    form = f"{_CONSTRAINT}|{VARIABLE}"
    items = {"type": "string", "pattern": form}
    return {"description": description, "type": ["string", "array"], "pattern": form, "items": items}


def _by_metric() -> Schema:
    return {
        "type": "object",
        "propertyNames": {"enum": list(METRICS)},
        "additionalProperties": scalar("number"),
    }
