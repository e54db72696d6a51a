"""Questions that are being answered, each on a thread of its own.

A page is run anew whenever somebody touches a widget, and goes away when a tab is closed; a run goes on, and the page
that comes back takes it up where it stands.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ragkit.trace.model import Span

_KEPT = 100


class Event(NamedTuple):
    """Something that happened: a ``step`` that ended, in words; a piece of the answer's ``text``; a ``note``."""

    kind: str
    text: str


class Run:
    """One question on its way, with an id of its own. ``error`` is set when it could not even begin."""

    def __init__(self, question: str) -> None:
        self.id = secrets.token_hex(8)
        self.question = question
        self.error: Exception | None = None
        self.done = False
        self._events: list[Event] = []
        self._changed = threading.Condition()

    def step(self, span: Span) -> None:
        """Takes up a step that ended, in words."""
        from ragkit.trace.telling import decision_in_words, what
        from ragkit.trace.words import duration

        took = "" if span.status == "skipped" else f"{duration(span.ended - span.started)} · "
        why = f" — {decision_in_words(span.decision)}" if span.decision is not None else ""
        self.add("step", f"{took}{span.step}: {what(span)}{why}")

    def text(self, piece: str) -> None:
        """Takes up a piece of the answer."""
        self.add("text", piece)

    def note(self, text: str) -> None:
        """Takes up a word about the preparations."""
        self.add("note", text)

    def add(self, kind: str, text: str) -> None:
        """Takes up an event, from any thread."""
        with self._changed:
            self._events.append(Event(kind, text))
            self._changed.notify_all()

    def end(self, error: Exception | None = None) -> None:
        """Says that there will be no more."""
        with self._changed:
            self.error, self.done = error, True
            self._changed.notify_all()

    def events(self, patience: float = 0.5) -> Iterator[Event | None]:
        """Every event from the first one on, until the run ends; None whenever nothing came for a while.

        Pieces of the answer that came while the page was drawing come as one. The Nones let a page notice that it was
        left: Streamlit stops a script only where it calls Streamlit.

        Args:
            patience: Seconds.
        """
        seen = 0
        while True:
            with self._changed:
                if seen == len(self._events) and not self.done:
                    self._changed.wait(patience)
                new, done = self._events[seen:], self.done
            yield from _joined(new)
            seen += len(new)
            if done:
                return
            if not new:
                yield None


def _joined(events: list[Event]) -> Iterator[Event]:
    """The events, pieces of text that follow each other as one."""
    for kind, group in itertools.groupby(events, lambda event: event.kind):
        alike = list(group)
        yield from [Event(kind, "".join(event.text for event in alike))] if kind == "text" else alike


class Runs:
    """The runs by their conversations: one at a time in each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def of(self, chat: str | None) -> Run | None:
        """The conversation's run that is on its way, or that could not begin; one that ended well is in the store."""
        if chat is None:
            return None
        with self._lock:
            return self._runs.get(chat)

    def start(self, chat: str, question: str, work: Callable[[Run], None]) -> Run:
        """Begins a run, unless the conversation has one on its way: then that is the answer.

        Args:
            chat: The conversation.
            question: The question.
            work: Answers it and tells the run; what it raises becomes the run's error.
        """
        with self._lock:
            going = self._runs.get(chat)
            if going is not None and not going.done:
                return going
            run = self._runs[chat] = Run(question)
            while len(self._runs) > _KEPT and next(iter(self._runs.values())).done:
                self._runs.popitem(last=False)
        threading.Thread(target=self._work, args=(chat, run, work), name="ragkit-ui-run", daemon=True).start()
        return run

    def _work(self, chat: str, run: Run, work: Callable[[Run], None]) -> None:
        try:
            work(run)
        except Exception as error:
            run.end(error)
            return
        with self._lock:
            if self._runs.get(chat) is run:
                del self._runs[chat]
        run.end()
