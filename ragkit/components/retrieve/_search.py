"""What every retriever does around its search: which text is asked, an empty one, and passages with their scores."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from ragkit.component import BINDABLE, Calls, Component, Need, Parameters
from ragkit.components.opening import open_reader
from ragkit.corpus.filters import well_formed
from ragkit.types import Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


Count = Annotated[int, Field(ge=1)] | Literal["all"]


class Search(Parameters):
    """The parameters that every retriever has."""

    k: Annotated[Count, BINDABLE] = Field(10, description="how many passages to find, or 'all'")
    filter: Annotated[dict[str, Any] | None, AfterValidator(well_formed), BINDABLE] = Field(
        None, description="which passages may be found, by their metadata: {year: {at_least: 2023}}"
    )


def limit(k: int | Literal["all"]) -> int | None:
    """``k`` as a reader takes it: None for all."""
    return None if k == "all" else k


class Retriever(Component):
    """What every retriever shares: many texts in one search, blank ones left out. A subclass says how it searches."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    span_kind: ClassVar[str] = "RETRIEVER"

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One search, whatever it looks into."""
        return Calls(retrievals=1)

    def warm_up(self) -> None:
        """Opens the index, and loads the encoder where it is needed."""
        reader = open_reader(self.scope)
        if Need.ENCODER in self.needs:
            reader.warm_up()

    def run(self, question: str, query: str | None = None) -> Result[Passages]:
        """Searches for one text: ``query`` where there is one, else the question."""
        return self.run_batch([{"question": question, "query": query}])[0]

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Passages]]:
        """Searches for many, which are encoded and searched together.

        An item whose text is blank finds nothing, costs nothing and is warned about.
        """
        texts = [_asked(item) for item in items]
        asked = [text for text in texts if text]
        found = iter(self.search(open_reader(self.scope), asked) if asked else ())
        told = "the query is empty: nothing was searched for"
        blank = Result(Passages((), self.ranked_by), warnings=(told,), usage=Usage())
        return [next(found) if text else blank for text in texts]

    @property
    @abstractmethod
    def ranked_by(self) -> str:
        """The score that orders what is found."""

    @abstractmethod
    def search(self, reader: Reader, texts: list[str]) -> list[Result[Passages]]:
        """What is found for each text, none of which is blank."""


def _asked(item: Mapping[str, Any]) -> str:
    query = item.get("query")
    return str(item["question"] if query is None else query).strip()


def shortfall(found: int, params: Search, reader: Reader) -> tuple[str, ...]:
    """A warning where a filter left fewer passages than were asked for."""
    wanted = reader.count if params.k == "all" else min(params.k, reader.count)
    if params.filter and found < wanted and params.k != "all":
        return (f"the filter left {found} passages, fewer than k = {params.k}",)
    if params.filter and found == 0:
        return ("the filter left no passages",)
    return ()


def overlong(reader: Reader, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """For each query a warning where the encoder does not read all of it; counting is spared for short ones."""
    described = reader.manifest.encoder
    most, prompt = described["max_tokens"], described["prompts"]["query"]
    notes: list[tuple[str, ...]] = [()] * len(texts)
    # A token is at least one character, and a few tokens mark start and end.
    long = [i for i, text in enumerate(texts) if most is not None and len(prompt) + len(text) > most - _MARKS]
    for i, tokens in zip(long, reader.count_tokens([prompt + texts[i] for i in long]) if long else (), strict=True):
        if tokens > most - _MARKS:
            notes[i] = (f"the query has {tokens} tokens and the encoder reads {most}: its end was not searched for",)
    return notes


_MARKS = 2
