"""Indexes that are being built, each on a thread of its own: a page that is left and comes back finds its build."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ragkit.corpus.progress import BuildProgress

if TYPE_CHECKING:
    from ragkit.corpus.corpus import BuildReport, Corpus


class Build:
    """One build. ``report`` is set when it has ended well, ``error`` when it has not."""

    def __init__(self, corpus: str) -> None:
        self.corpus = corpus
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
            self.error = error


class Builds:
    """The builds by their corpora: one at a time for each, and the last one is remembered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._builds: dict[str, Build] = {}

    def start(self, corpus: Corpus) -> Build:
        """Begins to build, unless that is on its way."""
        with self._lock:
            going = self._builds.get(corpus.name)
            if going is not None and not going.done:
                return going
            build = self._builds[corpus.name] = Build(corpus.name)
        threading.Thread(target=build.run, args=(corpus,), name="ragkit-ui-build", daemon=True).start()
        return build

    def of(self, corpus: str) -> Build | None:
        """The corpus's last build since the app was started."""
        with self._lock:
            return self._builds.get(corpus)
