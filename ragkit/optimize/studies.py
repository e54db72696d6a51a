"""Studies on disk: what a search was asked, every trial of it, and what it came to; one folder for each."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from filelock import FileLock, Timeout

from ragkit.errors import UsageError, did_you_mean
from ragkit.optimize.limits import Limits
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.optimize.prompts.optimizers.choice import Name
    from ragkit.optimize.prompts.tune import Begun, Tuned
    from ragkit.spec.written.constraint import Operator

FOLDER = "studies"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ASKED, _CARD, _JOURNAL, _LOCK = "study.json", "card.json", "trials.journal", "lock"
_LATER, _PROMPTS, _SPENDING = "trials-after-prompts.journal", "prompts.json", "spending.jsonl"
_RANDOM = "trials-at-random.journal"
_BEGUN, _STOPPED = "prompts.begun.json", "stopped.json"
_KILLED = "its process ended before it was done"
State = Literal["done", "running", "stopped"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study was asked: enough to go on with it, and to know when it no longer fits.

    ``pipeline`` and ``data`` are paths as given; ``hash`` is the pipeline's, ``sha256`` that of the questions;
    ``optimizer`` (with its ``strategy``) tunes prompts, and ``prompt_lm`` writes its proposals. ``judge`` names the LM
    that judges answers, and ``judge_digest`` which one that was. ``first`` are the trials before the prompts, where
    more trials were asked for after prompts had been begun; None takes their share of all.
    """

    name: str
    pipeline: str
    data: str
    hash: str
    sha256: str
    only: str | None
    maximize: tuple[str, ...]
    minimize: tuple[str, ...]
    subject_to: tuple[tuple[str, Operator, float], ...]
    trials: int
    minutes: float | None
    calls: int | None
    held_out: float
    seed: int
    random: bool
    out: str | None
    optimizer: Name = "auto"
    prompt_lm: str | None = None
    strategy: str | None = None
    tokens: int | None = None
    cost: float | None = None
    judge: str | None = None
    judge_digest: str | None = None
    first: int | None = None

    @property
    def limits(self) -> Limits:
        """What it may spend."""
        return Limits(self.calls, self.tokens, self.cost, self.minutes)


