"""The Python in docs/testing.md and docs/language-models.md runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def python_of(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(python_of("testing.md"))))
def test_the_examples_of_testing_run(number: int):
    exec(compile(python_of("testing.md")[number], f"<testing.md {number}>", "exec"), {"__name__": "__docs__"})


def test_the_examples_of_language_models_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import dspy

    import ragkit
    from ragkit.testing import ScriptedLM, in_process

    monkeypatch.chdir(tmp_path)
    path = tmp_path / "it.yaml"
    path.write_text(
        "version: 1\nlm: scripted/lm\nsteps:\n  answer: {use: lm.predict, signature: 'question -> answer: Answer'}\n"
        "output: answer\n"
    )
    examples = [dspy.Example(question=f"q{n}", answer="a").with_inputs("question") for n in range(4)]
    given = {
        "ragkit": ragkit, "dspy": dspy, "path": path, "examples": examples,
        "metric": lambda gold, found, trace=None: True, "print": lambda *args, **rest: None,
    }  # fmt: skip
    with in_process("scripted/lm", ScriptedLM(lambda asked: {"answer": "a b c"})):
        given["pipeline"] = ragkit.load(path)
        for block in python_of("language-models.md"):
            exec(compile(block, "<language-models.md>", "exec"), given)
    assert given["result"].answer.text == "a b c"
    assert any(demo.get("augmented") for demo in given["program"].answer.demos)
