"""How ragkit grows: corpora of 1,000 to 1,000,000 passages, each built and asked in processes of their own.

    python benchmarks/scale.py                            # 1,000, 10,000 and 100,000 passages
    python benchmarks/scale.py --sizes 1000000 --keep     # the next decade: about 8 GB of memory, 10 GB of disk, hours

Texts and vectors are generated: words follow Zipf's law, vectors lie around topics, and a question is some words of one
passage with a vector near that passage's. So no model runs, and what is timed is everything else: reading, cutting with
the real tokenizer, writing vectors down, BM25, Chroma, the check, and the searches. Sentences have no vectors here.

Measured for each size: the seconds of the build, of each of its stages, and of the processor (which other load does not
change); its peak memory; the size on disk of the published version, and of the journal of vectors beside it. Then, in a
new process: the seconds to open the index, the memory after all questions, and the median milliseconds of a question:
dense search from the float32 file (``exact``) and by Chroma, BM25, and ``retrieve.hybrid`` as it stands, whose dense
part is exact up to 200,000 passages. The growth exponent of a measure is the slope of its logarithm over that of the
size, by least squares over all sizes and over the two largest.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from generated import DIMENSIONS, WORDS, asked, texts, vector

WORK = Path(__file__).absolute().parent / ".work" / "scale"
SIZES = (1_000, 10_000, 100_000)
QUESTIONS = 100
K = 10
CORPUS = """\
source: {kind: jsonl, path: passages.jsonl}
chunks: {kind: sentences}
sentences: false
"""


def prepare(work: Path) -> dict[str, Any]:
    """Makes the default encoder ready, so that no process that is measured loads a model."""
    from ragkit.corpus.encoder.config import EncoderConfig
    from ragkit.corpus.encoder.encoder import Encoder

    Encoder(EncoderConfig(), work, work / "encoders").warm_up()
    return {}


def open_corpus(folder: Path) -> Any:
    """The corpus in a folder, with generated vectors in the place of a model's."""
    from ragkit.corpus import load_corpus
    from ragkit.corpus.encoder.encoder import Encoder

    class Generated(Encoder):
        """The tokenizer and the limits of the default encoder, and vectors without a model."""

        torch = None  # type: ignore[assignment]  # so that nothing is loaded

        def encode_passages(self, texts: Sequence[str]) -> Any:
            return np.stack([vector(text) for text in texts])

        encode_queries = encode_again = encode_passages

    corpus = load_corpus("generated", folder, folder)
    corpus.encoder = Generated(corpus.spec.encoder, folder, folder.parent / "encoders")
    return corpus


def write(folder: Path, size: int) -> dict[str, Any]:
    """Writes the passages and the corpus file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as file:
        for row in texts(size):
            file.write(json.dumps(row) + "\n")
    (folder / "generated.yaml").write_text(CORPUS, encoding="utf-8")
    return {}


def build(folder: Path) -> dict[str, Any]:
    """Builds the index; the peak memory is that of this process."""
    corpus = open_corpus(folder)
    before = peak_memory()
    begin, spent = time.perf_counter(), time.process_time()
    report = corpus.build()
    seconds, spent = time.perf_counter() - begin, time.process_time() - spent
    manifest = corpus.manifest()
    return {
        "passages": report.passages,
        "seconds": {
            "build": seconds,
            "build, CPU": spent,
            **{f"build: {stage}": took for stage, took in report.seconds.items()},
        },
        "megabytes": {
            "build, peak memory": peak_memory(),
            "before it": before,
            "version on disk": megabytes(corpus.folder.versions / report.version),
            "of it Chroma": megabytes(corpus.folder.versions / report.version / "chroma"),
            "journal": megabytes(corpus.folder.journal),
        },
        "recall": manifest.recall,
    }


class Scope:
    """The generated corpus, for a component that is used without an engine."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def corpus(self) -> Any:
        return self._reader


def ask(folder: Path, size: int) -> dict[str, Any]:
    """Opens the index and times every way to search it."""
    from ragkit.components.retrieve.hybrid import Hybrid

    questions = asked(folder / "passages.jsonl", size, QUESTIONS)
    corpus = open_corpus(folder)
    begin = time.perf_counter()
    reader = corpus.reader()
    opened = time.perf_counter() - begin
    vectors = reader.encode(questions)
    hybrid = Hybrid(Hybrid.Params(k=50), Scope(reader))
    took: dict[str, float] = {"open": opened}

    def dense(number: int, exact_up_to: int) -> None:
        reader.manifest.store["exact_up_to"] = exact_up_to
        reader.dense(vectors[number : number + 1], K)

    took["hybrid (k 50)"] = median(lambda number: hybrid.run(questions[number]))
    took["bm25"] = median(lambda number: reader.bm25([questions[number]], K))
    took["dense, exact"] = median(lambda number: dense(number, 10**9))
    memory = peak_memory()
    took["dense, Chroma"] = median(lambda number: dense(number, 0))
    return {"seconds": took, "megabytes": {"asked, memory": memory, "asked, memory with Chroma": peak_memory()}}


