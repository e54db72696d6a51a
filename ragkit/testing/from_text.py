"""A pipeline from a text, over an LM and a corpus that the test brings."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.lm.registry import in_process
from ragkit.spec.load import load_text


@contextlib.contextmanager
def opened(
    text: str,
    *,
    lm: Any = None,
    reader: Any = None,
    catalogue: Catalogue | None = None,
    choices: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[Pipeline]:
    """A pipeline that runs while the block does; every corpus it names is ``reader``, and ``lm`` is its LM.

    Example::

        from ragkit.testing import FakeReader, ScriptedLM, opened

        text = '''
        corpus: notes
        lm: scripted/lm
        steps:
          found: {use: retrieve.dense, k: 2}
          answer: {use: generate.answer, passages: found}
        output: answer
        '''
        with opened(text, lm=ScriptedLM([{"answer": "At the gap [1]."}]), reader=FakeReader()) as pipeline:
            assert pipeline.run("Where does adaptive-k cut?").answer.text == "At the gap [1]."

    Args:
        text: The YAML; ``version`` may be left out, and the whole may be indented.
        lm: A ``dspy.LM`` that stands behind the model string of its own name: ``scripted/lm`` for a ``ScriptedLM``.
        reader: What stands for every corpus, for example a ``FakeReader``.
        catalogue: The components that may be used; by default ragkit's and those of installed packages.
        choices: Values for search marks, by path.
        options: More of ``Pipeline``: ``cache``, ``responses``, ``store``.

    Raises:
        SpecError: The text has errors; all of them are in it.
    """
    whole = textwrap.dedent(text).lstrip()
    if not whole.startswith("version:"):
        whole = f"version: 1\n{whole}"
    plan = load_text(whole, "test.yaml", base=Path(), catalogue=catalogue or Catalogue(), env={}, choices=choices)
    corpora: Any = None if reader is None else _Corpora(reader)
    with contextlib.ExitStack() as stack:
        if lm is not None:
            stack.enter_context(in_process(lm.model, lm))
        yield stack.enter_context(Pipeline(plan, corpora=corpora, **options))


class _Corpora:
    """The project's corpora, all of them the same."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def open(self, name: str) -> _Corpora:
        return self

    def reader(self) -> Any:
        return self._reader

    def versions(self, names: tuple[str, ...]) -> dict[str, str]:
        return {name: self._reader.version for name in names}

    def encoders(self, names: tuple[str, ...]) -> dict[str, str]:
        return {name: self._reader.encoder for name in names}