class Study:
    """One study's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    @property
    def journal(self) -> Path:
        """The file of its trials."""
        return self.folder / _JOURNAL

    @property
    def spending(self) -> Path:
        """The file of what it has spent."""
        return self.folder / _SPENDING

    @property
    def later_journal(self) -> Path:
        """The file of the trials that came after the prompts."""
        return self.folder / _LATER

    @property
    def random_journal(self) -> Path:
        """The file of the trials of the random search."""
        return self.folder / _RANDOM

    @property
    def asked(self) -> Asked:
        """What it was asked.

        Raises:
            UsageError: Its folder is damaged.
        """
        document = self._read(_ASKED)
        if document is None:
            raise UsageError(f"the study {self.name!r} has no {_ASKED}: it was not begun, or is damaged")
        limits = tuple(
            (str(name), cast("Operator", sign), float(limit)) for name, sign, limit in document.pop("subject_to")
        )
        raised, lowered = (tuple(document.pop(key)) for key in ("maximize", "minimize"))
        return Asked(**document, maximize=raised, minimize=lowered, subject_to=limits)

    @property
    def card(self) -> Mapping[str, Any] | None:
        """What it came to; None while it is not done."""
        return self._read(_CARD)

    @property
    def stopped(self) -> str | None:
        """Why it was stopped when it ran last; None where it came to its end, or runs."""
        return self._why if self.state == "stopped" else None

    @property
    def state(self) -> State:
        """Whether it is done, runs now (then it holds its lock, which ends with its process), or was stopped."""
        try:
            self.lock().release()
        except (UsageError, OSError):
            return "running"
        return "done" if self.card is not None and self._why is None else "stopped"

    @property
    def _why(self) -> str | None:
        """Why it is not done, as it stands on disk; written before it runs too, for when its process is killed."""
        document = self._read(_STOPPED)
        return None if document is None else str(document["why"])

    @property
    def tunes(self) -> bool:
        """Whether its prompt stage was begun."""
        return (self.folder / _BEGUN).exists() or (self.folder / _PROMPTS).exists()

    def begin(self, asked: Asked) -> None:
        """Writes down what it is asked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(_ASKED, asdict(asked))
        self._write(_STOPPED, {"why": _KILLED})

    def stop(self, why: str) -> None:
        """Writes down why it was stopped, where it was begun at all."""
        if (self.folder / _ASKED).exists():
            self._write(_STOPPED, {"why": why})

    def begin_prompts(self, choices: Mapping[str, Any], begun: Begun) -> None:
        """Keeps which optimiser tunes prompts under some values, and with what settings."""
        self._write(_BEGUN, {"choices": dict(choices), "begun": asdict(begun)})

    def prompts_begun(self, choices: Mapping[str, Any]) -> Begun | None:
        """What the prompt stage under these values was begun with; None where none was."""
        from ragkit.optimize.prompts.tune import Begun

        kept = self._read(_BEGUN)
        return None if kept is None or kept["choices"] != dict(choices) else Begun(**kept["begun"])

    def keep_prompts(self, choices: Mapping[str, Any], tuned: Tuned) -> None:
        """Keeps what the prompt stage found under some values."""
        steps = None if tuned.prompts is None else dict(tuned.prompts.steps)
        self._write(_PROMPTS, {"choices": dict(choices), "steps": steps, "record": dict(tuned.record)})

    def prompts(self, choices: Mapping[str, Any]) -> Tuned | None:
        """What the prompt stage found under these values; None where it has not ended."""
        from ragkit.optimize.prompts.prompts import Prompts
        from ragkit.optimize.prompts.tune import Tuned

        kept = self._read(_PROMPTS)
        if kept is None or kept["choices"] != dict(choices):
            return None
        return Tuned(None if kept["steps"] is None else Prompts(kept["steps"]), kept["record"])

    def finish(self, card: Mapping[str, Any]) -> None:
        """Writes down what it came to."""
        self._write(_CARD, card)
        (self.folder / _STOPPED).unlink(missing_ok=True)

    def lock(self) -> FileLock:
        """Taken while it runs; ends with the process.

        Raises:
            UsageError: Another process has it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(f"the study {self.name!r} is running in another process") from error
        return lock

    def discard_unbegun(self) -> None:
        """Takes the folder away where nothing was begun in it."""
        if not (self.folder / _ASKED).exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            document: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise UsageError(f"{str(self.folder / name)!r} is damaged: {error}") from error
        return document

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        half = self.folder / f".{name}.half"
        half.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        half.replace(self.folder / name)


class Studies:
    """The studies of a project."""

    def __init__(self, project: Project) -> None:
        self._folder = project.state / FOLDER

    def __iter__(self) -> Iterator[Study]:
        """All of them, the one that was touched last first."""
        found = [Study(folder) for folder in self._folder.glob("*") if (folder / _ASKED).is_file()]
        return iter(sorted(found, key=lambda study: -(study.folder / _ASKED).stat().st_mtime))

    def new(self, name: str | None, pipeline: str) -> Study:
        """A study that is not there yet.

        Args:
            name: Its name; None takes the pipeline's with a number.
            pipeline: The pipeline's name.

        Raises:
            UsageError: The name is taken, or cannot be a folder's.
        """
        if name is None:
            stem = re.sub(r"[^A-Za-z0-9._-]+", "-", pipeline).strip("-.") or "study"
            number = 1
            while (self._folder / f"{stem}-{number}").exists():
                number += 1
            return Study(self._folder / f"{stem}-{number}")
        self._check(name)
        if (self._folder / name / _ASKED).exists():
            raise UsageError(f"there is a study {name!r} already", hint=f"ragkit study resume {name}")
        return Study(self._folder / name)

    def open(self, name: str) -> Study:
        """A study that is there.

        Raises:
            UsageError: It is not.
        """
        self._check(name)
        if not (self._folder / name / _ASKED).is_file():
            known = [study.name for study in self]
            there = f"there are {', '.join(known)}" if known else "there is none yet"
            raise UsageError(
                f"there is no study {name!r}{did_you_mean(name, known)}; {there}", hint="ragkit study list"
            )
        return Study(self._folder / name)

    @staticmethod
    def _check(name: str) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(f"a study cannot be called {name!r}: letters, digits, '.', '_' and '-', at most 100")
