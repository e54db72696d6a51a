"""What every contestant can be told on its command line, so that all are driven and timed alike.

    SCRIPT build STATE        encodes STATE/passages.jsonl and stores it; prints {"seconds", "passages", ...}
    SCRIPT ask STATE QUESTION a new process: loads everything, prints the first retrieval result, ends
    SCRIPT serve STATE        loads everything, then answers each line of stdin with {"seconds", "ids", ...}

STATE/contest.json holds the model's folder and the number of passages to retrieve. Seconds are taken inside the
process, around the call alone; what it costs to get a question there and a result back is nobody's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol


class Contestant(Protocol):
    """One system over one state folder."""

    def build(self, passages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Encodes and stores the passages (``id``, ``title``, ``text``); says how long it took."""

    def load(self) -> Callable[[str], dict[str, Any]]:
        """Opens what ``build`` stored; gives the function that retrieves, which returns at least ``ids``."""


def main(make: Callable[[Path, str, int], Contestant]) -> None:
    """Runs one script as the module docstring says."""
    mode, state = sys.argv[1], Path(sys.argv[2])
    contest = json.loads((state / "contest.json").read_text(encoding="utf-8"))
    contestant = make(state, contest["model"], contest["k"])
    if mode == "build":
        with open(state / "passages.jsonl", encoding="utf-8") as lines:
            answer = contestant.build([json.loads(line) for line in lines])
        print(json.dumps(answer), flush=True)
    elif mode == "ask":
        print(json.dumps(contestant.load()(sys.argv[3])), flush=True)
    else:
        serve(contestant.load())


def serve(answer: Callable[[str], dict[str, Any]]) -> None:
    """Answers question after question from stdin, timed one by one."""
    from time import perf_counter

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        begin = perf_counter()
        result = answer(question)
        seconds = perf_counter() - begin
        print(json.dumps({"seconds": seconds, **result}), flush=True)
