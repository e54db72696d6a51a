"""Pipelines with LM steps for tests, made of ``lm.predict`` and flows; they need no corpus."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragkit.component import Component
from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.spec.load import load_text
from ragkit.testing import Asked, ChatServer, ScriptedLM, in_process
from ragkit.trace.model import Span
from ragkit.types import Token

MODEL = "scripted/lm"

# An LM step in each kind of scope.
EVERYWHERE = """
version: 1
name: everywhere
lm: scripted/lm
steps:
  kind: {use: lm.predict, signature: "question -> kind: Literal[short, multi-hop]"}
  topics: {use: lm.predict, signature: "question -> topics: list[str]"}
  each:
    use: flow.map
    over: topics.topics
    max_items: 3
    steps: {note: {use: lm.predict, signature: "topic -> note", topic: item}}
    output: note
  notes: {use: query.join, parts: [question, each]}
  ask:
    use: flow.loop
    max_rounds: 2
    carry: {last: {value: ""}}
    steps:
      draft: {use: lm.predict, signature: "notes, last, question -> draft", notes: notes, last: carry.last}
    next: {last: draft}
    output: draft
  choose:
    use: flow.route
    label: kind
    branches:
      short:
        steps: {say: {use: lm.predict, signature: "question -> answer: Answer"}}
        output: say
      multi-hop:
        steps: {say: {use: lm.predict, signature: "draft, question -> answer: Answer", draft: ask}}
        output: say
output: choose
"""
PATHS = ["kind", "topics", "each.note", "ask.draft", "choose.short.say", "choose.multi-hop.say"]

SIMPLE = """
version: 1
name: simple
lm: scripted/lm
steps:
  answer: {use: lm.predict, signature: "question -> answer: Answer"}
output: answer
"""


def everywhere(asked: Asked) -> dict[str, Any]:
    """A rule that answers every step of ``EVERYWHERE``."""
    short = "short" in (asked.field("question") or "")
    known: dict[str, Any] = {
        "kind": "short" if short else "multi-hop",
        "topics": ["one", "two"],
        "note": f"note on {asked.field('topic')}",
        "draft": f"{asked.field('last')}+",
        "answer": "a short answer" if asked.field("draft") is None else f"from {asked.field('draft')}",
    }
    return {name: known[name] for name in asked.wanted}


class CountTokens(Component):
    """Reads log-probabilities."""

    def run(self, tokens: list[Token]) -> int:
        return len(tokens)


class WithReader(Catalogue):
    """ragkit's components and ``t.tokens``."""

    def __contains__(self, use: object) -> bool:
        return use == "t.tokens" or super().__contains__(use)

    def get(self, use: str) -> type[Component]:
        return CountTokens if use == "t.tokens" else super().get(use)


def pipeline(text: str, **options: Any) -> Pipeline:
    """A pipeline of ragkit's own components."""
    plan = load_text(textwrap.dedent(text).lstrip(), "it.yaml", base=Path(), catalogue=WithReader(), env={})
    return Pipeline(plan, **options)


@contextlib.contextmanager
def scripted(text: str, answers: Any, **options: Any) -> Iterator[tuple[Pipeline, ScriptedLM]]:
    """A pipeline whose LM, ``scripted/lm``, answers from a script."""
    lm = ScriptedLM(answers)
    with in_process(MODEL, lm), pipeline(text, **options) as loaded:
        yield loaded, lm


def served(server: ChatServer, more: str = "", text: str = SIMPLE) -> str:
    """The text, its LM at the address of a server; ``more`` settings of it."""
    settings = f"{{model: openai/any, api_base: '{server.api_base}', {more}}}"
    return text.replace("lm: scripted/lm", f"lms: {{here: {settings}}}\nlm: here")


def spans(result: Any, step: str) -> list[Span]:
    """The executions of a step, in order."""
    return [span for span in result.trace.spans if span.step == step]
