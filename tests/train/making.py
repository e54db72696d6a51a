"""Questions and lists from which something can be learned: relevant documents score better, and are one to three."""

from __future__ import annotations

import numpy as np

from ragkit.evaluate.questions import Question
from ragkit.train.examples import Example
from ragkit.types import Passage, Passages


def examples(n: int = 40, seed: int = 0, *, evidence: bool = False, label: bool = False) -> list[Example]:
    """n questions over lists of 12 passages of 8 documents, one to three of them relevant."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(n):
        gold = [f"d{i}" for i in range(int(rng.integers(1, 4)))]
        passages = []
        for i in range(12):
            doc = f"d{i % 8}"
            score = float(rng.normal(1.5 if doc in gold else 0.0, 0.6))
            text = f"passage {i}"
            if i == 8 and evidence:
                text += " the proof stands here."
            passages.append(
                Passage(f"p{i}", doc, f"Title {doc}", text, {"convex": score, "bm25": 2 * score}, tokens=50)
            )
        ranked = Passages(sorted(passages, key=lambda p: -p.scores["convex"]), "convex")
        question = Question(
            f"q{number}", f"What about topic {number}?", gold=dict.fromkeys(gold, 1.0),
            evidence=("the proof stands here.",) if evidence else (),
        )  # fmt: skip
        inputs = {"question": question.question, "passages": ranked}
        if label:
            inputs["label"] = "multi" if len(gold) > 1 else "single"
        found.append(Example(question, inputs))
    return found