def median(call: Callable[[int], Any]) -> float:
    """The median seconds of a call for each question but the first, which warms up."""
    found = []
    for number in range(QUESTIONS):
        begin = time.perf_counter()
        call(number)
        found.append(time.perf_counter() - begin)
    return statistics.median(found[1:])


def peak_memory() -> float:
    """The most memory that this process has held, in MB (files that it maps are counted where they were read)."""
    scale = 1e6 if platform.system() == "Darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def megabytes(path: Path) -> float:
    """The size of a file or of everything in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of log(value) over log(size) by least squares: 1 is linear growth."""
    x = [math.log(size) for size in sizes]
    y = [math.log(value) for value in values]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)


def growth(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The growth exponents of every measure that all runs have: over all sizes, and over the two largest."""
    sizes = [run["passages"] for run in runs]
    found = {}
    for kind in ("seconds", "megabytes"):
        for name in runs[0][kind]:
            values = [run[kind].get(name, 0.0) for run in runs]
            if all(value > 0 for value in values):
                found[name] = {"all": exponent(sizes, values), "two largest": exponent(sizes[-2:], values[-2:])}
    return found


def table(runs: Sequence[dict[str, Any]]) -> str:
    """A Markdown table: a row for each measure, a column for each size, and the exponents."""
    grown = growth(runs) if len(runs) > 1 else {}
    sizes = " | ".join(f"{run['passages']:,}" for run in runs)
    lines = [
        f"| measure | {sizes} | exponent | of the two largest |",
        f"|---|{'---:|' * (len(runs) + 2)}",
    ]
    for kind, show in (("seconds", seconds), ("megabytes", memory)):
        for name in runs[-1][kind]:
            values = " | ".join(show(run[kind][name]) if name in run[kind] else "–" for run in runs)
            slopes = [f"{grown[name][which]:.2f}" if name in grown else "–" for which in ("all", "two largest")]
            lines.append(f"| {name} | {values} | {' | '.join(slopes)} |")
    return "\n".join(lines)


def seconds(value: float) -> str:
    """A duration in the unit that suits it."""
    return f"{value * 1e3:.2f} ms" if value < 1 else f"{value:.1f} s"


def memory(value: float) -> str:
    """Megabytes in the unit that suits them."""
    return f"{value:.0f} MB" if value < 1000 else f"{value / 1000:.1f} GB"


def child(*arguments: str) -> dict[str, Any]:
    """One mode of this script in a process of its own; what it prints."""
    command = [sys.executable, str(Path(__file__).absolute()), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"failed with {done.returncode}: {' '.join(command)}")
    return dict(json.loads(done.stdout))


def measure(work: Path, size: int, keep: bool) -> dict[str, Any]:
    """Builds and asks one size; what was measured is kept beside the corpus."""
    folder = work / str(size)
    file = folder / "measured.json"
    if keep and file.is_file():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{size:,} passages: building", file=sys.stderr)
    child("write", str(folder), str(size))
    built = child("build", str(folder))
    print(f"{size:,} passages: built in {built['seconds']['build']:.0f} s; asking", file=sys.stderr)
    found = child("ask", str(folder), str(size))
    both = {kind: {**built[kind], **found[kind]} for kind in ("seconds", "megabytes")}
    run = {"passages": built["passages"], "recall": built["recall"], **both}
    file.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    return run


def main() -> None:
    """Measures every size and prints a table with its conditions; or runs one mode for itself."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="scale.py"
    )
    parser.add_argument("mode", nargs="*", metavar="MODE", help="for its own processes: what to do, where, how many")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(SIZES), help="how many passages (default: 1000 10000 100000)"
    )
    parser.add_argument("--work", type=Path, default=WORK, help="where to build (default: benchmarks/.work/scale)")
    parser.add_argument("--keep", action="store_true", help="sizes that were measured before are not measured again")
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    if options.mode:
        modes: dict[str, Callable[..., dict[str, Any]]] = {
            "prepare": prepare,
            "write": write,
            "build": build,
            "ask": ask,
        }
        mode, folder, *size = options.mode
        print(json.dumps(modes[mode](Path(folder), *map(int, size))))
        return
    work = options.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    child("prepare", str(work))
    runs = [measure(work, size, options.keep) for size in sorted(options.sizes)]
    from sets import conditions

    facts = conditions(passages=f"{WORDS} words, generated, seed 0", questions=QUESTIONS, dimensions=DIMENSIONS)
    numbers = {"conditions": facts, "runs": runs, "growth": growth(runs) if len(runs) > 1 else {}}
    if options.json is not None:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=2))
    print(table(runs))


if __name__ == "__main__":
    main()
