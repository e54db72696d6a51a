"""A scripted LM whose uncertainty is known: a belief about each question, and what it says by it.

For each question it holds four answers for possible, each in three wordings. It writes token by token from the tree of
these, so that the log-probabilities it gives and the samples it draws are exactly those of its belief; the right answer
is drawn from the belief too, so that it is calibrated.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragkit.lm.calls import current_call
from ragkit.testing import Asked, Said

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il", "on", "us")]
WORDINGS = (("",), ("the", " "), ("it", " is", " "))
"""How an answer may begin: none is the beginning of another, so that the tree tells where each ends."""
FOUND = 0.8
"""How often the right answer is found in the documents; else they mislead to another."""
KNOWN, UNKNOWN = (0.8, 1.0), (0.25, 0.7)
"""The belief in the likeliest answer, of the half of the questions that the LM knows and of the others."""
NOISE_IN_WORDS, NOISE_IN_VERDICT = 0.15, 0.7
SURE = 1e-4


@dataclass(frozen=True)
class Belief:
    """What the LM holds of one question: the tokens of each answer it may give, its probability and its meaning."""

    names: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    probabilities: tuple[float, ...]
    meanings: tuple[int, ...]
    truth: int
    found: bool
    noise: tuple[float, float]

    def of_meaning(self, meaning: int) -> float:
        """The belief in one meaning, whatever its words."""
        return sum(p for p, m in zip(self.probabilities, self.meanings, strict=True) if m == meaning)

    def following(self, written: tuple[str, ...]) -> dict[str, float]:
        """The distribution of the token after what was written."""
        shares: dict[str, float] = {}
        for answer, p in zip(self.answers, self.probabilities, strict=True):
            if answer[: len(written)] == written and len(answer) > len(written):
                shares[answer[len(written)]] = shares.get(answer[len(written)], 0.0) + p
        whole = sum(shares.values())
        return {token: share / whole for token, share in sorted(shares.items(), key=lambda pair: -pair[1])}

    def greedy(self) -> int:
        """The answer that is written when the likeliest token is taken each time."""
        written: tuple[str, ...] = ()
        while written not in self.answers:
            written += (next(iter(self.following(written))),)
        return self.answers.index(written)


def believe(number: int, seed: int) -> Belief:
    """The LM's belief about a question."""
    draw = random.Random(f"{seed}/{number}")
    names = tuple(draw.sample(SYLLABLES, 4))
    tails = [draw.choice(SYLLABLES) for _ in names]
    best = min(draw.uniform(*(KNOWN if number % 2 else UNKNOWN)), 1.0 - SURE)
    rest = [draw.uniform(0.1, 1.0) for _ in names[1:]]
    meanings = [best, *((1.0 - best) * share / sum(rest) for share in rest)]
    answers, probabilities, of = [], [], []
    for meaning, (name, tail, p) in enumerate(zip(names, tails, meanings, strict=True)):
        habits = [draw.uniform(0.05, 1.0) for _ in WORDINGS]
        for words, habit in zip(WORDINGS, habits, strict=True):
            lead = words[-1] + name.capitalize()
            answers.append((*words[:-1], lead, tail))
            probabilities.append(p * habit / sum(habits))
            of.append(meaning)
    truth = draw.choices(range(len(names)), meanings)[0]
    full = tuple(name.capitalize() + tail for name, tail in zip(names, tails, strict=True))
    noise = (draw.gauss(0, NOISE_IN_VERDICT), draw.gauss(0, NOISE_IN_WORDS))
    return Belief(full, tuple(answers), tuple(probabilities), tuple(of), truth, draw.random() < FOUND, noise)


class Mind:
    """The scripted LM: what it says to each request of the pipeline below.

    Args:
        beliefs: One for each question, by its number.
        seed: What samples are drawn from.
    """

    def __init__(self, beliefs: Sequence[Belief], seed: int) -> None:
        self._beliefs = beliefs
        self._seed = seed

    def __call__(self, asked: Asked) -> Said:
        number = int((asked.field("question") or "").split()[-1])
        belief = self._beliefs[number]
        if "verdict" in asked.wanted:
            return self._verdict(belief)
        if "confidence" in asked.wanted:
            held = belief.of_meaning(belief.meanings[belief.greedy()])
            said = min(1.0, max(0.0, held + belief.noise[1]))
            return Said({"confidence": f"{round(10 * said) * 10}%"})
        if asked.field("notes") is not None:
            misled = (belief.truth + 1) % len(belief.names)
            return Said({"answer": belief.names[belief.truth if belief.found else misled]})
        rollout = current_call().rollout
        if rollout is None:
            return self._written(belief, belief.greedy())
        draw = random.Random(f"{self._seed}/{number}/{rollout}")
        return self._written(belief, draw.choices(range(len(belief.answers)), belief.probabilities)[0])

    def _written(self, belief: Belief, place: int) -> Said:
        tokens: list[tuple[str, float, Mapping[str, float]]] = [("[[ ## answer ## ]]\n", 0.0, {})]
        answer = belief.answers[place]
        for at, token in enumerate(answer):
            following = {other: math.log(p) for other, p in belief.following(answer[:at]).items()}
            tokens.append((token, following[token], {"~": math.log(SURE), **following}))
        return Said({"answer": "".join(answer)}, [*tokens, ("\n\n[[ ## completed ## ]]", 0.0, {})])

    def _verdict(self, belief: Belief) -> Said:
        held = belief.of_meaning(belief.meanings[belief.greedy()])
        true = 1 / (1 + math.exp(-(math.log(held / (1 - held)) + belief.noise[0])))
        word = "True" if true >= 0.5 else "False"
        top = {"True": math.log(true), "False": math.log(1 - true)}
        tokens = [("[[ ## verdict ## ]]\n", 0.0), (word, top[word], top), ("\n\n[[ ## completed ## ]]", 0.0)]
        return Said({"verdict": word}, tokens)
