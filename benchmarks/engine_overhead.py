"""What the engine itself costs a step: a chain of no-op components through ragkit, Haystack and LangGraph.

    python benchmarks/engine_overhead.py --peers benchmarks/peers/.venv/bin/python

ragkit keeps a span with inputs and outputs for each step in memory and makes the result document; the one SQLite commit
of a run is measured apart, as the difference to runs whose traces are stored. In each round every engine runs in a
process of its own, one after the other, after a warm-up; printed is the median over all runs of all rounds, divided by
the number of steps. Without ``--peers`` only ragkit is measured. Exit code 1: ragkit is over its limit.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from ragkit.component import Component
from ragkit.components.catalogue import Catalogue
from ragkit.types import Passages

ENGINES = Path(__file__).parent / "peers" / "engines.py"
WARM_UP = 50
STEP_LIMIT = 20e-6
COMMIT_LIMIT = 2e-3


class Echo(Component):
    """Hands on its text."""

    output = "text"

    def run(self, text: str) -> str:
        """Gives the text back."""
        return text


class End(Component):
    """Ends the chain with what a pipeline may give: passages, here none."""

    def run(self, text: str) -> Passages:
        """Gives no passages."""
        return Passages()


class NoOps(Catalogue):
    """The catalogue with the two components of this file."""

    extra: ClassVar[dict[str, type[Component]]] = {"bench.echo": Echo, "bench.end": End}

    def names(self) -> tuple[str, ...]:
        return (*super().names(), *self.extra)

    def __contains__(self, use: object) -> bool:
        return use in self.extra or super().__contains__(use)

    def get(self, use: str) -> type[Component]:
        return self.extra[use] if use in self.extra else super().get(use)


def chain(folder: Path, steps: int, stored: bool) -> Callable[[], Any]:
    """One run of a pipeline of ``steps`` no-ops, its trace kept in memory or stored."""
    from ragkit.engine.pipeline import Pipeline
    from ragkit.spec.load import load
    from ragkit.trace.store import TraceStore

    names = ["question", *(f"s{number}" for number in range(steps))]
    body = [f"  {name}: {{use: bench.echo, text: {names[at]}}}" for at, name in enumerate(names[1:])]
    body[-1] = body[-1].replace("bench.echo", "bench.end")
    file = folder / "chain.yaml"
    file.write_text("\n".join(["version: 1", "name: chain", "steps:", *body, f"output: {names[-1]}", ""]))
    pipeline = Pipeline(load(file, catalogue=NoOps()), store=TraceStore(folder / "traces.db") if stored else None)
    return lambda: pipeline.run("question")


def time_ragkit(steps: int, runs: int, stored: bool) -> list[float]:
    """The seconds of each run."""
    with tempfile.TemporaryDirectory() as folder:
        run = chain(Path(folder), steps, stored)
        for _ in range(WARM_UP):
            spans = run().trace.spans
        assert len(spans) == steps, f"{len(spans)} spans for {steps} steps"
        assert all(span.outputs for span in spans), "the spans have no content"
        seconds = []
        for _ in range(runs):
            begin = perf_counter()
            run()
            seconds.append(perf_counter() - begin)
        return seconds


def child(*command: str) -> list[float]:
    """What a process prints: the seconds of its runs."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [float(seconds) for seconds in json.loads(done.stdout)]


def peer_version(python: str, package: str) -> str:
    """The version of a package in the peers' environment."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def measure(steps: int, runs: int, rounds: int, peers: str | None) -> dict[str, list[float]]:
    """The seconds of every run, by engine; the engines take turns."""
    contestants = {name: [sys.executable, __file__, "--child", name] for name in ("ragkit", "ragkit, stored")}
    if peers is not None:
        contestants |= {name: [peers, str(ENGINES), name] for name in ("haystack", "langgraph")}
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, command in contestants.items():
            found[name] += child(*command, str(steps), str(runs))
    return found


def report(found: dict[str, list[float]], steps: int, versions: dict[str, str]) -> bool:
    """Prints the medians and the ratios; True when ragkit keeps its limits."""
    medians = {name: statistics.median(seconds) for name, seconds in found.items()}
    own = medians["ragkit"]
    commit = medians["ragkit, stored"] - own
    runs = len(found["ragkit"])
    print(f"engine overhead: a chain of {steps} no-op steps, median of {runs} runs, {platform.machine()}, "
          f"Python {platform.python_version()}, {', '.join(f'{n} {v}' for n, v in versions.items())}")  # fmt: skip
    for name, median in medians.items():
        if name != "ragkit, stored":
            ratio = "" if name == "ragkit" else f"   {median / own:5.1f} times ragkit"
            print(f"  {name:<10} {median / steps * 1e6:8.1f} µs a step{ratio}")
    print(f"  {'commit':<10} {commit * 1e3:8.2f} ms a run (SQLite, the whole trace with its content)")
    kept = own / steps < STEP_LIMIT and commit < COMMIT_LIMIT
    verdict = "kept" if kept else "BROKEN"
    print(f"  limits: {STEP_LIMIT * 1e6:.0f} µs a step, {COMMIT_LIMIT * 1e3:.0f} ms a commit: {verdict}")
    return kept


def main() -> None:
    """Parses the command line, measures, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", help="the Python of the peers' environment")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--runs", type=int, default=300, help="runs of one engine in one round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print medians in seconds as JSON instead")
    parser.add_argument("--child", nargs=3, metavar=("ENGINE", "STEPS", "RUNS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        engine, steps, runs = options.child
        print(json.dumps(time_ragkit(int(steps), int(runs), engine == "ragkit, stored")))
        return
    found = measure(options.steps, options.runs, options.rounds, options.peers)
    if options.json:
        print(json.dumps({name: statistics.median(seconds) for name, seconds in found.items()}))
        return
    versions = {"ragkit": metadata.version("ragkit")}
    if options.peers is not None:
        versions |= {"Haystack": peer_version(options.peers, "haystack-ai"),
                     "LangGraph": peer_version(options.peers, "langgraph")}  # fmt: skip
    sys.exit(0 if report(found, options.steps, versions) else 1)


if __name__ == "__main__":
    main()
