"""ragkit: one YAML file becomes a question-answering pipeline that decides whether, where and how much to retrieve.

    import ragkit

    pipeline = ragkit.load("pipelines/adaptive-k.yaml")
    result = pipeline.run("What is adaptive-k?")
    print(result.answer.text)

``load`` gives a pipeline that can run, ``compile`` the checked plan alone (nothing is loaded, no index is built).
Importing this package loads neither models nor numpy: the two names are fetched when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.engine import Pipeline
    from ragkit.spec.load import load as compile
    from ragkit.spec.plan import Plan

    __version__: str
    load = Pipeline.load

__all__ = ["Pipeline", "Plan", "__version__", "compile", "load"]


def __getattr__(name: str) -> Any:
    if name == "Pipeline":
        from ragkit.engine import Pipeline

        return Pipeline
    if name == "Plan":
        from ragkit.spec.plan import Plan

        return Plan
    if name == "load":
        from ragkit.engine import Pipeline

        return Pipeline.load
    if name == "compile":
        from ragkit.spec.load import load

        return load
    if name == "__version__":
        from importlib.metadata import version

        return version("ragkit")
    raise AttributeError(f"module 'ragkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
