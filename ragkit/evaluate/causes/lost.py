"""Gold documents and passages that did not reach the answer: where each was lost."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from ragkit.evaluate.causes.case import Case, of, reads, stood
from ragkit.evaluate.causes.cause import ORDER, Cause, CauseName
from ragkit.evaluate.causes.lineage import Holds, Loss
from ragkit.evaluate.decisions import LABELS, decided
from ragkit.evaluate.steps import nodes
from ragkit.trace.model import Span
from ragkit.trace.words import counted
from ragkit.types import Passages

_ROLES: dict[str, CauseName] = {
    "fuse": "lost_in_fusion",
    "rerank": "lost_in_rerank",
    "generate": "truncated",
    "compress": "truncated",
}
_DECISIONS: dict[str, CauseName] = {"fuse": "lost_in_fusion", "answer": "truncated", "select": "cut_by_selector"}
_CONDITION = "its condition"
"""How the reason of a step begins that was skipped because of its own ``when``."""
_KINDS = {*LABELS.values(), *LABELS}


def find_lost(case: Case, known_documents: Container[str] | None) -> Cause | None:
    """The first cause by which a gold document, or the passage that holds the answer, did not reach the answer.

    None where everything that is needed did, or where the trace shows nothing that was lost.
    """
    there = case.has_words and any(map(case.holds_words, case.reached))
    missing = [id for id in case.gold if id not in case.reached_documents]
    if missing and not (case.question.kind == "single" and there and case.outcome.expects_answer):
        causes = [cause for id in missing if (cause := _document(case, id, known_documents)) is not None]
        if not causes:
            return None
        first = min(causes, key=lambda cause: ORDER[cause.cause])
        return _among(first, case, len(case.gold) - len(missing))
    if there or not case.has_words or case.outcome.answer is None:
        return None
    return _passage(case)


def _document(case: Case, id: str, known_documents: Container[str] | None) -> Cause | None:
    """Why one gold document did not reach the end; None where there is no end and it came as far as the run did."""
    name = f"gold document {id!r}"
    if known_documents is not None and id not in known_documents:
        return Cause("not_in_corpus", f"{name} is not in the corpus")
    holds = case.of_document(id)
    if case.no_end:
        standing = next(case.lineage.standing(holds), None)
        return _never(case, name, holds, case.lineage.sources()) if standing is None else None
    found = case.lineage.search(case.output, holds)
    if found.losses:
        return _first(name, found.losses)
    return _never(case, name, holds, found.sources)


def _passage(case: Case) -> Cause | None:
    """The document is there, but not with the passage that holds the answer; that one stood in an earlier list."""
    found = case.lineage.search(case.output, case.holds_words)
    if found.losses:
        return _first(None, found.losses)
    if case.gold:
        return None
    return _never(case, "a passage that holds the answer", case.holds_words, found.sources)


def _among(cause: Cause, case: Case, reached: int) -> Cause:
    """The cause, with how many of several gold documents there are in the end."""
    if len(case.gold) == 1:
        return cause
    end = "reached the answer" if case.outcome.expects_answer else "are in the output"
    detail = f"{cause.detail}; {reached} of {len(case.gold)} gold documents {end}"
    return Cause(cause.cause, detail, cause.step, cause.rank, cause.score)


def _first(name: str | None, losses: Sequence[Loss]) -> Cause:
    """Of several steps that lost it on different ways to the answer, the one with the first cause in the order.

    What was lost is ``name``, or else a passage that holds the answer.
    """
    return min((_told(name, loss) for loss in losses), key=lambda cause: ORDER[cause.cause])


def _told(name: str | None, loss: Loss) -> Cause:
    span = loss.span
    lost = loss.passages[loss.rank - 1]
    what = name if name is not None else f"passage {lost.id!r}, which holds the answer,"
    rank, score, place = stood(loss)
    cause = _cause(loss, rank)
    given = [passage for value in _given(span) for passage in value]
    did = f"kept {len(given)}"
    limit = span.params.get("max_tokens")
    if cause == "truncated" and limit is not None:
        did += f", as many as fit into {limit} tokens"
    elif _own_order(loss):
        did += f" by its own score {reads(span)!r}"
    if lost.id in {passage.id for passage in given}:
        did = "shortened it"
    return Cause(cause, f"{what} stood at {place}; {of(span)} {did}", span.step, rank, score)


def _own_order(loss: Loss) -> bool:
    """The selector orders by a score that it gives itself: where a dropped passage stood in that order is not known."""
    name = reads(loss.span)
    return name is not None and any(name not in passage.scores for passage in loss.passages)


def _given(span: Span) -> Iterator[Passages]:
    for value in span.outputs.values():
        passages = getattr(value, "passages", value)
        if isinstance(passages, Passages):
            yield passages


def _cause(loss: Loss, rank: int) -> CauseName:
    """What it means that a step did not hand on a passage of this rank."""
    span = loss.span
    role = span.use.partition(".")[0]
    if role in _ROLES:
        return _ROLES[role]
    decision = span.decision
    if decision is not None and decision.kind == "select":
        by_tokens = decision.details.get("before_tokens")
        last = len(loss.passages) if _own_order(loss) else rank
        if span.use == "select.token_budget" or (isinstance(by_tokens, int) and last <= by_tokens):
            return "truncated"
    if decision is not None and decision.kind in _DECISIONS:
        return _DECISIONS[decision.kind]
    several = sum(isinstance(value, Passages) for each in span.inputs.values() for value in _each(each)) > 1
    return "lost_in_fusion" if several else "cut_by_selector"


def _each(value: object) -> Iterator[object]:
    if isinstance(value, Passages):
        yield value
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from value


def _never(case: Case, name: str, holds: Holds, sources: Sequence[Span]) -> Cause:
    """No list on the way to the answer had it: it was not looked for, or it was not found."""
    routed = _routed(case, name, sources)
    if routed is not None:
        return routed
    if not sources and case.stopped is not None:
        return Cause("truncated", f"{name} was not looked for: the run was stopped ({case.stopped})")
    if not sources:
        return Cause("retrieval_miss", f"{name} was not looked for: nothing was retrieved on the way to the answer")
    asked: dict[str, list[Span]] = {}
    for span in sources:
        asked.setdefault(span.step, []).append(span)
    lists = " nor ".join(_searched(spans) for spans in asked.values())
    detail = f"{name} is not among {lists}"
    aside = next(case.lineage.standing(holds), None)
    if aside is not None:
        detail += f"; it stood at rank {aside.rank} of {aside.span.step!r}, which the answer does not read"
    return Cause("retrieval_miss", detail, sources[0].step if len(asked) == 1 else None)


def _searched(spans: Sequence[Span]) -> str:
    count = sum(len(each) for span in spans for each in _given(span))
    times = f", asked {len(spans)} times" if len(spans) > 1 else ""
    return f"the {counted(count, 'passage')} of {of(spans[0])}{times}"


def _routed(case: Case, name: str, sources: Sequence[Span]) -> Cause | None:
    """A gate, a route or a condition kept the question from what could have found its documents.

    A route is proved wrong where the branch that it took is named for another kind of question than the data says
    (``LABELS``), and the branch for the right kind is there, or the one it took is ``none``.
    """
    if not sources:
        for step, gate in decided(case.trace)["gates"].items():
            if not gate["needed"]:
                held = f" (score {gate['score']:.3g})" if gate["score"] is not None else ""
                detail = f"{name} was not looked for: gate {step!r} said that no retrieval is needed{held}"
                return Cause("routed_wrongly", detail, step, score=gate["score"])
    kind = case.question.kind
    wanted = {kind, LABELS.get(kind or "")} - {None}
    for span in case.routes():
        taken = str(span.outputs["label"])
        if not wanted or taken not in _KINDS - wanted:
            continue
        if taken == "none" or wanted & _branches(case, span.step):
            detail = f"{span.step!r} took the branch {taken!r} for a question of kind {kind!r}"
            return Cause("routed_wrongly", f"{detail}, and {name} was not found there", span.step)
    for span in case.trace.spans if not sources else ():
        if span.status == "skipped" and span.kind == "RETRIEVER" and (span.reason or "").startswith(_CONDITION):
            detail = f"{name} was not looked for: {of(span)} was skipped, {span.reason}"
            return Cause("routed_wrongly", detail, span.step)
    return None


def _branches(case: Case, step: str) -> set[str]:
    for node in nodes(case.trace.graph):
        if node["path"] == step:
            return set(node["flow"]["branches"]) - set(node["flow"]["dropped"])
    return set()
