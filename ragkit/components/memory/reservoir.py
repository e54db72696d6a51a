"""``memory.reservoir``: remembers passages for the questions that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.memory._store import store_of
from ragkit.components.opening import open_reader
from ragkit.trace.words import counted
from ragkit.types import Passages, Result


class Remembered(NamedTuple):
    """What ``memory.reservoir`` gives: the passages as they came, and how many documents are remembered now."""

    passages: Passages
    size: int


class Reservoir(Component):
    """Remembers the passages that it is given, by the titles of their documents, for ``memory.trigger`` to look among.

    Use it behind retrieval, and behind a filter where there is one, so that what was worth reading once need not be
    searched for again. Passages go on unchanged.

    The memory is one of the process: it begins empty, several pipelines and threads share it under the same ``name``
    over the same corpus, it ends with the process, and nothing is written to disk. It begins anew when the index is
    built anew or its encoder changes. It holds at most ``most`` documents; then those that were used longest ago are
    forgotten. A title that is blank is stood for by the beginning of the passage.

    So answers hang on what was asked before: use it where the same matters come up again (a chat, a service), and know
    that an evaluation of it depends on the order of the questions. Questions of one batch run side by side and cannot
    remember each other.

    Cost: one encoding for each new title. Ports: ``passages``, ``size`` (documents remembered).

    Source: the Memory Knowledge Reservoir of ERM4 (arXiv 2407.10670), Section 3, which keeps title and content and
    forgets nothing.

    Errors: no index has been built, whose encoder it uses.

    YAML::

        steps:
          remembered: {use: memory.trigger, like: 0.6, titles: 3}
          found: {use: retrieve.hybrid, k: 5, when: remembered.retrieve}
          kept: {use: memory.reservoir, passages: found}
          evidence: {use: flow.first, of: [kept, remembered.passages]}
        output: evidence

    Python::

        from ragkit.components.memory.reservoir import Reservoir
        from ragkit.types import Passages

        found = Passages([scope.corpus().passage("bm25#0")])       # the engine makes the scope of a step
        step = Reservoir(Reservoir.Params(name="an example"), scope)
        assert step.run(found).value.size == step.run(found).value.size == 1
    """

    class Params(Parameters):
        """Parameters of ``memory.reservoir``."""

        name: str = Field("default", min_length=1, description="which memory; steps with one name share it")
        most: Annotated[int, BINDABLE] = Field(10_000, ge=1, description="how many documents are remembered at most")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    passthrough = "passages"
    deterministic: ClassVar[bool] = False

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, passages: Passages) -> Result[Remembered]:
        """Remembers the list."""
        reader = open_reader(self.scope)
        store = store_of(self.params.name, reader)
        first = {passage.doc_id: passage for passage in reversed(passages)}
        missing = store.missing(list(first))
        titles = [first[name].title.strip() or first[name].text[:_BEGINNING] for name in missing]
        vectors = dict(zip(missing, reader.encode(titles), strict=True)) if missing else {}
        plain = [replace(passage, scores={}) for passage in passages]
        kept = store.keep(plain, vectors, self.params.most)
        warnings: tuple[str, ...] = ()
        if kept.forgotten:
            some = counted(kept.forgotten, "document")
            warnings = (f"the memory {self.params.name!r} is full ('most'): forgot {some}, used longest ago",)
        return Result(Remembered(passages, kept.size), warnings=warnings)


_BEGINNING = 200
"""How much of a passage stands for a title that is blank, in characters."""
