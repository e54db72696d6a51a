"""The errors that ragkit raises, in one tree.

    RagkitError                 everything below; has .code, .place, .hint, .exit_code
    ├── UsageError              a wrong argument on the command line or in a call      (exit 2)
    ├── SpecError               a YAML file with findings, all of them at once         (exit 2)
    ├── MissingExtra            an optional package is not installed                   (exit 2)
    ├── CorpusError             documents, encoder or index                            (exit 3)
    │   ├── DocumentError       a document that cannot be read
    │   ├── EncoderError        the encoder cannot be loaded, or is not the index's own
    │   ├── IndexMissing        no index has been built, or it is stale
    │   └── IndexBusy           another process is building this index
    ├── LMError                 an LM that cannot be reached, or did not answer as asked (exit 3)
    │   └── LMUnavailable       an LM that answers nobody: out of reach, overloaded, or without a key
    ├── StepError               a step failed while a question ran                     (exit 3)
    ├── TrainedFileError        a trained file that is missing, damaged or of another step (exit 3)
    ├── EvaluationError         a saved result or a running one that cannot be used    (exit 3)
    └── TraceError              a trace that is not there, or a store that cannot be read (exit 3)

A caller who wants one question to fail alone writes::

    try:
        result = pipeline.run("What is adaptive-k?")
    except StepError as error:
        print(error.place, error, error.hint)

The text of an error says what was found, what is allowed and the nearest name; ``hint`` is what to do next. Bare
``ValueError`` is raised only by pure helpers on arguments that no user can write.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ragkit.spec.diagnostics import Diagnostic


class RagkitError(Exception):
    """The root of the tree.

    Args:
        message: What was found and what is allowed; starts in lower case, identifiers with ``!r``.
        place: Where: ``file:line:col`` for a file, the step's path for a run.
        hint: What mends it, often a command; printed on a line of its own.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, place: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def as_dict(self) -> dict[str, str | None]:
        """The error as the ``error`` object of a result document (DESIGN.md section 3)."""
        return {"code": self.code, "message": self.message, "place": self.place, "hint": self.hint}

    def __str__(self) -> str:
        return self.message


class UsageError(RagkitError):
    """A wrong argument on the command line or in a call."""

    code = "usage"
    exit_code = 2


class SpecError(RagkitError):
    """A YAML file with findings. ``diagnostics`` holds all of them, in the order of their places."""

    code = "spec"
    exit_code = 2

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        count = len(self.diagnostics)
        first = self.diagnostics[0]
        super().__init__(f"{count} {'error' if count == 1 else 'errors'} in {first.file}", place=first.place)

    def __str__(self) -> str:
        return "\n".join(diagnostic.render() for diagnostic in self.diagnostics)


class MissingExtra(RagkitError):
    """An optional package is not installed; the message names it, its purpose and the line that installs it."""

    code = "missing-extra"
    exit_code = 2

    def __init__(self, package: str, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed",
            hint=f"pip install 'ragkit[{extra}]'",
        )


class CorpusError(RagkitError):
    """Documents, encoder or index."""

    code = "corpus"


class DocumentError(CorpusError):
    """A document that cannot be read; ``place`` is its file and, where there is one, its line."""

    code = "document"


class EncoderError(CorpusError):
    """The encoder cannot be loaded, or is another than the one the index was built with."""

    code = "encoder"


class IndexMissing(CorpusError):
    """No index has been built for this corpus, or the one that is there is stale."""

    code = "index-missing"


class IndexBusy(CorpusError):
    """Another process is building this index; the message says which."""

    code = "index-busy"


class LMError(RagkitError):
    """A language model that cannot be opened or reached, or that did not answer as it was asked to."""

    code = "lm"


class LMUnavailable(LMError):
    """An LM that answers nobody at this moment, or not us: out of reach, overloaded, refusing the key, unknown there.

    What was asked has no part in it; where it goes on, other questions fail like this one.
    """

    code = "lm-unavailable"


class StepError(RagkitError):
    """A step failed while a question ran: step, component, sizes of its inputs and the cause."""

    code = "step"

    def __init__(
        self, step: str, use: str, cause: BaseException, *, inputs: str = "", trace_id: str | None = None
    ) -> None:
        self.step = step
        self.use = use
        self.cause = cause
        self.inputs = inputs
        self.trace_id = trace_id
        text = str(cause) or type(cause).__name__
        kind = "" if isinstance(cause, RagkitError) else f"{type(cause).__name__}: "
        given = f" (inputs: {inputs})" if inputs else ""
        hint = getattr(cause, "hint", None)
        if hint is None and trace_id is not None:
            hint = f"ragkit trace show {trace_id}"
        super().__init__(f"step {step!r} ({use}) failed: {kind}{text}{given}", place=step, hint=hint)


class TrainedFileError(RagkitError):
    """A trained file that is missing, damaged, or was made for another component."""

    code = "trained-file"


class EvaluationError(RagkitError):
    """A saved result that is damaged, or an evaluation that another process runs at this moment."""

    code = "evaluation"


class TraceError(RagkitError):
    """A trace that is not there, or a store that cannot be read."""

    code = "trace"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None: one helper for every "did you mean"."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def nearest_file(name: str, known: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """The file that was probably meant, as a name and the names near to it: a suffix in common says nothing."""
    by_stem = {known_name.rpartition(".")[0] or known_name: known_name for known_name in known}
    guess = nearest(name.rpartition(".")[0] or name, by_stem)
    return None if guess is None else (by_stem[guess], (by_stem[guess],))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` or an empty string."""
    guess = nearest(name, known)
    return f"; did you mean {guess!r}?" if guess is not None else ""
