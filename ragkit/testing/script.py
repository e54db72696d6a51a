"""What a scripted LM is asked and says: nouns that the LM in the process and the server over HTTP share."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

_JSON = "Respond with a JSON object in the following order of fields: "


@dataclass(frozen=True, slots=True)
class Said:
    """What the LM says to one request.

    ``text`` is the raw reply; a mapping is written field by field, in the format that the prompt asks for.
    ``logprobs`` are tokens with their log-probabilities, and perhaps alternatives: they must spell the reply. ``usage``
    are the tokens of prompt and completion that are reported; ``"words"`` counts words, None reports nothing. ``cost``
    is reported as some servers do, in US dollars.
    """

    text: str | Mapping[str, Any]
    logprobs: Sequence[tuple[str, float] | tuple[str, float, Mapping[str, float]]] | None = None
    usage: tuple[int, int] | Literal["words"] | None = "words"
    cached_tokens: int | None = None
    cost: float | None = None
    finish_reason: Literal["stop", "length"] = "stop"

    def written(self, asked: Asked) -> str:
        """The raw reply."""
        if isinstance(self.text, str):
            return self.text
        return json.dumps(dict(self.text)) if asked.wants_json else chat_format(self.text)

    def counted(self, asked: Asked) -> tuple[int, int] | None:
        """The tokens of prompt and completion, as they are reported."""
        if self.usage == "words":
            return len(asked.prompt.split()), len(self.written(asked).split())
        return self.usage

    def tokens(self, asked: Asked) -> list[tuple[str, float, Mapping[str, float]]] | None:
        """The tokens of the reply with their log-probabilities and alternatives.

        Raises:
            AssertionError: They do not spell the reply.
        """
        if self.logprobs is None:
            return None
        found = [(token[0], token[1], token[2] if len(token) > 2 else {}) for token in self.logprobs]
        spelled = "".join(token for token, _, _ in found)
        if spelled != self.written(asked):
            raise AssertionError(f"the tokens spell {spelled!r}, and the reply is {self.written(asked)!r}")
        return found


@dataclass(frozen=True, slots=True)
class Fault:
    """A request that fails.

    ``rate_limit`` (429), ``server`` (500), ``auth`` (401), ``bad_request`` (400); ``connection``: the connection is
    dropped; ``timeout``: nothing comes. Only over HTTP: ``garbage``: a page that is no JSON; ``half``: the reply breaks
    off in the middle; ``empty``: a reply without a choice.
    """

    kind: Literal[
        "rate_limit", "server", "auth", "bad_request", "connection", "timeout", "garbage", "half", "empty"
    ]  # fmt: skip
    message: str = "scripted"
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the LM was given it. ``settings`` are temperature and the like, where they were sent."""

    messages: Sequence[Mapping[str, str]]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """All messages, one after the other."""
        return "\n\n".join(message["content"] for message in self.messages)

    @property
    def last(self) -> str:
        """The last message: the values of the input fields."""
        return self.messages[-1]["content"]

    @property
    def instructions(self) -> str:
        """What the step tells the LM to do: the end of the first message."""
        told = self.messages[0]["content"].partition("your objective is: ")[2]
        return told.replace("\n        ", "\n").strip()  # DSPy indents every line

    @property
    def fields(self) -> dict[str, str]:
        """The input fields of the last message and their values."""
        given = self.last.rpartition("\n\nRespond with ")[0]
        heads = list(re.finditer(r"(?:^|\n\n)\[\[ ## (\w+) ## \]\]\n", given))
        ends = [head.start() for head in heads[1:]] + [len(given)]
        return {head[1]: given[head.end() : end] for head, end in zip(heads, ends, strict=True)}

    def field(self, name: str) -> str | None:
        """The value of an input field in the last message; None when it has none of that name."""
        return self.fields.get(name)

    @property
    def wants_json(self) -> bool:
        """True when the prompt asks for a JSON object, as DSPy's own optimisers do for some of their questions."""
        return _JSON in self.last

    @property
    def wanted(self) -> list[str]:
        """The names of the output fields that the prompt asks for."""
        if self.wants_json:
            return re.findall(r"`(\w+)`", self.last.rpartition(_JSON)[2])
        rest = self.last.rpartition("Respond with the corresponding output fields, starting with the field ")[2]
        return [name for name in re.findall(r"`\[\[ ## (\w+) ## \]\]`", rest) if name != "completed"]


Answer = str | Mapping[str, Any] | Said | Fault
Rule = Callable[[Asked], Answer]


class Script:
    """Answers in turn, or by a rule; keeps what was asked. Safe to use from several threads.

    Args:
        answers: A list of answers, one for each request in turn (a request more is an error); or a rule, a function of
            the request.
    """

    def __init__(self, answers: Iterable[Answer] | Rule) -> None:
        self._rule = answers if callable(answers) else None
        self._queue = iter(()) if callable(answers) else iter(answers)
        self._lock = threading.Lock()
        self.requests: list[Asked] = []

    def next(self, asked: Asked) -> Said | Fault:
        """The answer to a request.

        Raises:
            AssertionError: The list has no more answers.
        """
        with self._lock:
            self.requests.append(asked)
            number = len(self.requests)
            answer: Answer | None = next(self._queue, None) if self._rule is None else None
        if self._rule is not None:
            answer = self._rule(asked)
        if answer is None:
            raise AssertionError(f"the script has no answer to request {number}: {asked.last[:200]!r}")
        return answer if isinstance(answer, (Said, Fault)) else Said(answer)


def chat_format(fields: Mapping[str, Any]) -> str:
    """Output fields in DSPy's chat format, as a well-behaved model writes them."""
    parts = [
        f"[[ ## {name} ## ]]\n{value if isinstance(value, str) else json.dumps(value)}"
        for name, value in fields.items()
    ]
    return "\n\n".join([*parts, "[[ ## completed ## ]]"])


def pieces(text: str) -> list[str]:
    """A text in pieces of a word and what parts it from the next: what is streamed."""
    found: list[str] = []
    for character in text:
        if found and not (found[-1][-1].isspace() and not character.isspace()):
            found[-1] += character
        else:
            found.append(character)
    return found
