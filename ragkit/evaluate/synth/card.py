"""The card of a question set: how it was made, on what, what it is like, and what it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.evaluate.card import machine, versions
from ragkit.evaluate.synth.filters import MEANINGS
from ragkit.evaluate.synth.synthesise import SynthReport, Wanted

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader
    from ragkit.evaluate.synth.writer import Writer

_KINDS = {
    "single": "one document answers",
    "multi": "two documents are needed",
    "aggregate": "every document that mentions a phrase",
    "none": "needs no documents",
    "unanswerable": "no document answers, though it is asked in the corpus's words",
}


def card(
    name: str, sha256: str, wanted: Wanted, report: SynthReport, reader: Reader, writer: Writer | None = None
) -> dict[str, Any]:
    """The card as one JSON document.

    Args:
        name: The file of questions.
        sha256: The digest of what it holds.
        wanted: What was asked for.
        report: What was made.
        reader: The index that it was made from.
        writer: The LM that wrote some of it.
    """
    encoder = reader.manifest.encoder
    return {
        "file": name,
        "sha256": sha256,
        "made_by": "program" if writer is None else "program and language model",
        "lm": None if writer is None else writer.card,
        "read_by_a_person": False,
        **report.figures,
        "dropped": report.dropped,
        "missing": report.missing,
        "conditions": {
            "wanted": {**asdict(wanted), "kinds": list(wanted.kinds)},
            "corpus": {
                "name": reader.name, "version": reader.version, "documents": reader.manifest.documents,
                "passages": reader.manifest.passages, "bm25": dict(reader.manifest.bm25),
            },
            "encoder": {"model": encoder["model"], "digest": encoder["digest"], "dimensions": encoder["dimensions"]},
            "versions": versions(),
            "machine": machine(),
        },
    }  # fmt: skip


def as_markdown(told: Mapping[str, Any]) -> str:
    """The card as a page."""
    conditions = told["conditions"]
    corpus, wanted = conditions["corpus"], conditions["wanted"]
    lines = [
        f"# {told['file']}",
        "",
        f"{told['questions']} questions, made from the documents of the corpus `{corpus['name']}` (version "
        f"{corpus['version']}, {corpus['documents']:,} documents). {_by(told)} No person has read them.",
        "",
        *_kinds(told),
        "",
        *_figures(told),
        "",
        *_dropped(told),
        "",
        "## Conditions",
        "",
        f"- seed {wanted['seed']}; encoder {conditions['encoder']['model']} "
        f"({str(conditions['encoder']['digest'])[:12]}); "
        f"ragkit {conditions['versions']['ragkit']}; SHA-256 of the file {told['sha256'][:16]}",
        f"- asked for: {', '.join(f'{key} {value}' for key, value in wanted.items() if value is not None)}",
    ]
    return "\n".join(lines) + "\n"


def card_files(file: Path, told: Mapping[str, Any]) -> dict[Path, str]:
    """What ``FILE.card.md`` and ``FILE.card.json`` hold, by their paths."""
    import json

    return {
        Path(f"{file}.card.md"): as_markdown(told),
        Path(f"{file}.card.json"): json.dumps(told, ensure_ascii=False, indent=2) + "\n",
    }


def _by(told: Mapping[str, Any]) -> str:
    if told["lm"] is None:
        return "No language model was used."
    written, failed = told["methods"].get("written", 0), told["lm"]["failed"]
    cost = "" if told["lm"]["cost"] is None else f", which cost {told['lm']['cost']:.4f} USD"
    requests = f"{told['lm']['requests']} requests{cost}" + (f"; {failed} of them failed" if failed else "")
    return f"{told['lm']['model']} wrote {written} of them ({requests}); the others are made by rules."


def _kinds(told: Mapping[str, Any]) -> list[str]:
    split = told["split"]
    sides = list(split) if split else []
    lines = [f"| kind | all |{''.join(f' {side} |' for side in sides)} what it is |", "|---" * (3 + len(sides)) + "|"]
    for kind, count in told["kinds"].items():
        cells = "".join(f" {split[side].get(kind, 0)} |" for side in sides)
        lines.append(f"| `{kind}` | {count} |{cells} {_KINDS[kind]} |")
    if split:
        lines += ["", "No gold document of a question to tune on is one of a question to report on."]
    methods = ", ".join(f"{method} {count}" for method, count in told["methods"].items())
    return [*lines, "", f"Ways they were made: {methods}."]


def _figures(told: Mapping[str, Any]) -> list[str]:
    overlap, diversity, trip = told["overlap"], told["diversity"], told["round_trip"]
    lines = [
        "## What they are like",
        "",
        f"- Of a question's content words {_shown(overlap['words'])} stand in its gold documents, and the longest run "
        f"copied from there is {_shown(overlap['copied'])} of it (means). Keyword search profits from that: a set "
        "made this way compares settings of one method better than one method with another.",
        f"- Distinct words {_shown(diversity['distinct_1'])}, distinct pairs {_shown(diversity['distinct_2'])}; the "
        f"question most like another has cosine {_shown(diversity['nearest_cosine'])}; {_shown(diversity['words'])} "
        "words on average.",
        "- Found again (recall over gold documents; a question is trivial where the first document is right and holds "
        "nearly all of its words):",
        "",
        "| retriever | recall@1 | @5 | @10 | @100 | MRR | trivial |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in trip.items():
        cells = [found[f"recall@{k}"] for k in (1, 5, 10, 100)] + [found["mrr"], found["trivial"]]
        lines.append(f"| {name} | {' | '.join(_shown(cell) for cell in cells)} |")
    return lines


def _dropped(told: Mapping[str, Any]) -> list[str]:
    if not told["dropped"] and not told["missing"]:
        return ["Nothing that was tried had to be dropped."]
    lines = ["## What was dropped", ""]
    lines += [f"- {count} {reason}: {MEANINGS[reason]}" for reason, count in told["dropped"].items()]
    lines += [
        f"- {count} of kind `{kind}` are missing: the corpus gives no more" for kind, count in told["missing"].items()
    ]
    return lines


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
