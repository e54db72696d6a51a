"""``retrieve.linked``: the documents that the passages found so far mention by their titles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

from pydantic import AfterValidator, Field

from ragkit.component import BINDABLE, Calls, Component, Need, Parameters
from ragkit.components.opening import open_reader
from ragkit.corpus.filters import well_formed
from ragkit.trace.words import counted, one_line
from ragkit.types import Decision, Passages, Result, Usage

if TYPE_CHECKING:
    from ragkit.corpus.index.titles import Mention
    from ragkit.corpus.reader import Reader

_SHOWN = 10
_QUESTION = "question"


class Links(NamedTuple):
    """What ``retrieve.linked`` gives: a passage of each document that is mentioned, and how many these are."""

    passages: Passages
    documents: int


class Linked(Component):
    """Follows mentions of titles like links: what the best passages name is found, whatever the question says.

    Use it for questions that need a second step ("the birthplace of the author of …"): the second document shares few
    words with the question, and the first one names it. Put it behind a retriever, score both lists against the
    question with ``rerank.hybrid``, and weigh that against ``linked`` with ``fuse.convex``
    (pipelines/several-steps.yaml). It needs documents whose titles are names that others use (articles, manuals,
    products), in a script that has capitals; where titles are sentences nothing is mentioned and nothing found.

    The first ``read`` passages are read, and with ``of_question`` the question too. A title counts as it is written,
    also without brackets at its end, without an article, and by what stands before its colon. Of each document that one
    names the passage nearest to the question is taken; a document does not link to itself. ``linked`` is the score of
    the best passage that names it, as a share of the best score in the list (1 where no score ordered it), so that a
    mention in the first passage counts more; a mention in the question counts 1. Ports: ``passages`` and ``documents``,
    their number; where it is 0 the steps behind need not run (``when: {port: named.documents, at_least: 1}``).

    Cost: one lookup for each word of what is read; where something is named, one encoding of the question. It counts as
    one retrieval where it finds a passage that the list does not hold, otherwise as none: what is named and found
    already is only pointed out. The first run reads all titles of the corpus (about 0.3 s for 10,000 documents). Shape:
    n passages in, at most k out, by ``linked``, equal ones by ``cosine``. Scores: ``linked`` (0 to 1) and ``cosine``.

    Source: passages as a graph of hyperlinks, as PathRetriever (Asai et al., arXiv 1911.10470, Section 3.1) walks it;
    here links are mentions, and nothing is trained.

    Errors: no index has been built; a filter that names metadata which the corpus does not have.

    YAML::

        steps:
          hits: {use: retrieve.hybrid, k: 100}
          named: {use: retrieve.linked, passages: hits, read: 5}
          pool: {use: fuse.union, passages: [hits, named]}
          scored: {use: rerank.hybrid, passages: pool}
          best: {use: fuse.convex, passages: [scored, named], weights: [2, 1], normalise: theoretical}
        output: best

    Python::

        from ragkit.components.retrieve.linked import Linked
        from ragkit.types import Passage, Passages

        step = Linked(Linked.Params(), scope)       # a scope opens the corpus of the step; the engine makes it
        survey = Passage("x", "x", "A survey", "It compares Adaptive-K with Hnsw.", {"cosine": 0.5})
        found = step.run("How many passages?", Passages([survey], "cosine")).value.passages
        assert sorted(p.doc_id for p in found) == ["adaptive-k", "hnsw"]
    """

    class Params(Parameters):
        """Parameters of ``retrieve.linked``."""

        read: Annotated[int, BINDABLE] = Field(5, ge=1, description="how many of the first passages are read")
        of_question: Annotated[bool, BINDABLE] = Field(
            False, description="whether titles that the question mentions are followed too"
        )
        k: Annotated[int, BINDABLE] = Field(50, ge=1, description="how many passages to find at most")
        filter: Annotated[dict[str, Any] | None, AfterValidator(well_formed), BINDABLE] = Field(
            None, description="which passages may be found, by their metadata, as in the other retrievers"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})
    span_kind: ClassVar[str] = "RETRIEVER"
    version: ClassVar[int] = 2  # 2: a retrieval is counted only where it finds a new passage; gives `documents` too

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One search at most, whatever it follows."""
        return Calls(retrievals=1)

    def warm_up(self) -> None:
        """Opens the index, loads the encoder and reads the titles."""
        reader = open_reader(self.scope)
        reader.warm_up()
        reader.mentions([])

    def run(self, question: str, passages: Passages) -> Result[Links]:
        """Follows the mentions."""
        reader = open_reader(self.scope)
        read = passages[: self.params.read]
        asked = question if self.params.of_question else None
        named = _follow(read, asked, reader)
        looked = f"{counted(len(read), 'passage')} of {len(passages)}"
        noun = "other document"
        if asked is not None:
            looked, noun = f"the question and {looked}", "document"
        details: dict[str, Any] = {"read": len(read), "of_question": self.params.of_question, "documents": len(named)}
        if not named:
            decision = Decision("expand", f"{looked} mention no title of another document", details=details)
            return Result(Links(Passages((), "linked"), 0), decision, usage=Usage())
        near = _nearest(list(named), question, reader, self.params.filter)
        rows = [(number, named[document].share, cosine) for document, (number, cosine) in near.items()]
        rows = sorted(rows, key=lambda row: (-row[1], -row[2]))[: self.params.k]
        scores = {"linked": [row[1] for row in rows], "cosine": [row[2] for row in rows]}
        found = Passages.scored(reader.passages([row[0] for row in rows]), scores, "linked")
        held = {name for passage in passages for name in passage.parts or (passage.id,)}
        new = sum(passage.id not in held for passage in found)
        followed = [{"title": one_line(p.title), "named_by": named[p.doc_id].by} for p in found[:_SHOWN]]
        reason = f"{looked} mention {counted(len(named), noun)}; {_kept(len(found), len(near), len(named))}"
        if followed:
            by = "the question" if followed[0]["named_by"] == _QUESTION else repr(followed[0]["named_by"])
            reason += f" ({new} new), first {followed[0]['title']!r}, named by {by}"
        decision = Decision("expand", reason, details={**details, "new": new, "followed": followed})
        return Result(Links(found, len(found)), decision, usage=Usage(retrieval_calls=int(new > 0)))


