"""Do the shipped routers and the gate search for short questions about names, and not for everyday ones?

Questions: ``corpora/papers/short.jsonl``, which nothing was trained on (its half ``tune`` was looked at while rows for
``router.jsonl`` were written, its half ``report`` was written after the last of them), and names of the papers
themselves: what stands before the colon of a title and in no training question, in several forms.

    .venv/bin/python benchmarks/adaptive_short.py
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PIPELINES = ("complexity-routed", "known-gated", "cost-routed")
LOWER = ("what is {}", "{}?", "explain {}", "what does {} do", "{} vs self-rag")
AS_WRITTEN = ("What is {}?", "{}", "Explain {}")
_TITLE = re.compile(r"^([A-Za-z0-9$+-]{2,20}): ", re.MULTILINE)
_WORD = re.compile(r"[\w$+-]+")


def names_of(texts: Iterable[str], learned: Iterable[str]) -> list[str]:
    """The names that open a title ("CRAFT: …"), without those that stand in a question that was learned from."""
    known = {word.lower() for question in learned for word in _WORD.findall(question)}
    return sorted({name for text in texts for name in _TITLE.findall(text) if name.lower() not in known})


def questions(folder: Path) -> dict[str, list[str]]:
    """The questions by what they are."""
    short = [json.loads(line) for line in (folder / "short.jsonl").read_text(encoding="utf-8").splitlines()]
    learned = [
        json.loads(line)["question"]
        for file in ("router", "definitions")
        for line in (folder / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    names = names_of((file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt"))), learned)
    found = {}
    for split, when in (("tune", "seen while rows were written"), ("report", "written after the last row")):
        for none, what in ((False, "names and terms"), (True, "everyday")):
            found[f"{what}, {when}"] = [
                one["question"] for one in short if one["split"] == split and (one["kind"] == "none") is none
            ]
    found["titles' names as written"] = [form.format(name) for name in names for form in AS_WRITTEN]
    found["titles' names in small letters"] = [form.format(name.lower()) for name in names for form in LOWER]
    return found


def searched(pipeline: Path, asked: Sequence[str]) -> list[bool]:
    """Whether each question caused a retrieval."""
    from ragkit.engine.pipeline import Pipeline

    with Pipeline.load(pipeline, store=False) as loaded:
        results = loaded.run_batch([{"question": question} for question in asked])
    return [int(result.usage["retrieval_calls"]) > 0 for result in results]


def table(found: Mapping[str, Mapping[str, Sequence[bool]]]) -> str:
    """Markdown: for each kind of question how many each pipeline searched for."""
    pipelines = list(next(iter(found.values())))
    lines = [
        "| questions | n | " + " | ".join(f"`{name}`" for name in pipelines) + " |",
        "|---" * (len(pipelines) + 2) + "|",
    ]
    for what, by in found.items():
        n = len(by[pipelines[0]])
        cells = (f"{sum(by[name])} ({sum(by[name]) / n:.1%})" for name in pipelines)
        lines.append(f"| {what} | {n} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Asks and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipelines", type=Path, default=REPOSITORY / "pipelines", help="where the pipelines are")
    parser.add_argument("--refused", action="store_true", help="list what was not searched for, and should have been")
    given = parser.parse_args()
    asked = questions(REPOSITORY / "corpora" / "papers")
    flat = [question for several in asked.values() for question in several]
    found: dict[str, dict[str, list[bool]]] = {what: {} for what in asked}
    for name in PIPELINES:
        said = iter(searched(given.pipelines / f"{name}.yaml", flat))
        for what, several in asked.items():
            found[what][name] = [next(said) for _ in several]
    print("Searched for, of n questions:\n")
    print(table(found))
    if given.refused:
        for what, by in found.items():
            for name, yes in by.items():
                if "everyday" not in what:
                    missed = [question for question, one in zip(asked[what], yes, strict=True) if not one]
                    print(f"\n{what}, {name}: {'; '.join(missed) or 'none'}")


if __name__ == "__main__":
    main()
