"""ragkit beside Haystack and LlamaIndex: the same model, the same Chroma, the same passages, the same questions.

    make -C benchmarks/peers questions

Everything is interleaved: in each round every contestant has its turn, so that a slow minute of the machine hits all of
them. Each first has one turn that does not count. Medians are printed, with their conditions; the limits are those of
the project, and exit code 1 says that one is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
QUESTION = "How does Adaptive-k choose how many passages to retrieve?"
PEERS = {"Haystack": "haystack_rag.py", "LlamaIndex": "llamaindex_rag.py"}
PACKAGES = ("haystack-ai", "llama-index-core", "chromadb", "sentence-transformers", "torch")


class Bench:
    """The contestants and what drives them.

    Args:
        peers: The Python of the peers' environment.
        state: The folder of the contest.
        rounds: How many turns each contestant has.
    """

    def __init__(self, peers: Path, state: Path, rounds: int) -> None:
        self.peers = str(peers.absolute())
        self.state = state
        self.rounds = rounds
        self.environment = {
            **os.environ, "RAGKIT_HOME": str(state / "ragkit-home"), "HF_HUB_OFFLINE": "1",
            "HAYSTACK_TELEMETRY_ENABLED": "False", "ANONYMIZED_TELEMETRY": "False", "TOKENIZERS_PARALLELISM": "false",
        }  # fmt: skip
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def ragkit(self, *arguments: str) -> list[str]:
        """The command of one mode of ragkit's script."""
        return [sys.executable, str(HERE / "ragkit_rag.py"), arguments[0], str(self.state), *arguments[1:]]

    def peer(self, name: str, *arguments: str) -> list[str]:
        """The command of one mode of a peer's script."""
        return [self.peers, str(HERE / PEERS[name]), arguments[0], str(self.state), *arguments[1:]]

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """A process whose stdin and stdout are ours."""
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def json(self, command: list[str]) -> dict[str, Any]:
        """What a process prints, once it has ended well."""
        done = subprocess.run(command, cwd=ROOT, env=self.environment, text=True, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            sys.exit(f"failed with {done.returncode}: {' '.join(command)}")
        return dict(json.loads(done.stdout))

    def store(self, name: str) -> float:
        """Builds a peer's store and gives its seconds; those of the last time where they were kept."""
        done = self.state / f"{name}.json"
        if not done.is_file():
            shutil.rmtree(self.state / Path(PEERS[name]).stem.removesuffix("_rag"), ignore_errors=True)
            done.write_text(json.dumps(self.json(self.peer(name, "build"))), encoding="utf-8")
        return float(json.loads(done.read_text(encoding="utf-8"))["seconds"])

    def starts(self) -> dict[str, float]:
        """Seconds of a new process: ragkit's to its end, the peers' to their first retrieval result."""
        run = [str(Path(sys.executable).parent / "ragkit"), "run", "pipelines/adaptive-k.yaml", QUESTION, "--json"]
        commands = {"ragkit": run, **{name: self.peer(name, "ask", QUESTION) for name in PEERS}}
        found: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(self.rounds + 1):
            for name, command in commands.items():
                begin = time.perf_counter()
                with self.start(command) as process:
                    assert process.stdout is not None
                    first = process.stdout.readline()
                    seconds = time.perf_counter() - begin
                    rest = process.stdout.read()
                    process.wait()
                if name == "ragkit":
                    seconds = time.perf_counter() - begin
                    assert json.loads(first + rest)["citations"], "ragkit cited nothing"
                assert process.returncode == 0, f"{name} failed"
                if turn:
                    found[name].append(seconds)
        return medians(found)

    def warm(self, questions: list[str]) -> dict[str, float]:
        """Seconds of a question in a process that is up, each question once, the contestants in turn."""
        commands = {"ragkit": self.ragkit("passages"), "ragkit, answered": self.ragkit("answers")}
        commands |= {name: self.peer(name, "serve") for name in PEERS}
        servers = {name: self.start(command) for name, command in commands.items()}
        found: dict[str, list[float]] = {name: [] for name in servers}
        try:
            for server in servers.values():
                read(server)
            for turn, question in enumerate(["What is a knowledge graph good for?", *questions]):
                for name, server in servers.items():
                    assert server.stdin is not None
                    server.stdin.write(json.dumps(question) + "\n")
                    server.stdin.flush()
                    answer = read(server)
                    assert answer["ids"], f"{name} found nothing for {question!r}"
                    if turn:
                        found[name].append(answer["seconds"])
        finally:
            for server in servers.values():
                server.communicate()
        return medians(found)

    def turns(self, modes: tuple[str, ...], rounds: int) -> dict[str, dict[str, float]]:
        """The medians of every number that some modes of ragkit's script print, the modes in turn."""
        found: dict[str, list[dict[str, Any]]] = {mode: [] for mode in modes}
        for _ in range(rounds):
            for mode in modes:
                found[mode].append(self.json(self.ragkit(mode)))
        return {
            mode: medians({key: [row[key] for row in rows] for key in rows[0] if key != "stages"})
            for mode, rows in found.items()
        }


def medians(found: dict[str, list[float]]) -> dict[str, float]:
    """The median of each list."""
    return {name: statistics.median(values) for name, values in found.items()}


def read(server: subprocess.Popen[str]) -> dict[str, Any]:
    """One line of a server."""
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line:
        sys.exit(f"a server ended: {server.args}")
    return dict(json.loads(line))


def conditions(bench: Bench, made: dict[str, Any], questions: int) -> dict[str, Any]:
    """Everything that a number here depends on."""
    code = f"import importlib.metadata as m, json; print(json.dumps({{p: m.version(p) for p in {PACKAGES!r}}}))"
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "versions": bench.json([bench.peers, "-c", code]),
        "corpus": f"papers {made['version']}: {made['passages']} passages, {made['texts']} texts encoded",
        "encoder": made["encoder"],
        "retrieved": f"{made['k']} passages; ragkit's dense search: {made['method']}",
        "questions": questions,
        "turns": f"{bench.rounds} starts, 7 batches, each question once",
        "ragkit": "bytecode compiled, traces stored; a start is timed to the end of the process",
        "peers": "bytecode compiled; a start is timed to the first retrieval result",
    }