class _Named(NamedTuple):
    """How much a mention counts, and where it stands: the id of a passage, or ``question``."""

    share: float
    by: str


def _kept(found: int, allowed: int, named: int) -> str:
    if allowed < named:
        return f"the filter lets {allowed} of them through, {found} taken"
    return f"{found} taken"


def _follow(read: Passages, asked: str | None, reader: Reader) -> dict[str, _Named]:
    """Each document that is mentioned, with the mention that counts most."""
    named: dict[str, _Named] = {}
    if asked is not None:
        named = {document: _Named(1.0, _QUESTION) for document in _documents(reader.mentions([asked])[0])}
    for passage, share, mentions in zip(read, _shares(read), reader.mentions([p.text for p in read]), strict=True):
        for document in _documents(mentions):
            if document != passage.doc_id and (document not in named or named[document].share < share):
                named[document] = _Named(share, passage.id)
    return named


def _documents(mentions: Iterable[Mention]) -> list[str]:
    """The documents that a text mentions, each once."""
    return list(dict.fromkeys(document for mention in mentions for document in mention.documents))


def _shares(read: Passages) -> list[float]:
    name = read.ranked_by
    scores = [1.0 if name is None else passage.scores.get(name, 0.0) for passage in read]
    best = max(scores, default=0.0)
    return [min(1.0, max(0.0, score / best)) if best > 0 else 1.0 for score in scores]


def _nearest(
    documents: Sequence[str], question: str, reader: Reader, where: Mapping[str, Any] | None
) -> dict[str, tuple[int, float]]:
    """For each document the number of its passage that is nearest to the question, and its cosine.

    A document of which the filter lets no passage through is left out.
    """
    import numpy as np

    vectors = reader.encode([question])
    allowed = None if not where else reader.dense(vectors, None, where)[0].indices
    found = {}
    for document in documents:
        record = reader.document(document)
        numbers = np.arange(record["first"], record["first"] + record["count"])
        if allowed is not None:
            numbers = np.intersect1d(numbers, allowed)
        if len(numbers):
            cosines = reader.vectors(numbers) @ vectors[0]
            best = int(cosines.argmax())
            found[document] = (int(numbers[best]), float(cosines[best]))
    return found
