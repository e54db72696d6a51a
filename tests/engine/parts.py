"""Small deterministic components for the engine's tests, and a catalogue that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Calls, Component, Need, Parameters
from ragkit.components.catalogue import Catalogue
from ragkit.types import Answer, Citation, Decision, Label, Parts, Passage, Passages, Result, Usage


class Make(Component):
    """Passages ``p1 p2 …`` about the query, scored from 0.9 downward."""

    class Params(Parameters):
        n: Annotated[int, BINDABLE] = Field(3, ge=0, description="how many")
        prefix: str = Field("p", description="the start of their ids")

    def run(self, question: str, query: str | None = None) -> Passages:
        about = question if query is None else query
        found = (
            Passage(f"{self.params.prefix}{i}", f"d{i}", "", about, {"cosine": 1 - i / 10}, tokens=len(about.split()))
            for i in range(1, self.params.n + 1)
        )
        return Passages(found, "cosine")


class Search(Make):
    """Like ``make``, but slow and counted as a retrieval."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.ENCODER})

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(retrievals=1)

    def run(self, question: str, query: str | None = None) -> Result[Passages]:  # type: ignore[override]
        return Result(Make.run(self, question, query), usage=Usage(retrieval_calls=1))


class Keep(Component):
    """The first ``k``."""

    passthrough: ClassVar[str | None] = "passages"

    class Params(Parameters):
        k: Annotated[int, BINDABLE] = Field(2, ge=0, le=5, description="how many")

    def run(self, passages: Passages) -> Result[Passages]:
        kept = passages[: self.params.k]
        return Result(kept, Decision("select", f"kept {len(kept)}", kept=len(kept), of=len(passages)))


class Pooled(NamedTuple):
    passages: Passages
    origins: list[int]
    count: int


class Pool(Component):
    """All passages of all lists, in order, and where each list came from."""

    def run(self, passages: Parts[Passages]) -> Pooled:
        origins = [o for part, o in zip(passages, passages.origins, strict=True) for _ in part]
        found = Passages(p for part in passages for p in part)
        return Pooled(found, origins, len(found))


class Words(Component):
    """The words of a text."""

    output = "words"

    def run(self, text: str) -> list[str]:
        return text.split()


class Say(Component):
    """A text with something before and after it."""

    class Params(Parameters):
        before: str = Field("", description="what goes before")
        after: Annotated[str, BINDABLE] = Field("", description="what goes after")

    def run(self, text: str) -> str:
        return f"{self.params.before}{text}{self.params.after}"


class Join(Component):
    """Texts joined by ``+``."""

    def run(self, parts: Parts[str]) -> str:
        return "+".join(parts)


class Answered(NamedTuple):
    answer: Answer
    text: str


class Ids(Component):
    """An answer: the ids of the passages."""

    def run(self, passages: Passages) -> Answered:
        text = " ".join(p.id for p in passages)
        citations = tuple(Citation(n, p.id, p.doc_id) for n, p in enumerate(passages, 1))
        return Answered(Answer(text, citations, passages), text)


class Reply(Component):
    """An answer: the text."""

    def run(self, text: str) -> Answer:
        return Answer(text)


class Kind(Component):
    """The kind of a question, by its first word; the labels are declared."""

    output = "label"

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        return ("none", "single", "multi")

    def run(self, question: str) -> Label:
        word = question.split()[0]
        return Label(word if word in ("none", "multi") else "single")


class First(Component):
    """The first word as a label; any word."""

    output = "label"

    def run(self, text: str) -> Label:
        return Label(text.split()[0])


class Has(Component):
    """Whether a text contains another."""

    output = "yes"

    class Params(Parameters):
        what: str = Field("x", description="what is looked for")

    def run(self, text: str) -> bool:
        return self.params.what in text


class Lacks(Has):
    """Whether a text does not contain another."""

    def run(self, text: str) -> bool:
        return self.params.what not in text


class Halves(NamedTuple):
    head: str
    rest: str | None


class Split(Component):
    """The first word, and the rest where there is one."""

    def run(self, text: str) -> Halves:
        head, _, rest = text.partition(" ")
        return Halves(head, rest or None)


class Count(Component):
    """How many words a text has."""

    output = "n"

    def run(self, text: str) -> int:
        return len(text.split())


class Maybe(Component):
    """The text, or nothing where it contains ``missing``."""

    class Params(Parameters):
        missing: str = Field("x", description="what makes it nothing")

    def run(self, text: str) -> str | None:
        return None if self.params.missing in text else text


class Fail(Component):
    """The text; an error where it contains ``on``."""

    class Params(Parameters):
        on: str = Field("bad", description="what makes it fail")

    def run(self, text: str) -> str:
        if self.params.on in text:
            raise ValueError(f"{text!r} contains {self.params.on!r}")
        return text


class Spend(Component):
    """A text after one pretended LM call of 10 tokens."""

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(lm=1)

    def run(self, text: str) -> Result[str]:
        return Result(f"{text}$", usage=Usage(lm_calls=1, prompt_tokens=8, completion_tokens=2))


class Shout(Component):
    """Upper case, in batches; a batch with ``poison`` in it fails as a whole, and so does the item."""

    batches: ClassVar[list[int]] = []

    def run(self, text: str) -> str:
        if "poison" in text:
            raise ValueError("poison")
        return text.upper()

    def run_batch(self, items: list[dict[str, Any]]) -> list[Any]:
        type(self).batches.append(len(items))
        return [self.run(**item) for item in items]


class Counting(Component):
    """Counts how often it really ran: what a cache saves."""

    ran: ClassVar[int] = 0

    class Params(Parameters):
        n: int = Field(2, description="how many passages")

    def run(self, text: str) -> Result[Pooled]:
        type(self).ran += 1
        found = Passages((Passage(f"c{i}", "d", "T", text, {"cosine": 0.5}) for i in range(self.params.n)), "cosine")
        return Result(Pooled(found, [0], len(found)), Decision("fuse", "because"), ("careful",), Usage(lm_calls=1))


class _Tests(Catalogue):
    """ragkit's own components, and those of this file as ``t.name``."""

    def __init__(self) -> None:
        self._mine = {
            f"t.{name.lower()}": value
            for name, value in globals().items()
            if isinstance(value, type) and issubclass(value, Component) and value is not Component
        }

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*super().names(), *self._mine}))

    def __contains__(self, use: object) -> bool:
        return use in self._mine or super().__contains__(use)

    def get(self, use: str) -> type[Component]:
        return self._mine[use] if use in self._mine else super().get(use)


CATALOGUE = _Tests()
