"""Small deterministic components with real behaviour: pipelines of them fail in every way that attribution names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Calls, Component, Need, Parameters, check_class
from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.spec.load import load_text
from ragkit.types import Answer, Citation, Decision, Label, Parts, Passage, Passages, Result, Usage

TOKENS = 10


def passage(id: str, text: str = "", doc: str | None = None, **scores: float) -> Passage:
    """``a#1`` is the passage 1 of document ``a``."""
    document = id.partition("#")[0] if doc is None else doc
    return Passage(id, document, document.upper(), text or f"about {id}", scores, TOKENS)


class Find(Component):
    """A retriever: the passages that its parameter lists, in that order, for any question."""

    class Params(Parameters):
        found: list[str] = Field(description="passage ids, or 'id: text'")
        score: str = Field("cosine", description="the score that orders them")

    span_kind: ClassVar[str] = "RETRIEVER"

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(retrievals=1)

    def run(self, question: str, query: str | None = None) -> Result[Passages]:
        count = len(self.params.found)
        made = [
            passage(id.strip(), text.strip(), **{self.params.score: round(1 - place / (count + 1), 3)})
            for place, each in enumerate(self.params.found, start=1)
            for id, _, text in (each.partition(":"),)
        ]
        return Result(Passages(made, self.params.score), usage=Usage(retrieval_calls=1))


class Seek(Find):
    """A retriever of the passages whose ids the query lists."""

    class Params(Parameters):
        score: str = Field("cosine", description="the score that orders them")

    def run(self, question: str, query: str | None = None) -> Result[Passages]:
        words = (question if query is None else query).split()
        made = [passage(word, cosine=round(1 - place / 100, 3)) for place, word in enumerate(words)]
        return Result(Passages(made, "cosine"), usage=Usage(retrieval_calls=1))


class Like(Find):
    """A retriever that reads passages to learn what to look for, and hands on others."""

    def run(self, question: str, passages: Passages) -> Result[Passages]:  # type: ignore[override]
        return Find.run(self, question)


class Head(Component):
    """A selector: the first k."""

    passthrough = "passages"

    class Params(Parameters):
        k: Annotated[int, BINDABLE] = Field(2, ge=0, description="how many")

    def run(self, passages: Passages) -> Result[Passages]:
        kept = passages[: self.params.k]
        return Result(kept, Decision("select", f"kept {len(kept)}", kept=len(kept), of=len(passages)))


