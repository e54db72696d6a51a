"""How the study of hybrid retrieval chooses."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest


def test_the_default_is_the_one_of_the_product() -> None:
    from retrieval import default, described

    from ragkit.components.retrieve.hybrid import Hybrid
    from ragkit.corpus.index.config import Bm25Config

    own, params = Bm25Config(), Hybrid.Params()
    found = described(default())
    assert (found["k1"], found["b"], found["title"]) == (own.k1, own.b, own.title_weight)
    assert (found["dense_weight"], found["normalise"], found["stemmer"]) == (
        params.dense_weight, params.normalise, own.stemmer,
    )  # fmt: skip


def test_every_round_holds_what_it_begins_with_and_no_variant_twice() -> None:
    from retrieval import before, rounds

    for _, variants in rounds():
        made = [variant for _, variant in variants(before())]
        assert len(set(made)) == len(made)
        assert before() in made


class Fixed:
    """Stands for matrices: a variant's scores are its BM25's k1, question by question."""

    def __init__(self, better_for: int) -> None:
        self.set = SimpleNamespace(name="set", in_half=lambda half: list(range(20)) if half == "tuned" else [20, 21])
        self.dense = None
        self._better = better_for

    def bm25(self, words) -> object:
        return words

    def measure(self, found) -> dict[str, list[float]]:
        from scores import METRICS

        up = 0.1 if getattr(found, "k1", 0) == 0.6 else 0.0
        values = [0.5 + up if place < self._better else 0.5 - up for place in range(22)]
        return dict.fromkeys(METRICS, values)


@pytest.mark.parametrize(("better_for", "taken"), [(22, True), (11, False)])
def test_only_what_is_clearly_better_is_taken_over(better_for: int, taken: bool, monkeypatch) -> None:
    import retrieval

    monkeypatch.setattr(retrieval, "fuse", lambda dense, bm25, by: bm25)
    begun = retrieval.before()

    def one_round(best):
        yield "as it is", best
        yield "k1 0.6", replace(best, words=replace(best.words, k1=0.6))

    monkeypatch.setattr(retrieval, "rounds", lambda: [("BM25", one_round)])
    trial = retrieval.Trial([Fixed(better_for)])
    chosen, tried = retrieval.sweep(trial)
    assert tried[0]["taken"] is taken
    assert (chosen != begun) is taken
    gain = trial.gain(chosen, begun, "held_out")
    assert gain["set"]["ndcg@10"]["n"] == gain["all questions"]["ndcg@10"]["n"] == 2
