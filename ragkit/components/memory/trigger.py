"""``memory.trigger``: does the process remember enough about this, or must it be searched for?"""

from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.memory._store import store_of
from ragkit.components.opening import open_reader
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class Triggered(NamedTuple):
    """What ``memory.trigger`` gives: whether to retrieve, what is remembered, and how many documents are alike."""

    retrieve: bool
    passages: Passages
    popularity: int


class Trigger(Component):
    """Counts the remembered documents whose titles are like the question, and asks for retrieval where they are few.

    Use it before retrieval, with ``memory.reservoir`` behind it: a matter that was read about often enough is answered
    from what was read. The popularity of a question is the number of remembered titles that have a cosine of at least
    ``like`` with it; ``retrieve`` is true where that is below ``titles``. ``passages`` holds what is remembered of
    these documents, the most alike first, at most ``k``; their score is ``title_cosine``.

    The cosine is one of the corpus's encoder: with all-MiniLM-L6-v2 a question and the title of a paper that answers it
    often have less than the 0.6 of the paper, so give ``like`` a search mark. A memory that is empty asks for
    retrieval.

    Cost: one encoding of the question, which the retriever that follows does not pay again, and a cosine for each
    remembered title. Looking into the memory is no retrieval call. Ports: ``retrieve`` (bool), ``passages``,
    ``popularity``.

    Source: the Retrieval Trigger of ERM4 (arXiv 2407.10670), Section 3: threshold 0.6, three titles, five passages.

    Errors: no index has been built, whose encoder it uses.

    YAML::

        steps:
          remembered: {use: memory.trigger, like: {range: [0.3, 0.8], default: 0.6}, titles: 3}
          found: {use: retrieve.hybrid, k: 5, when: remembered.retrieve}
          kept: {use: memory.reservoir, passages: found}
          evidence: {use: flow.first, of: [kept, remembered.passages]}
        output: evidence

    Python::

        from ragkit.components.memory.reservoir import Reservoir
        from ragkit.components.memory.trigger import Trigger
        from ragkit.types import Passages

        step = Trigger(Trigger.Params(name="another", titles=1, like=0.5), scope)    # the engine makes the scope
        assert step.run("What is BM25?").value.retrieve
        read = Passages([scope.corpus().passage("bm25#0")])
        Reservoir(Reservoir.Params(name="another"), scope).run(read)
        assert not step.run("BM25").value.retrieve and step.run("BM25").value.passages[0].id == "bm25#0"
    """

    class Params(Parameters):
        """Parameters of ``memory.trigger``."""

        name: str = Field("default", min_length=1, description="which memory; that of a 'memory.reservoir'")
        like: Annotated[float, BINDABLE] = Field(
            0.6, ge=-1, le=1, description="the cosine with the question from which a title counts"
        )
        titles: Annotated[int, BINDABLE] = Field(3, ge=1, description="with so many of them nothing is retrieved")
        k: Annotated[int, BINDABLE] = Field(5, ge=1, description="how many remembered passages to hand on at most")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    deterministic: ClassVar[bool] = False

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, question: str) -> Result[Triggered]:
        """Looks into the memory."""
        p, reader = self.params, open_reader(self.scope)
        store = store_of(p.name, reader)
        alike = store.like(reader.encode([question])[0], p.like)
        remembered = [passage.scored("title_cosine", cosine) for cosine, passages in alike for passage in passages]
        retrieve = len(alike) < p.titles
        has = "has" if len(alike) == 1 else "have"
        decision = Decision(
            "gate",
            f"{counted(len(alike), 'title')} of {len(store)} remembered {has} a cosine of at least {p.like:g}, "
            f"{p.titles} are needed: {'retrieve' if retrieve else 'answered from memory'}",
            score=float(len(alike)),
            threshold=float(p.titles),
            details={"remembered": len(store), "cosines": [round(cosine, 4) for cosine, _ in alike[:_SHOWN]]},
        )
        return Result(Triggered(retrieve, Passages(remembered[: p.k], "title_cosine"), len(alike)), decision)


_SHOWN = 20