class Judged(Component):
    """A selector with a score of its own: the last passages of the list are the best for it."""

    class Params(Parameters):
        k: int = Field(2, description="how many its rule keeps")
        max_tokens: int = Field(1000, description="how many tokens are kept of these")

    def run(self, passages: Passages) -> Result[Passages]:
        scored = [each.scored("relevance", place / 100) for place, each in enumerate(passages)]
        kept = Passages(sorted(scored, key=lambda each: -each.scores["relevance"])[: self.params.k], "relevance")
        fitting = kept[: self.params.max_tokens // TOKENS]
        details = {"score_name": "relevance", "before_tokens": len(kept)}
        return Result(fitting, Decision("select", "judged", kept=len(fitting), of=len(passages), details=details))


class Short(Component):
    """The first word of each passage."""

    def run(self, passages: Passages) -> Passages:
        return Passages([Passage(each.id, each.doc_id, each.title, each.text.split()[0]) for each in passages])


class Mix(Component):
    """A fusion: the lists one after the other, each passage once, the first k."""

    class Params(Parameters):
        k: int = Field(99, description="how many")

    def run(self, passages: Parts[Passages]) -> Passages:
        found = {each.id: each for part in passages for each in part}
        return Passages(list(found.values())[: self.params.k])


class Turned(Component):
    """A reranker: the list turned round, the first k."""

    class Params(Parameters):
        k: int = Field(99, description="how many")

    def run(self, passages: Passages) -> Passages:
        return Passages(tuple(reversed(passages.items))[: self.params.k])


class Sieve(Component):
    """A step of no known role that drops what a word stands in."""

    class Params(Parameters):
        word: str = Field(description="what is dropped")

    def run(self, passages: Passages) -> Passages:
        return Passages([each for each in passages if self.params.word not in each.text], passages.ranked_by)


class Joined(Component):
    """Neighbours of one document as one passage, which lists its parts."""

    def run(self, passages: Passages) -> Passages:
        first = passages[0]
        return Passages(
            [Passage("joined", first.doc_id, "", "joined", {}, TOKENS, parts=tuple(p.id for p in passages))]
        )


class Answered(NamedTuple):
    answer: Answer
    text: str


class Say(Component):
    """An answer: a text; cites the passages whose ids are listed; reads the first ``reads`` of what it is given."""

    class Params(Parameters):
        text: str = Field("nothing of note", description="what is said")
        cites: list[str] = Field([], description="passage ids")
        reads: int = Field(99, description="how many passages reach it")
        abstains: bool = Field(False, description="whether it says that there is none")

    def run(self, passages: Passages | None = None) -> Answered:
        given = Passages() if passages is None else passages[: self.params.reads]
        documents = {each.id: each.doc_id for each in given}
        found = tuple(Citation(n, id, documents.get(id, "?")) for n, id in enumerate(self.params.cites, start=1))
        return Answered(Answer(self.params.text, found, given, self.params.abstains), self.params.text)


class Echo(Component):
    """An answer: the question, without reading anything."""

    def run(self, question: str) -> Answer:
        return Answer(question)


class Verdict(NamedTuple):
    needed: bool
    score: float


class Gate(Component):
    """Says yes where the question is long enough."""

    class Params(Parameters):
        words: int = Field(2, description="how many words are enough")

    def run(self, question: str) -> Result[Verdict]:
        words = len(question.split())
        needed = words >= self.params.words
        held = Decision("gate", "counted", score=float(words), threshold=float(self.params.words))
        return Result(Verdict(needed, float(words)), held)


class ByWord(Component):
    """A router: the first word of the question."""

    output = "label"

    def run(self, question: str) -> Label:
        return Label(question.split()[0])


class Words(Component):
    """The words of the question."""

    output = "words"

    def run(self, question: str) -> list[str]:
        return question.split()


class Break(Component):
    """Fails where the question says so."""

    def run(self, passages: Passages, question: str) -> Passages:
        if "break" in question:
            raise ValueError("broken")
        return passages


class Write(Component):
    """An LM's answer: one LM call."""

    needs: ClassVar[frozenset[Need]] = frozenset()

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        return Calls(lm=1)

    def run(self, passages: Passages) -> Result[Answer]:
        return Result(Answer("written", (), passages), usage=Usage(lm_calls=1, prompt_tokens=7, completion_tokens=3))


OWN: Mapping[str, type[Component]] = {
    "retrieve.find": Find, "retrieve.seek": Seek, "retrieve.like": Like, "select.head": Head,
    "select.judged": Judged, "compress.short": Short, "fuse.mix": Mix, "rerank.turned": Turned,
    "judge.sieve": Sieve, "expand.joined": Joined, "generate.say": Say, "generate.echo": Echo, "generate.write": Write,
    "gate.words": Gate, "route.word": ByWord, "query.words": Words, "judge.break": Break,
}  # fmt: skip


class _Catalogue(Catalogue):
    """ragkit's own components and those of this file."""

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*super().names(), *OWN}))

    def __contains__(self, use: object) -> bool:
        return use in OWN or super().__contains__(use)

    def get(self, use: str) -> type[Component]:
        return OWN[use] if use in OWN else super().get(use)


for _component in OWN.values():
    check_class(_component)

CATALOGUE = _Catalogue()


def make(steps: str, top: str = "") -> Pipeline:
    """A pipeline of these components; ``steps`` holds the steps and the output."""
    text = f"version: 1\nname: test\n{top}\nsteps:\n{steps}"
    return Pipeline(load_text(text, "test.yaml", base=Path(), catalogue=CATALOGUE))