def load_questions(file: Path) -> list[str]:
    """The different questions of a file of JSON Lines."""
    with open(file, encoding="utf-8") as lines:
        return list(dict.fromkeys(json.loads(line)["question"] for line in lines))


def main() -> None:
    """Prepares the contest, measures, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", type=Path, required=True, help="the Python of the peers' environment")
    parser.add_argument("--questions", type=Path, default=ROOT / "corpora" / "papers" / "questions.jsonl")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--builds", type=int, default=3, help="rounds of the index build; 0: none")
    parser.add_argument("--state", type=Path, default=HERE / ".work")
    parser.add_argument(
        "--keep", action="store_true", help="begin with the indexes of the last time; measures the rest"
    )
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    if not options.questions.is_file():
        parser.error(f"there is no {options.questions}; --questions names a file of JSON Lines with a 'question' each")

    state = options.state.absolute()
    if not options.keep:
        shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, exist_ok=True)
    questions = load_questions(options.questions)
    (state / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    bench = Bench(options.peers, state, options.rounds)
    made = bench.json(bench.ragkit("dump"))
    shutil.copytree(state / "ragkit-home" / "encoders", state / "ragkit-build" / "encoders", dirs_exist_ok=True)
    stores = {name: bench.store(name) for name in PEERS}

    starts = bench.starts()
    warm = bench.warm(questions)
    batches = medians(bench.json(bench.ragkit("batch")))
    builds = bench.turns(("build", "encode"), options.builds) if options.builds else {}
    from report import report

    numbers = {"starts": starts, "warm": warm, "batches": batches, "builds": builds, "peer_builds": stores}
    facts = conditions(bench, made, len(questions))
    if options.json is not None:
        options.json.write_text(json.dumps({"conditions": facts, **numbers}, indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if report(facts, numbers) else 1)


if __name__ == "__main__":
    main()
