"""The engine: a checked plan becomes a run, single, batched and streaming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.engine.pipeline import Pipeline
    from ragkit.engine.result import RunResult

__all__ = ["Pipeline", "RunResult"]


def __getattr__(name: str) -> Any:
    # Lazily, so that importing one module of the engine does not load them all.
    if name == "Pipeline":
        from ragkit.engine.pipeline import Pipeline

        return Pipeline
    if name == "RunResult":
        from ragkit.engine.result import RunResult

        return RunResult
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
