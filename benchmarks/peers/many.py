"""500 questions at once: ragkit's batch, its encoder alone, and a Haystack pipeline in a loop, over the same passages.

    make -C benchmarks/peers many

The questions are those of hotpotqa over its 10,250 passages (``benchmarks/sets.py``; its index is built when it is
missing). ragkit runs hybrid retrieval of 50 passages and Adaptive-k on all of them in one call, with its traces stored;
the encoder encodes them in one call; Haystack runs its text embedder and Chroma retriever for 50 passages, once for
each question, as its pipelines do. Haystack's store is filled with ragkit's vectors: the same model made them. ragkit
and the encoder take turns, and who begins changes; each first has a turn that does not count. What counts is the
batch's time divided by the encoder's in the same turn, in the median: a machine that is faster at one time than at
another is so for both. Haystack, which takes many times as long, comes after them, once to warm up and once to count.
A question has another number in every turn, because ragkit remembers the vectors of questions. Exit code 1: the batch
takes more than 1.3 times the encoder's time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).absolute().parents[1]))

from compare import Bench, read
from report import seconds
from sets import WORK, BenchmarkSet, add_arguments, conditions, load_set

from ragkit.engine import Pipeline
from ragkit.project import Project

HERE = Path(__file__).parent
LIMIT = 1.3
K = 50
PIPELINE = f"""\
version: 1
name: many
corpus: hotpotqa
steps:
  candidates: {{use: retrieve.hybrid, k: {K}}}
  evidence: {{use: select.adaptive_k, passages: candidates}}
output: evidence
"""


def prepare(state: Path, of: BenchmarkSet) -> None:
    """Writes what Haystack gets: the model, the passages, their vectors."""
    reader = of.reader
    state.mkdir(parents=True, exist_ok=True)
    with (state / "passages.jsonl").open("w", encoding="utf-8") as file:
        for p in reader.passages(range(reader.count)):
            file.write(json.dumps({"id": p.id, "title": p.title, "text": p.text}) + "\n")
    np.save(state / "vectors.npy", reader.vectors(range(reader.count)))
    contest = {"model": str(of.corpus.encoder.files.folder), "k": K}
    (state / "contest.json").write_text(json.dumps(contest), encoding="utf-8")
    (state / "many.yaml").write_text(PIPELINE, encoding="utf-8")


def take_turns(
    contestants: dict[str, Callable[[list[str]], float]], questions: list[str], rounds: int
) -> dict[str, list[float]]:
    """The seconds that each contestant took for all questions, turn by turn; who begins a turn changes."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        order = list(contestants)[:: -1 if turn % 2 else 1]
        for number, name in enumerate(order):
            asked = turn * len(order) + number + 100
            took = contestants[name]([f"{question} ({asked})" for question in questions])
            print(f"turn {turn}: {name} {took:.2f} s", file=sys.stderr)
            if turn:
                found[name].append(took)
    return found


def timed(call: Callable[[list[str]], Any]) -> Callable[[list[str]], float]:
    """The seconds of one call for all questions."""

    def run(questions: list[str]) -> float:
        begin = perf_counter()
        call(questions)
        return perf_counter() - begin

    return run


def main() -> None:
    """Prepares the contest, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, several=False)
    parser.add_argument("--peers", type=Path, required=True, help="the Python of the peers' environment")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--state", type=Path, default=HERE / ".work" / "many")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    state = options.state.absolute()
    of = load_set("hotpotqa", options.sets)
    prepare(state, of)
    bench = Bench(options.peers, state, options.rounds)
    bench.store("Haystack")
    haystack = bench.start(bench.peer("Haystack", "serve"))

    def loop(questions: list[str]) -> float:
        took = 0.0
        for question in questions:
            assert haystack.stdin is not None
            haystack.stdin.write(json.dumps(question) + "\n")
            haystack.stdin.flush()
            answer = read(haystack)
            assert len(answer["ids"]) == K, f"Haystack found {len(answer['ids'])} passages for {question!r}"
            took += answer["seconds"]
        return took

    questions = [question.question for question in of.questions]
    try:
        read(haystack)
        with Pipeline.load(state / "many.yaml", project=Project(WORK), build=False, store=True) as pipeline:
            ours = {"ragkit": timed(pipeline.run_batch), "encoder": timed(of.reader.encode)}
            turns = take_turns(ours, questions, options.rounds)
        turns |= take_turns({"Haystack": loop}, questions, 1)
    finally:
        haystack.communicate()
    facts = conditions(questions=len(questions), turns=options.rounds, candidates=K, hotpotqa=of.conditions())
    if options.json is not None:
        options.json.write_text(json.dumps({"conditions": facts, "seconds": turns}, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=2))
    ratios = sorted(own / other for own, other in zip(turns["ragkit"], turns["encoder"], strict=True))
    ratio = statistics.median(ratios)
    own, encoder, peer = (statistics.median(turns[name]) for name in ("ragkit", "encoder", "Haystack"))
    print(f"\n{len(questions)} questions at once, medians of {options.rounds} turns")
    print(f"  ragkit {seconds(own)}, its encoder alone {seconds(encoder)}, a loop in Haystack {seconds(peer)}")
    print(f"  ragkit / encoder in the same turn: {ratio:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")
    print(f"  limit {LIMIT}: {'kept' if ratio <= LIMIT else 'BROKEN'}")
    print(f"  ragkit is {peer / own:.1f} times as fast as the loop")
    sys.exit(0 if ratio <= LIMIT else 1)


if __name__ == "__main__":
    main()
