"""``query.bridge``: the names that lead from what was found to what is still missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.opening import open_reader
from ragkit.components.proper_names import proper_names, words_of
from ragkit.components.query._weighing import shares_of
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


class Bridges(NamedTuple):
    """What ``query.bridge`` gives: a query for each bridging name, and all of them behind the question."""

    queries: list[str]
    text: str


class Bridge(Component):
    """Finds the names in the best passages that the question does not name, as queries for a second step.

    Use it where the question describes what it does not name ("the hotel where X recorded his album"): the passage on X
    names it. Each name is a query of its own (``queries``, for ``flow.map``); ``text`` is the question followed by
    them, for one wider search. Where documents are called what they are about, ``retrieve.linked`` does better: it
    follows names that are titles and needs no search.

    Names are found by how they are written (capitals, digits, quotation marks); that suits languages that write nothing
    else so. A name is left out when the question has all its words, when it is the title of its own passage, or when no
    passage of the corpus has all its words. The others are weighed by the score of the passage, as a share of the best,
    times rarity: ``log(1 + N / n)``, where n of the N passages have all the words of the name.

    Cost: no model; one look at the keyword index for each name. Shape: n passages in; at most ``most`` queries out,
    perhaps none, the best first.

    Source: the bridge entities of HotpotQA (Yang et al., arXiv 1809.09600, Section 2) and the queries that GoldEn
    Retriever (Qi et al., arXiv 1910.07000, Section 4) learns to cut from what it read; here they are found by rule.

    Errors: no index has been built.

    YAML::

        steps:
          first: {use: retrieve.hybrid, k: 10}
          bridge: {use: query.bridge, passages: first, most: 5}
          each: {use: flow.map, over: bridge.queries, max_items: 5, output: hits,
                 steps: {hits: {use: retrieve.bm25, query: item, k: 2}}}
          pool: {use: fuse.union, passages: [first, each]}
        output: pool

    Python::

        from ragkit.components.query.bridge import Bridge
        from ragkit.types import Passage, Passages

        step = Bridge(Bridge.Params(), scope)       # a scope opens the corpus of the step; the engine makes it
        found = Passages([Passage("x", "x", "Notes", "The list is cut as in Modular RAG, by Nobody.")])
        assert step.run("How is the list cut?", found).value.queries == ["Modular RAG"]
    """

    class Params(Parameters):
        """Parameters of ``query.bridge``."""

        read: Annotated[int, BINDABLE] = Field(5, ge=1, description="how many of the first passages are read")
        most: Annotated[int, BINDABLE] = Field(10, ge=1, description="the most names")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX})

    params: Params

    def warm_up(self) -> None:
        """Opens the index."""
        open_reader(self.scope)

    def run(self, question: str, passages: Passages) -> Result[Bridges]:
        """Finds the names."""
        read = passages[: self.params.read]
        weighed = _weighed(question, read, open_reader(self.scope))
        best = sorted(weighed, key=lambda name: -weighed[name][0])[: self.params.most]
        looked = f"the first {counted(len(read), 'passage')}"
        if best:
            shown = ", ".join(f"{name!r}" for name in best[:3])
            reason = f"added {len(best)} of {counted(len(weighed), 'name')} that {looked} bring: {shown}"
        else:
            reason = f"{looked} bring no name that the question does not have"
        added = [{"name": name, "weight": round(weighed[name][0], 4), "passage": weighed[name][1]} for name in best]
        decision = Decision("query", reason, details={"read": len(read), "names": len(weighed), "added": added})
        return Result(Bridges(best, " ".join([question, *best])), decision)


def _weighed(question: str, read: Passages, reader: Reader) -> dict[str, tuple[float, str]]:
    """Each new name with its weight and the passage that brings it; of two spellings the first."""
    asked = set(words_of(question))
    found: dict[str, tuple[float, str]] = {}
    known: set[tuple[str, ...]] = set()
    for passage, share in zip(read, shares_of(read), strict=True):
        names = [name for name in proper_names(passage.text) if words_of(name) != words_of(passage.title)]
        for name, count in zip(names, reader.passage_counts(names), strict=True):
            words = words_of(name)
            if count and words and words not in known and not asked.issuperset(words):
                known.add(words)
                found[name] = (share * math.log(1 + reader.count / count), passage.id)
    return found
