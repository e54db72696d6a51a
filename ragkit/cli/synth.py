"""What ``ragkit data synth`` writes: the questions, their card, and a report."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.cli import console
from ragkit.cli.outputs import write
from ragkit.errors import UsageError

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader
    from ragkit.evaluate.synth.synthesise import Wanted
    from ragkit.evaluate.synth.writer import Writer


def make(
    out: Path,
    wanted: Wanted,
    reader: Callable[[], Reader],
    writer: Callable[[], Writer | None],
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Makes questions and writes them with their card.

    Args:
        out: The file of questions.
        wanted: What is asked for.
        reader: Opens the corpus, after the file is known to be writable.
        writer: Opens the LM, before the corpus; None where there is none.
        force: Overwrite a file that is there.
        as_json: Print the card as JSON instead of the report.

    Raises:
        UsageError: The file is there or cannot be written.
    """
    from ragkit.evaluate.synth.card import card, card_files
    from ragkit.evaluate.synth.synthesise import rows, synthesise

    if out.exists() and not force:
        raise UsageError(f"{str(out)!r} is there already", hint="--force overwrites it, --out names another file")
    if not out.parent.is_dir():
        raise UsageError(f"the folder of {str(out)!r} is missing", hint=f"mkdir -p {out.parent}")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise UsageError(f"{str(out)!r} cannot be written: no permission")
    written_by = writer()
    opened = reader()
    stemmer = opened.manifest.bm25["stemmer"]
    if stemmer not in ("english", "porter", "none"):
        console.warn(
            f"the corpus {opened.name!r} is indexed as {stemmer!r}: questions are made by the rules of English"
        )
    report = synthesise(opened, wanted, console.say, written_by)
    if not report.kept:
        raise UsageError(
            f"the corpus {opened.name!r} gives no question of the kinds that are asked for ({', '.join(wanted.kinds)})",
            hint="ask for other kinds, or of a larger corpus; nothing was written",
        )
    content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows(report.kept))
    digest = hashlib.sha256(content.encode()).hexdigest()
    told = card(out.name, digest, wanted, report, opened, written_by)
    cards = card_files(out, told)
    for path, text_of_file in {out: content, **cards}.items():
        write("--out", path, text_of_file)
    if as_json:
        console.document(told)
    else:
        console.result(text(told))
        page = next(iter(cards)).name
        console.say(f"\nwritten: {out}, {page} and its JSON; next: ragkit data check {out} --corpus {opened.name}")
    if told["lm"] is not None and told["lm"]["failed"]:
        failed = console.count(told["lm"]["failed"], "request")
        console.warn(f"{failed} of {told['lm']['requests']} failed, the first with: {told['lm']['first_error']}")
    for kind, count in report.missing.items():
        console.warn(
            f"{console.count(count, 'question')} of kind {kind!r} fewer than asked for: the corpus gives no more"
        )


def text(told: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"{console.count(told['questions'], 'question')}: " + _listed(told["kinds"])]
    if told["split"]:
        lines.append("split: " + ", ".join(f"{side} {counts['questions']}" for side, counts in told["split"].items()))
    lines.append("made as: " + _listed(told["methods"]))
    overlap, diversity = told["overlap"], told["diversity"]
    lines += [
        f"words that stand in the gold documents {_shown(overlap['words'])}, longest copied run "
        f"{_shown(overlap['copied'])}",
        f"distinct words {_shown(diversity['distinct_1'])}, distinct pairs {_shown(diversity['distinct_2'])}, cosine "
        f"of the nearest other question {_shown(diversity['nearest_cosine'])}",
    ]
    trip = told["round_trip"]
    header = ("found again by", "recall@1", "recall@10", "recall@100", "MRR", "trivial")
    cells = [
        (name, *(_shown(found[key]) for key in ("recall@1", "recall@10", "recall@100", "mrr", "trivial")))
        for name, found in trip.items()
    ]
    lines += ["", console.table(header, cells)]
    if told["dropped"]:
        lines += ["", "dropped: " + _listed(told["dropped"])]
    return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
