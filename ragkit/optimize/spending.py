"""What a whole optimisation may spend, and what it has spent: requests, tokens, money, minutes.

Every request to an LM inside ``Spending.during`` passes here before it leaves, whoever makes it: runs of the pipeline
in a search, a DSPy optimiser's own proposals, the judging on held-out questions. It reserves the most that it can come
to, and is settled for what the server says it did come to; a request whose reservation does not fit is not sent. What
has been spent is on disk before a request leaves, so that a study that was stopped, or killed, goes on with what is
left of it. A reservation that was never settled stays: nobody knows what became of that request.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from ragkit.errors import UsageError
from ragkit.lm.accounts import AccountSpentError, Most, charged
from ragkit.optimize.limits import NAMES, Kind, Limits, Spent
from ragkit.types import Usage


@dataclass(slots=True)
class _Ticket:
    number: int
    phase: str
    held: Spent


class Spending:
    """The ledger of one optimisation. Safe to use from several threads.

    Args:
        limits: What may be spent.
        journal: The file that keeps it, gone on with where it is there; None keeps it in memory.
        clock: Gives seconds; tests pass their own.
    """

    def __init__(
        self, limits: Limits, journal: Path | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._begun = clock()
        self._before = 0.0
        self._phases: dict[str, Spent] = {}
        self._open: dict[int, _Ticket] = {}
        self._number = 0
        self._closed = False
        self.told: Callable[[int], None] = lambda requests: None
        """Is told, when a request has ended, how many were sent in all; from the thread that sent it."""
        self.beyond = 0
        """Requests that came to more than they can by what they were sent with: the server does not keep to it."""
        self._lock = threading.Condition(threading.Lock())
        self._file: IO[bytes] | None = None
        if journal is not None:
            journal.parent.mkdir(parents=True, exist_ok=True)
            self._file = journal.open("a+b", buffering=0)
            self._read()

    def close(self) -> None:
        """Writes down the time that has passed, and closes the file; no request is paid any more."""
        with self._lock:  # a request that is paid is on disk before it leaves, also while threads are left over
            self.tick()
            self._closed = True
            if self._file is not None:
                self._file.close()
                self._file = None
            self._lock.notify_all()

    @property
    def seconds(self) -> float:
        """How long the optimisation has run, earlier runs of the study included."""
        return self._before + self._clock() - self._begun

    @property
    def spent(self) -> Spent:
        """What has been spent, with what is reserved for requests that are under way."""
        with self._lock:
            return self._spent()

    def by_phase(self) -> dict[str, Spent]:
        """What each phase has spent."""
        with self._lock:
            return dict(self._phases)

    def left(self, kind: Kind) -> float | None:
        """What is left of a limit; None where there is none. Never below 0."""
        limit = getattr(self.limits, kind)
        if limit is None:
            return None
        used = self.seconds / 60 if kind == "minutes" else getattr(self.spent, kind)
        return max(0.0, float(limit - used))

    def tick(self) -> None:
        """Writes down the time that has passed: what a search without an LM does after each trial."""
        self._write({"at": round(self.seconds, 3)})

    @contextlib.contextmanager
    def during(self, phase: str, keep: Limits | None = None) -> Iterator[PhaseAccount]:
        """Whatever asks an LM inside the block is paid from here.

        Args:
            phase: What is being done, for the card: ``search``, ``prompts``, ``judging``.
            keep: What this phase must leave for what comes after it.
        """
        account = PhaseAccount(self, phase, keep or Limits())
        with charged(account):
            yield account

    def check(self, keep: Limits | None = None) -> str | None:
        """Which limit is reached already, in a sentence; None while something is left beyond ``keep``."""
        with self._lock:
            return self._over(Spent(), keep or Limits(), full=True)

    def reserve(self, phase: str, most: Most, keep: Limits) -> _Ticket:
        """Takes the most that a request can come to.

        Raises:
            AccountSpentError: It does not fit any more, or nothing bounds it.
        """
        with self._lock:
            held = Spent(1, 0, most.tokens or 0, most.cost or 0.0)
            while (reason := self._refusal(most, held, keep)) is not None:
                # Requests under way are held at the most that they can come to; when they end there may be room.
                if not self._open or self._refusal(most, held, keep, settled=True) is not None:
                    raise AccountSpentError(reason)
                self._lock.wait()
            self._number += 1
            ticket = _Ticket(self._number, phase, held)
            self._open[ticket.number] = ticket
            self._write(
                {"number": ticket.number, "phase": phase, "tokens": most.tokens, "cost": most.cost,
                 "at": round(self.seconds, 3)}
            )  # fmt: skip
            return ticket

    def settle(self, ticket: _Ticket, usage: Usage | None) -> None:
        """Puts what a request did come to in the place of what was reserved for it."""
        with self._lock:
            said = usage or Usage(0, None, None, 0, None, None)
            tokens = None
            if said.prompt_tokens is not None and said.completion_tokens is not None:
                tokens = said.prompt_tokens + said.completion_tokens
            self._open.pop(ticket.number)
            self._settled(ticket, tokens, said.cost)
            over_tokens = self.limits.tokens is not None and (tokens or 0) > ticket.held.tokens
            over_cost = self.limits.cost is not None and (said.cost or 0.0) > ticket.held.cost
            self.beyond += over_tokens or over_cost
            self._lock.notify_all()
            self._write({"settled": ticket.number, "tokens": tokens, "cost": said.cost, "at": round(self.seconds, 3)})
            sent = self._spent().calls
        self.told(sent)

    def cached(self, phase: str) -> None:
        """Counts a reply from the cache."""
        with self._lock:
            self._add(phase, Spent(cached=1))
            self._write({"cached": 1, "phase": phase})

    def as_dict(self) -> dict[str, Any]:
        """For the card: limits, what was spent, in all and by phase, and how many requests the servers left open."""
        spent = self.spent
        return {
            "limits": {name: getattr(self.limits, name) for name in Limits.__slots__},
            **spent.as_dict(),
            "minutes": round(self.seconds / 60, 3),
            "unsaid": {"tokens": spent.unsaid_tokens, "cost": spent.unsaid_cost},
            "beyond": self.beyond,
            "by_phase": {phase: of.as_dict() for phase, of in self.by_phase().items()},
        }

    def _spent(self) -> Spent:
        held = (ticket.held for ticket in self._open.values())
        return sum((*self._phases.values(), *held), Spent())

    def _refusal(self, most: Most, held: Spent, keep: Limits, *, settled: bool = False) -> str | None:
        """Why a request is not sent; ``settled``: as if those under way had cost no tokens and no money."""
        if self._closed:
            return "the optimisation has ended"
        return self._unbounded(most) or self._over(held, keep, settled=settled)

    def _unbounded(self, most: Most) -> str | None:
        for kind in ("tokens", "cost"):
            if getattr(self.limits, kind) is not None and getattr(most, kind) is None:
                return f"a request to {most.model!r} cannot be held against --max-{kind}: {most.why}"
        return None

    def _over(self, more: Spent, keep: Limits, *, full: bool = False, settled: bool = False) -> str | None:
        spent = self._spent()
        if settled:
            spent = sum(self._phases.values(), Spent(len(self._open)))
        for kind, name in NAMES.items():
            limit = getattr(self.limits, kind)
            if limit is None:
                continue
            kept = getattr(keep, kind) or 0
            if kind == "minutes":
                used, over = self.seconds / 60, self.seconds / 60 + kept >= limit
            else:
                used = getattr(spent, kind)
                after = used + getattr(more, kind) + kept
                over = after >= limit if full else after > limit
            if over:
                told = f"the {name.format(limit)} of this optimisation are spent"
                if kept:
                    told = f"of {name.format(limit)}, {kept:,g} are kept for what follows, and the rest is spent"
                elif used < limit:
                    told = f"what is left of {name.format(limit)} does not pay for another request"
                return told
        return None

    def _settled(self, ticket: _Ticket, tokens: int | None, cost: float | None) -> None:
        held = ticket.held
        self._add(
            ticket.phase,
            Spent(
                1, 0, held.tokens if tokens is None else tokens, held.cost if cost is None else cost,
                tokens is None, cost is None,
            ),
        )  # fmt: skip

    def _add(self, phase: str, spent: Spent) -> None:
        self._phases[phase] = self._phases.get(phase, Spent()) + spent

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def _read(self) -> None:
        """Takes over what earlier runs of the study have spent."""
        assert self._file is not None
        self._file.seek(0)
        text = self._file.read()
        if text and not text.endswith(b"\n"):
            self._file.write(b"\n")  # the process was killed in the middle of a line, before the request left
        for line in text.splitlines():
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            self._before = max(self._before, entry.get("at", 0.0))
            if "cached" in entry:
                self._add(entry["phase"], Spent(cached=1))
            elif "settled" in entry:
                if entry["settled"] not in self._open:
                    self._file.close()
                    raise UsageError(
                        f"{self._file.name!r} is damaged: what the study has spent is not known",
                        hint="begin another: ragkit optimize",
                    )
                self._settled(self._open.pop(entry["settled"]), entry["tokens"], entry["cost"])
            elif "number" in entry:
                self._number = entry["number"]
                held = Spent(1, 0, entry["tokens"] or 0, entry["cost"] or 0.0)
                self._open[self._number] = _Ticket(self._number, entry["phase"], held)
        for number in list(self._open):
            self._settled(self._open.pop(number), None, None)


class PhaseAccount:
    """The account of one phase; ``keep`` is what it must leave, ``refused`` why a request was not paid.

    The first request that is not paid ends the phase: what would fit after it would be paid for nothing.
    """

    def __init__(self, spending: Spending, name: str, keep: Limits) -> None:
        self._spending = spending
        self._name = name
        self.keep = keep
        self.refused: str | None = None

    def reserve(self, most: Most) -> _Ticket:
        if self.refused is not None:
            raise AccountSpentError(self.refused)
        try:
            return self._spending.reserve(self._name, most, self.keep)
        except AccountSpentError as error:
            self.refused = str(error)
            raise

    def settle(self, ticket: _Ticket, usage: Usage | None) -> None:
        self._spending.settle(ticket, usage)

    def cached(self, usage: Usage) -> None:
        self._spending.cached(self._name)
