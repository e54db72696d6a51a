"""The report of the comparison: each measure with its numbers, its ratio and its limit."""

from __future__ import annotations

from typing import Any


def report(facts: dict[str, Any], numbers: dict[str, Any]) -> bool:
    """Prints everything; True when every limit is kept."""
    print("ragkit beside its peers")
    for name, value in facts.items():
        shown = ", ".join(f"{key} {entry}" for key, entry in value.items()) if isinstance(value, dict) else value
        print(f"  {name + ':':<11} {shown}")
    starts, warm, batches, builds = (numbers[name] for name in ("starts", "warm", "batches", "builds"))
    print(f"\n{'measure (medians)':<44} {'ragkit':>9} {'Haystack':>9} {'LlamaIndex':>10}   ratio  limit")
    kept = [
        line("a new process to its result", starts["ragkit"], starts["Haystack"], 0.25, starts["LlamaIndex"]),
        line("warm: retrieval and selection", warm["ragkit"], warm["Haystack"], 0.3, warm["LlamaIndex"]),
        line("warm: with the extractive answer", warm["ragkit, answered"], warm["Haystack"], 0.6, warm["LlamaIndex"]),
    ]
    print(f"\n{'measure (medians)':<44} {'ragkit':>9} {'encoder':>9} {'':>10}   ratio  limit")
    if builds:
        kept.append(
            line("the index build, models loaded", builds["build"]["seconds"], builds["encode"]["seconds"], 1.2)
        )
    kept.append(line(f"{facts['questions']} questions as one batch", batches["ragkit"], batches["encoder"], 1.3))
    line("  its traces kept in memory", batches["ragkit, unstored"], batches["encoder"], None)
    line("  beside SentenceTransformer.encode", batches["ragkit"], batches["SentenceTransformer"], None)
    stores = ", ".join(f"{name} {took:.0f} s" for name, took in numbers["peer_builds"].items())
    print(f"\nthe peers' builds: {stores} for the passages; ragkit also encodes every sentence")
    return all(kept)


def line(what: str, own: float, other: float, limit: float | None, third: float | None = None) -> bool:
    """Prints one measure; True when it keeps its limit."""
    ratio = own / other
    kept = limit is None or ratio <= limit
    verdict = "" if limit is None else f" {limit:>5.2f} {'kept' if kept else 'BROKEN'}"
    shown = "" if third is None else seconds(third)
    print(f"{what:<44} {seconds(own):>9} {seconds(other):>9} {shown:>10}  {ratio:>6.3f} {verdict}")
    return kept


def seconds(value: float) -> str:
    """A duration in the unit that suits it."""
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
