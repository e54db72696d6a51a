"""ragkit: one YAML file becomes a question-answering pipeline that decides whether, where and how much to retrieve.

    import ragkit

    pipeline = ragkit.load("pipelines/adaptive-k.yaml")
    result = pipeline.run("What is adaptive-k?")
    print(result.answer.text)

``load`` gives a pipeline that can run, ``compile`` the same as a ``dspy.Module``, for DSPy's evaluation and optimisers;
``profiles`` lists the profiles that a file names.
Importing this package loads neither models nor numpy nor DSPy: names are fetched when they are first used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# onnxruntime 1.31 sends what it is used for to its maker, and keeps a number of this machine in the home for it, from
# its import on; whoever imports it first in this process, it must find this. A person who wants it sets it to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from ragkit.engine import Pipeline
    from ragkit.engine.module import compile_pipeline as compile
    from ragkit.engine.profiles import profiles

    __version__: str
    load = Pipeline.load

__all__ = ["Pipeline", "__version__", "compile", "load", "profiles"]


def __getattr__(name: str) -> Any:
    if name == "Pipeline":
        from ragkit.engine import Pipeline

        return Pipeline
    if name == "load":
        from ragkit.engine import Pipeline

        return Pipeline.load
    if name == "compile":
        from ragkit.engine.module import compile_pipeline

        return compile_pipeline
    if name == "profiles":
        from ragkit.engine.profiles import profiles

        return profiles
    if name == "__version__":
        from importlib.metadata import version

        return version("ragkit")
    raise AttributeError(f"module 'ragkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
