"""``synthesise``: a question set made from the documents of an index."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.questions import KINDS, Kind
from ragkit.evaluate.synth.aggregate import MOST as LONGEST_LIST
from ragkit.evaluate.synth.aggregate import aggregate_questions
from ragkit.evaluate.synth.draft import Draft
from ragkit.evaluate.synth.easing import Harder, RoundTrip, Trivial
from ragkit.evaluate.synth.figures import figures
from ragkit.evaluate.synth.filters import REASONS, Filters
from ragkit.evaluate.synth.material import MOST, Material, usual_abbreviations
from ragkit.evaluate.synth.multi import multi_questions
from ragkit.evaluate.synth.none import none_questions
from ragkit.evaluate.synth.phrases import SharedPhrase, shared_phrases
from ragkit.evaluate.synth.selection import Kept, Selection, quotas
from ragkit.evaluate.synth.single import single_questions
from ragkit.evaluate.synth.unanswerable import unanswerable_questions

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader
    from ragkit.evaluate.synth.writer import Writer

Tell = Callable[[str], None]
_READ, _LEAST = 30, 1000
"""For each question that is wanted so many documents are read, and at least so many in all."""
_WRITTEN = ("single", "multi", "unanswerable")
_SPARE, _NEAR = 1.3, 4
_PHRASES = 12
"""For each list that is wanted so many phrases are looked at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        n: How many questions.
        kinds: Of which kinds.
        seed: The same seed, corpus version and settings give the same questions.
        split: The share of questions to tune on, whose documents no question to report on has; None for no split.
        noun: What a document is called in a question.
        titles: Keep questions that hold the title of their document.
        round_trip: Keep only questions with a gold document within so many of some retriever; None keeps them all.
    """

    n: int = 100
    kinds: tuple[Kind, ...] = KINDS
    seed: int = 0
    split: float | None = None
    noun: str = "document"
    titles: bool = False
    round_trip: int | None = None

    def check(self) -> None:
        """Raises UsageError where a value is not allowed."""
        if self.n < 1:
            raise UsageError(f"'n' is {self.n}; at least 1 question has to be asked for")
        for kind in self.kinds:
            if kind not in KINDS:
                raise UsageError(
                    f"unknown kind {kind!r}{did_you_mean(kind, KINDS)}", hint=f"the kinds are {', '.join(KINDS)}"
                )
        if not self.kinds:
            raise UsageError("no kind of question is asked for", hint=f"the kinds are {', '.join(KINDS)}")
        if self.split is not None and not 0 < self.split < 1:
            raise UsageError(f"'split' is {self.split}; it lies between 0 and 1 and is the share to tune on")
        if self.round_trip is not None and self.round_trip < 1:
            raise UsageError(f"'round_trip' is {self.round_trip}; at least 1 document has to be looked at")
        if not self.noun.strip() or not self.noun.replace(" ", "").replace("-", "").isalpha():
            raise UsageError(
                f"the noun {self.noun!r} is no word", hint="what one document is called: paper, page, note"
            )


@dataclass(frozen=True, slots=True)
class SynthReport:
    """What was made: the questions in the order of the file, what was not kept and why, and figures of the set."""

    kept: tuple[Kept, ...]
    dropped: dict[str, int]
    missing: dict[str, int]
    figures: dict[str, Any]


def synthesise(
    reader: Reader, wanted: Wanted, tell: Tell = lambda _: None, writer: Writer | None = None
) -> SynthReport:
    """Makes questions from the documents of an index.

    Args:
        reader: The index of the corpus.
        wanted: What is asked for.
        tell: Is told in a sentence what is done.
        writer: Writes questions for one document, for two, and that none answers; what it does not give, and all
            without it, is made by program.

    Raises:
        UsageError: A value of ``wanted`` is not allowed.
        LMError: Every request of the writer failed.
    """
    wanted.check()
    rng = random.Random(wanted.seed)
    tell(f"reading {reader.count:,} passages of {reader.name!r}")
    material = Material(reader, wanted.seed, min(MOST, max(_LEAST, _READ * wanted.n)))
    found_back = None if wanted.round_trip is None else RoundTrip(material, wanted.round_trip)
    filters = Filters(material, wanted.titles)
    harder = Harder(filters, usual_abbreviations(material), rng)
    trivial = Trivial(material)
    selection = Selection(reader, filters, wanted.split, found_back, rng, harder, trivial)
    quota = quotas(wanted.n, wanted.kinds)
    taken = {}
    for kind, drafts in _drafts(material, wanted, quota, filters, rng):
        tell(f"choosing {quota[kind]} questions of kind {kind!r}")
        taken[kind] = 0
        if writer is not None and kind in _WRITTEN:
            tell(f"asking {writer.model} for them")
            taken[kind] = selection.take(_written(kind, quota[kind], material, writer, rng), quota[kind])
        take = selection.take_endless if kind == "none" else selection.take
        taken[kind] += take(drafts, quota[kind] - taken[kind])
    kept = list(selection.kept)
    rng.shuffle(kept)
    return SynthReport(
        kept=tuple(kept),
        dropped={reason: selection.dropped[reason] for reason in REASONS if selection.dropped[reason]},
        missing={kind: quota[kind] - taken[kind] for kind in quota if taken[kind] < quota[kind]},
        figures=figures(kept, material),
    )


def _drafts(
    material: Material, wanted: Wanted, quota: dict[Kind, int], filters: Filters, rng: random.Random
) -> Iterator[tuple[Kind, Iterator[Draft]]]:
    """The drafts of each kind that is wanted; those that join documents come first, while all documents are free."""
    phrases: list[SharedPhrase] = []
    singles: list[Draft] = []
    sound: list[Draft] = []
    if {"multi", "aggregate", "unanswerable"} & set(quota):
        phrases = shared_phrases(material, 2, LONGEST_LIST)
        rng.shuffle(phrases)
    if {"single", "multi", "unanswerable"} & set(quota):
        singles = [draft for one in material.documents for draft in single_questions(one, material, wanted.noun, rng)]
    if {"multi", "unanswerable"} & set(quota):
        sound = [draft for draft in singles if filters.fails(draft) is None]
    makers: dict[Kind, Callable[[], Iterator[Draft]]] = {
        "aggregate": lambda: aggregate_questions(phrases[: _PHRASES * quota["aggregate"]], material, wanted.noun, rng),
        "multi": lambda: multi_questions(sound, phrases, material, wanted.noun, rng),
        "unanswerable": lambda: unanswerable_questions(sound, phrases, material, wanted.noun, rng),
        "single": lambda: iter(singles),
        "none": lambda: none_questions(rng),
    }
    for kind, make in makers.items():
        if kind in quota:
            yield kind, make()


def _written(kind: Kind, wanted: int, material: Material, writer: Writer, rng: random.Random) -> list[Draft]:
    """What the LM writes: a few more than are wanted, for some will not pass."""
    many = min(len(material.documents), math.ceil(_SPARE * wanted) + 1)
    documents = rng.sample(material.documents, many)
    if kind == "single":
        return writer.single(documents)
    if kind == "unanswerable":
        return writer.unanswerable(documents, material.search)
    pairs = ((one, list(material.neighbours(one, _NEAR))) for one in documents)
    return writer.multi([(one, rng.choice(near)) for one, near in pairs if near])


def rows(kept: Collection[Kept]) -> Iterator[dict[str, Any]]:
    """The questions as the objects of a file, numbered in this order."""
    width = max(4, len(str(len(kept))))
    for number, one in enumerate(kept, start=1):
        draft = one.draft
        row: dict[str, Any] = {
            "id": f"s{number:0{width}}",
            "question": draft.question,
            "answers": list(draft.answers),
            "gold_ids": list(draft.gold_ids),
            "kind": draft.kind,
            "evidence": list(draft.evidence),
            "method": draft.method,
        }
        if draft.made_from and not draft.gold_ids:
            row["made_from"] = list(draft.made_from)
        if one.side is not None:
            row["split"] = one.side
        yield row
