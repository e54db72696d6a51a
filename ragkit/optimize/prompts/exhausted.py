"""The end of a prompt stage because its budget has ended, or because nobody answers any more."""

from __future__ import annotations

from ragkit.errors import EvaluationError


class ExhaustedError(BaseException):
    """Nothing more can be paid.

    No ``Exception``: DSPy's optimisers take those for a question that failed, and would go on with candidates that
    were never asked. Like ctrl-C this ends them at once; what was measured before is kept (``Candidates``).
    """


class LostError(BaseException):
    """An LM, or the judge, answers no more: whatever is measured from now on says nothing. No ``Exception`` either.

    Attributes:
        error: What a person is told.
    """

    def __init__(self, error: EvaluationError) -> None:
        super().__init__(error.message)
        self.error = error
