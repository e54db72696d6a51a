"""The components on real data: the paper corpus and its questions, with the default encoder.

The bounds are what was measured, less a margin for rounding on other machines. ``benchmarks/extractive.py`` prints the
numbers behind them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ragkit.components.compress.extractive import Extractive as Compress
from ragkit.components.expand.merge import Merge
from ragkit.components.expand.neighbours import Neighbours
from ragkit.components.expand.parent import Parent
from ragkit.components.generate._sentences import OMISSION
from ragkit.components.generate.extractive import Extractive
from ragkit.components.rerank.mmr import Mmr
from ragkit.components.retrieve.bm25 import Bm25
from ragkit.components.retrieve.dense import Dense
from ragkit.components.retrieve.hybrid import Hybrid
from ragkit.components.select.adaptive_k import AdaptiveK
from ragkit.corpus.documents import passage_text
from ragkit.types import Passages
from tests.components.fake_corpus import FakeScope

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
ANSWERED = ("single", "multi", "aggregate")


@pytest.fixture(scope="module")
def scope(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> FakeScope:
    """The paper corpus: the checkout's own index where it is current (``make demo`` builds it), else one made here."""
    from ragkit.corpus import load_corpus

    corpus = load_corpus("papers", repository / "corpora", repository / ".ragkit")
    if corpus.status() != "current":
        corpus = load_corpus("papers", repository / "corpora", tmp_path_factory.mktemp("papers"))
        corpus.build()
    return FakeScope(corpus.reader())


@pytest.fixture(scope="module")
def questions(repository: Path) -> list[dict[str, Any]]:
    file = repository / "corpora" / "papers" / "questions.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def recall(found: list[Passages], questions: list[dict[str, Any]], k: int) -> float:
    """The mean share of a question's gold documents among its first k; a document counts once, at its best passage."""
    shares = []
    for passages, question in zip(found, questions, strict=True):
        documents = list(dict.fromkeys(p.doc_id for p in passages))[:k]
        shares.append(len(set(documents) & set(question["gold_ids"])) / len(question["gold_ids"]))
    return sum(shares) / len(shares)


def batch(step: Any, questions: list[dict[str, Any]]) -> list[Passages]:
    return [result.value for result in step.run_batch([{"question": q["question"]} for q in questions])]


def test_recall(scope, questions):
    gold = [q for q in questions if q["gold_ids"]]
    found = {cls: batch(cls(cls.Params(k=50), scope), gold) for cls in (Dense, Bm25, Hybrid)}
    hybrid = [recall(found[Hybrid], gold, k) for k in (2, 3, 5, 10)]
    assert hybrid == pytest.approx([0.876, 0.917, 0.941, 0.974], abs=0.01)
    for k in (2, 3, 5, 10):
        assert recall(found[Hybrid], gold, k) > max(recall(found[Dense], gold, k), recall(found[Bm25], gold, k))


def test_a_batch_is_as_good_as_single_runs(scope, questions):
    some = questions[:20]
    step = Hybrid(Hybrid.Params(k=10), scope)
    for question, together in zip(some, batch(step, some), strict=True):
        alone = step.run(question["question"]).value
        assert [p.id for p in alone] == [p.id for p in together]
        assert alone.score_list() == pytest.approx(together.score_list(), abs=1e-5)


def test_extractive_answers_are_verbatim_and_as_good_as_the_docstring_says(scope, questions):
    even = [q for q in questions if int(q["id"][1:]) % 2 == 0]
    cut, step = AdaptiveK(AdaptiveK.Params()), Extractive(Extractive.Params(), scope)
    hits: dict[str, list[bool]] = {kind: [] for kind in ("single", "multi", "aggregate", "none", "unanswerable")}
    wrong = 0
    for question, candidates in zip(even, batch(Hybrid(Hybrid.Params(k=50), scope), even), strict=True):
        answer = step.run(question["question"], cut.run(candidates).value).value.answer
        texts = {p.id: p.text for p in answer.passages}
        assert all(texts[c.passage_id][c.start : c.end] == c.quote for c in answer.citations)
        if question["kind"] in ANSWERED:
            wrong += answer.abstained
            hits[question["kind"]].append(any(plain(gold) in plain(answer.text) for gold in question["answers"]))
        else:
            hits[question["kind"]].append(answer.abstained)
    assert sum(hits["single"]) >= 39
    assert sum(hits["multi"]) >= 9
    assert sum(hits["aggregate"]) >= 8
    assert all(hits["none"])
    assert wrong <= 3


def test_compression_halves_the_tokens_and_keeps_documents_and_answers(scope, questions):
    even = [q for q in questions if q["gold_ids"] and int(q["id"][1:]) % 2 == 0]
    found = batch(Hybrid(Hybrid.Params(k=10), scope), even)
    items = [{"question": q["question"], "passages": passages} for q, passages in zip(even, found, strict=True)]
    short = [result.value for result in Compress(Compress.Params(share=0.5), scope).run_batch(items)]
    assert sum(tokens(some) for some in short) <= 0.5 * sum(tokens(some) for some in found)
    assert recall(short, even, 10) == recall(found, even, 10)
    kept, before = (sum(holds_answer(some, q) for some, q in zip(lists, even, strict=True)) for lists in (short, found))
    assert kept >= before - 1
    reader = scope.corpus()
    for passage in (p for some in short for p in some):
        document = reader.document(passage.doc_id)["text"]
        assert all(piece in document for piece in passage.text.split(OMISSION))
        if passage.start is not None:
            assert document[passage.start : passage.end] == passage.text
        else:
            assert OMISSION.join(document[a:b] for a, b in passage.metadata["kept_spans"]) == passage.text


@pytest.mark.parametrize("step", [Parent.Params(), Merge.Params(ratio=0.5), Neighbours.Params(before=1, after=1)])
def test_bigger_units_are_the_documents_own_text(scope, questions, step):
    made = {Parent.Params: Parent, Merge.Params: Merge, Neighbours.Params: Neighbours}[type(step)](step, scope)
    some = [q for q in questions if q["gold_ids"]][:30]
    reader = scope.corpus()
    grown = 0
    for found in batch(Hybrid(Hybrid.Params(k=10), scope), some):
        units = made.run(found).value
        assert {p.id for p in found} <= {part for unit in units for part in (*unit.parts, unit.id)}
        for unit in units:
            document = reader.document(unit.doc_id)
            assert unit.text == document["text"][unit.start : unit.end]
            assert unit.tokens == reader.count_tokens([passage_text(unit.title, unit.text)])[0]
            grown += len(unit.parts) > 1
    assert grown > 20


def test_diversity_costs_no_recall(scope, questions):
    gold = [q for q in questions if q["gold_ids"]]
    found = batch(Hybrid(Hybrid.Params(k=50), scope), gold)
    items = [{"question": q["question"], "passages": passages} for q, passages in zip(gold, found, strict=True)]
    varied = [result.value for result in Mmr(Mmr.Params(k=10), scope).run_batch(items)]
    assert recall(varied, gold, 10) >= recall([some[:10] for some in found], gold, 10) - 0.005


def tokens(passages: Passages) -> int:
    return sum(p.tokens or 0 for p in passages)


def holds_answer(passages: Passages, question: dict[str, Any]) -> bool:
    text = plain(" ".join(f"{p.title} {p.text}" for p in passages))
    return any(plain(answer) in text for answer in question["answers"])


def plain(text: str) -> str:
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(words)} "
