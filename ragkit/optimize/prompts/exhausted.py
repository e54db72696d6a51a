"""The end of a prompt stage because its budget is."""

from __future__ import annotations


class ExhaustedError(BaseException):
    """Nothing more can be paid.

    No ``Exception``: DSPy's optimisers take those for a question that failed, and would go on with candidates that
    were never asked. Like ctrl-C this ends them at once; what was measured before is kept (``Candidates``).
    """
