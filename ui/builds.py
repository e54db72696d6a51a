"""Indexes that are being built, each on a thread of its own: a page that is left and comes back finds its build."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ragkit.corpus.progress import BuildProgress
from ragkit.errors import DocumentError

if TYPE_CHECKING:
    from ragkit.corpus.corpus import BuildReport, Corpus


class Build:
    """One build. ``report`` is set when it has ended well, ``error`` when it has not.

    Args:
        corpus: The corpus's name.
        take_back: Takes away what was written for it, where its documents turn out to be none; ``taken_back`` says that
            this was done.
    """

    def __init__(self, corpus: str, take_back: Callable[[], None] | None = None) -> None:
        self.corpus = corpus
        self.taken_back = False
        self._take_back = take_back
        self.progress: BuildProgress | None = None
        self.report: BuildReport | None = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        """True when it has ended, well or not."""
        return self.report is not None or self.error is not None

    def tell(self, progress: BuildProgress) -> None:
        """Takes up how far it is, from any thread."""
        self.progress = progress

    def run(self, corpus: Corpus) -> None:
        """Builds, on the thread that calls it."""
        try:
            self.report = corpus.build(self.tell)
        except Exception as error:
            if self._take_back is not None and isinstance(error, DocumentError):
                self._take_back()
                self.taken_back = True
            self.error = error


class Builds:
    """The builds by their corpora: one at a time for each, and the last one is remembered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._builds: dict[str, Build] = {}

    def start(self, corpus: Corpus, take_back: Callable[[], None] | None = None) -> Build:
        """Begins to build, unless that is on its way; ``take_back`` is as for ``Build``."""
        with self._lock:
            going = self._builds.get(corpus.name)
            if going is not None and not going.done:
                return going
            build = self._builds[corpus.name] = Build(corpus.name, take_back)
        threading.Thread(target=build.run, args=(corpus,), name="ragkit-ui-build", daemon=True).start()
        return build

    def of(self, corpus: str) -> Build | None:
        """The corpus's last build since the app was started."""
        with self._lock:
            return self._builds.get(corpus)
