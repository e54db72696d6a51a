"""What one side of a comparison gave for one question: a row of an evaluation, checked."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_FORM = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)
RIGHT = "right"
NOT_JUDGED = "not judged"
Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: tuple(given) if isinstance(given, list) else given)]


class Cause(BaseModel):
    """Why a question failed (``ragkit.evaluate.attribution``)."""

    model_config = _FORM

    cause: str
    step: str | None = None
    detail: str = ""


class Citation(BaseModel):
    """One numbered source of an answer."""

    model_config = _FORM

    number: int
    doc_id: str
    quote: str | None = None


class Found(BaseModel):
    """One passage that reached the answer, without its text."""

    model_config = _FORM

    doc_id: str
    title: str = ""


class Outcome(BaseModel):
    """A row (``ragkit.evaluate.row``) as far as a comparison reads it; its other keys are left alone.

    ``metrics`` and ``usage`` hold null where a number does not apply or is not known. ``error`` is set when the run
    failed, ``cause`` when the question was run and the result is wrong.
    """

    model_config = _FORM

    id: str
    question: str
    kind: str | None = None
    answers: Names = ()
    gold_ids: Names = ()
    answer: str | None = None
    abstained: bool = False
    citations: Annotated[list[Citation], Field(default_factory=list)]
    passages: Annotated[list[Found], Field(default_factory=list)]
    metrics: dict[str, float | None]
    usage: Annotated[dict[str, float | None], Field(default_factory=dict)]
    cause: Cause | None = None
    error: dict[str, Any] | None = None
    trace_id: str | None = None
    cached: int = 0
    pipeline: Annotated[dict[str, Any], Field(default_factory=dict)]
    conditions: Annotated[dict[str, Any], Field(default_factory=dict)]

    @property
    def state(self) -> str:
        """``right``, ``error`` where the run failed, ``not judged`` where the data cannot tell, or why it is wrong."""
        if self.error is not None:
            return "error"
        if self.cause is not None:
            return self.cause.cause
        return NOT_JUDGED if self.metrics.get("correct") is None else RIGHT

    @property
    def label(self) -> tuple[str, tuple[str, ...], tuple[str, ...], str | None]:
        """The question and what is right for it: equal on every side, or the sides cannot be compared."""
        return self.question, tuple(sorted(self.answers)), tuple(sorted(self.gold_ids)), self.kind
