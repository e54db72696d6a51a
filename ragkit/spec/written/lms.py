"""``lm`` and ``lms``: which language model a name or a model string means, and how it is reached."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ragkit.spec.checking.context import Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Model
from ragkit.spec.price import Price
from ragkit.spec.schema.validate import model_from

ENVIRONMENT = "RAGKIT_LM"
"""The environment variable whose model string holds where a file says nothing of ``lm``."""
NO_LM = Model("")
"""An ``lm`` that is written and empty."""
BROKEN_LM = Model("?")  # so that no step is said to lack what was given to it
_URL = re.compile(r"https?://[^\s/@]+(/[^\s@]*)?")
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _address(text: str) -> str:
    if _URL.fullmatch(text) is None:
        raise ValueError(f"found {text!r}, expected an address that begins with http:// or https:// and holds no key")
    return text


class Prices(BaseModel):
    """What the tokens of an LM cost."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    input: Annotated[float, Field(ge=0, description="US dollars for a million tokens of prompts")]
    output: Annotated[float, Field(ge=0, description="US dollars for a million tokens of replies")]
    cached_input: (
        Annotated[
            float, Field(ge=0, description="the same for tokens that the server had in its cache; by default `input`")
        ]
        | None
    ) = None


class Settings(BaseModel):
    """The keys of an entry of ``lms``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: Annotated[str, Field(min_length=1, description="any DSPy model string: provider/model")]
    api_base: (
        Annotated[str, AfterValidator(_address), Field(description="the address of an OpenAI-compatible server")] | None
    ) = None
    api_key_env: (
        Annotated[str, Field(pattern=_VARIABLE, description="the environment variable that holds the key")] | None
    ) = None
    temperature: Annotated[float, Field(ge=0, le=2, description="how freely it chooses its words")] | None = None
    max_tokens: Annotated[int, Field(ge=1, description="the most tokens of one reply")] | None = None
    timeout: Annotated[float, Field(gt=0, description="the longest wait for the server, in seconds")] = 120.0
    retries: Annotated[
        int, Field(ge=0, le=20, description="how often a request that failed in passing is repeated")
    ] = 3
    concurrency: Annotated[
        int, Field(ge=1, le=256, description="the most requests that the process has under way there at a time")
    ] = 8
    fallback: (
        Annotated[str, Field(min_length=1, description="the LM that is asked when this one has failed for good")] | None
    ) = None
    price: Annotated[Prices, Field(description="what its tokens cost: {input: 0.15, output: 0.6}")] | None = None


def default_lm(env: Mapping[str, str] | None) -> Model | None:
    """The LM of a file that says nothing of one: that of the environment, or none."""
    given = (os.environ if env is None else env).get(ENVIRONMENT, "").strip()
    return Model(given) if given else None


def read_lms(node: Node | None, setting: Setting) -> dict[str, Model]:
    """The file's own names for LMs: model strings, or mappings that say how they are reached."""
    if node is None or node.broken:
        return {}
    if node.kind != "map":
        setting.diagnostics.add(
            node.position, "lms", f"'lms' is {node.describe()}", allowed="a mapping of names to LMs", code="type"
        )
        return {}
    found: dict[str, Model] = {}
    fallbacks: dict[str, tuple[str, Node]] = {}
    for name, value in node.value.items():
        where = f"lms.{name}"
        if value.kind != "map" or "choice" in value.value or "range" in value.value:
            text = _string(value, where, setting, "a model string, or a mapping with 'model'")
            found[name] = BROKEN_LM if text is None else Model(text, name)
            continue
        settings = _settings(value, where, setting)
        if settings is None:
            found[name] = BROKEN_LM
            continue
        given = settings.model_dump(exclude={"fallback", "price"})
        price = None if settings.price is None else Price(**settings.price.model_dump())
        found[name] = Model(name=name, price=price, **given)
        if settings.fallback is not None:
            fallbacks[name] = (settings.fallback, value.value["fallback"])
    return _with_fallbacks(found, fallbacks, setting)


def read_lm(node: Node, where: str, setting: Setting) -> Model:
    """The LM that stands under ``lm``: a name of ``lms``, or a model string; empty for none."""
    name = _string(node, where, setting, "a model string, or a name of 'lms'; empty for no LM", empty=True)
    if name is None:
        return BROKEN_LM
    if name in setting.lms:
        return setting.lms[name]
    if name and setting.lms and "/" not in name:
        _unknown(name, node, where, setting, setting.lms)
    return Model(name)


def _settings(node: Node, where: str, setting: Setting) -> Settings | None:
    if "api_key" in node.value:
        setting.diagnostics.add(
            node.keys["api_key"],
            f"{where}.api_key",
            "a key does not stand in a file; name the environment variable that holds it",
            allowed="api_key_env: NAME",
            code="secret",
        )
        return None
    return model_from(node, Settings, where, setting.diagnostics)


def _with_fallbacks(
    found: dict[str, Model], fallbacks: Mapping[str, tuple[str, Node]], setting: Setting
) -> dict[str, Model]:
    """Each LM with the one that is asked in its place, and with that one's own."""
    plain = dict(found)
    circles: set[frozenset[str]] = set()
    for name in fallbacks:
        chain, at = [name], name
        while at in fallbacks:
            at, node = fallbacks[at]
            where = f"lms.{chain[-1]}.fallback"
            if at in chain:
                if chain[0] == at and frozenset(chain) not in circles:
                    circles.add(frozenset(chain))
                    text = f"the fallbacks go round in a circle: {' -> '.join((*chain, at))}"
                    setting.diagnostics.add(node.position, where, text, code="lm")
                break
            if at not in plain and "/" not in at:
                if chain == [name]:
                    _unknown(at, node, where, setting, plain)
                break
            chain.append(at)
        last: Model | None = None
        for one in reversed(chain):
            last = replace(plain.get(one, Model(one)), fallback=last)
        assert last is not None
        found[name] = last
    return found


def _unknown(name: str, node: Node, where: str, setting: Setting, known: Mapping[str, Model]) -> None:
    setting.diagnostics.add(
        node.position,
        where,
        f"there is no LM {name!r} under 'lms', and a model string has a provider: provider/model",
        allowed=tuple(known),
        nearest_to=(name, known),
        code="lm",
    )


def _string(node: Node, where: str, setting: Setting, what: str, *, empty: bool = False) -> str | None:
    if node.broken:
        return None
    if node.kind == "scalar" and isinstance(node.value, str) and (node.value.strip() or empty):
        return node.value.strip()
    if node.kind == "map" and ("choice" in node.value or "range" in node.value):
        found = "a search mark stands in the wrong place"
        setting.diagnostics.add(
            node.position, where, found, allowed="marks stand where a parameter stands", code="mark-place"
        )
        return None
    setting.diagnostics.add(node.position, where, f"found {node.describe()}", allowed=what, code="type")
    return None
