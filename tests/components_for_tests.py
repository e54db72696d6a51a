"""Small deterministic components for the tests of the compiler, and a catalogue that holds them beside ``flow.*``.

They really run: pure Python, no model, no index.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Calls, Component, Need, Parameters, check_class
from ragkit.components.catalogue import Catalogue
from ragkit.types import Answer, Citation, Label, Parts, Passage, Passages


class Make(Component):
    """``n`` passages about a text, scored from 0.9 downward."""

    class Params(Parameters):
        n: int = Field(3, ge=0, le=1000, description="how many")
        prefix: str = Field("p", description="the start of their ids")

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(retrievals=1)

    def run(self, question: str, query: str | None = None) -> Passages:
        about = question if query is None else query
        scores = (1 - place / (self.params.n + 1) for place in range(1, self.params.n + 1))
        return Passages(
            (Passage(f"{self.params.prefix}{i}", f"d{i}", "", about, {"cosine": s}) for i, s in enumerate(scores, 1)),
            "cosine",
        )


class Indexed(Make):
    """Like ``make``, but in need of a corpus."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})


class TopK(Component):
    """The first ``k`` passages; ``k`` may come from a port."""

    passthrough: ClassVar[str | None] = "passages"

    class Params(Parameters):
        k: Annotated[int, BINDABLE] = Field(2, ge=0, le=1000, description="how many")
        share: float = Field(1.0, gt=0, le=1, description="at most this part of the list")
        low: int = Field(0, description="not above high")
        high: int = Field(9, description="not below low")

    @classmethod
    def check(cls, params: Any) -> str | None:
        return None if params.low <= params.high else f"'low' ({params.low}) is above 'high' ({params.high})"

    def run(self, passages: Passages) -> Passages:
        return passages[: min(self.params.k, int(len(passages) * self.params.share))]


class Reverse(Component):
    """The passages in reverse."""

    passthrough: ClassVar[str | None] = "passages"

    def run(self, passages: Passages) -> Passages:
        return Passages(reversed(passages.items), passages.ranked_by)


class Fused(NamedTuple):
    passages: Passages
    count: int


class Fuse(Component):
    """All passages of all lists."""

    class Params(Parameters):
        weights: tuple[float, ...] | None = Field(None, description="one for each list")

    passthrough: ClassVar[str | None] = "passages"
    one_each: ClassVar[tuple[str, str] | None] = ("weights", "passages")

    def run(self, passages: Parts[Passages]) -> Fused:
        found = Passages(passage for part in passages for passage in part)
        return Fused(found, len(found))


class Variants(Component):
    """The question in ``n`` words of its own."""

    output: ClassVar[str | None] = "queries"

    class Params(Parameters):
        n: int = Field(3, ge=1, description="how many")

    def run(self, question: str) -> list[str]:
        return [f"{question} {number}" for number in range(self.params.n)]


class JoinTexts(Component):
    """Texts joined by blanks."""

    def run(self, parts: Parts[str]) -> str:
        return " ".join(parts)


class Kind(Component):
    """``none``, ``single`` or ``multi``, by the first word; the labels are declared."""

    output: ClassVar[str | None] = "label"

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        return ("none", "single", "multi")

    def run(self, question: str) -> Label:
        word = question.split()[0]
        return Label(word if word in ("none", "multi") else "single")


class AnyKind(Component):
    """The first word as a label; which there can be is not known."""

    output: ClassVar[str | None] = "label"

    def run(self, question: str) -> Label:
        return Label(question.split()[0])


class Verdict(NamedTuple):
    good: bool
    score: float


class Judge(Component):
    """Whether there are at least ``at_least`` passages, and how many as a share of ten."""

    class Params(Parameters):
        at_least: int = Field(1, description="how many are enough")

    def run(self, passages: Passages) -> Verdict:
        return Verdict(len(passages) >= self.params.at_least, len(passages) / 10)


class Unchanged(Component):
    """Whether two texts are equal."""

    output: ClassVar[str | None] = "unchanged"

    def run(self, before: str, after: str) -> bool:
        return before == after


class Counted(NamedTuple):
    size: int
    half: float


class Size(Component):
    """How many words a text has."""

    def run(self, text: str) -> Counted:
        words = len(text.split())
        return Counted(words, words / 2)


class Maybe(Component):
    """The text, or nothing where it is short."""

    def run(self, text: str) -> str | None:
        return text if len(text) > 3 else None


class Drafted(NamedTuple):
    answer: Answer
    text: str


class Quote(Component):
    """An answer: the ids of the passages."""

    def run(self, passages: Passages) -> Drafted:
        text = " ".join(passage.id for passage in passages)
        found = tuple(Citation(number, p.id, p.doc_id) for number, p in enumerate(passages, 1))
        return Drafted(Answer(text, found, passages), text)


class Reply(Component):
    """An answer: the text."""

    def run(self, text: str) -> Answer:
        return Answer(text)


class Write(Component):
    """An answer that an LM writes (a fixed text here)."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.LM})

    class Params(Parameters):
        samples: int = Field(1, ge=1, le=9, description="how many requests")

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(lm=params["samples"])

    def run(self, passages: Passages, question: str) -> Drafted:
        return Drafted(Answer(f"written: {question}", (), passages), question)


class Rewrite(Component):
    """The question in other words, by an LM; without it the question itself."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.LM})
    passthrough: ClassVar[str | None] = "question"

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(lm=1)

    def run(self, question: str) -> str:
        return f"rewritten {question}"


class Talk(Component):
    """How many turns the history has, as a text."""

    def run(self, history: list[Any], prefer: str = "short") -> str:
        return f"{len(history)} {prefer}"


OWN: Mapping[str, type[Component]] = {
    "make.passages": Make,
    "make.indexed": Indexed,
    "select.top": TopK,
    "order.reverse": Reverse,
    "fuse.all": Fuse,
    "query.variants": Variants,
    "query.join": JoinTexts,
    "query.rewrite": Rewrite,
    "query.talk": Talk,
    "query.maybe": Maybe,
    "query.size": Size,
    "route.kind": Kind,
    "route.any": AnyKind,
    "judge.enough": Judge,
    "judge.unchanged": Unchanged,
    "generate.quote": Quote,
    "generate.reply": Reply,
    "generate.write": Write,
}


class TestCatalogue(Catalogue):
    """The components of this file and ragkit's ``flow.*``."""

    __test__ = False

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*OWN, *(name for name in super().names() if name.startswith("flow."))}))

    def __contains__(self, use: object) -> bool:
        return use in self.names()

    def get(self, use: str) -> type[Component]:
        return OWN[use] if use in OWN else super().get(use)


for _component in OWN.values():
    check_class(_component)

CATALOGUE = TestCatalogue()
