"""The method pages over the notes and a scripted LM, which answers by rule and so also in a batch."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from ragkit.testing import FakeReader, Fault, ScriptedLM, opened
from ragkit.trace.words import counted

FOLDER = Path(__file__).parents[3] / "pipelines" / "methods"
DOCS = Path(__file__).parents[3] / "docs" / "methods"
QUESTION = "Where does adaptive-k cut the ranked list?"
OTHER = "By what does BM25 rank passages?"
BROKEN = Fault("bad_request", "no longer today")


def page(name, **changed):
    """The file from its version on; ``changed`` lines of the head are put in the place of its own."""
    whole = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    text = whole[whole.index("version: 1") :].replace("../trained/", f"{FOLDER.parent}/trained/")
    text = re.sub(r"(?<=pipeline: )(?=[\w-]+\.yaml)", f"{FOLDER}/", text)
    for key, value in {"lm": "scripted/lm", **changed}.items():
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
    return text


@contextlib.contextmanager
def method(name, rule, reader=None, choices=None, **changed):
    """The page, opened, and its LM; ``rule`` is a function of the request that gives its fields, a Said or a Fault."""
    lm = ScriptedLM(rule)
    with opened(page(name, **changed), lm=lm, reader=reader or FakeReader(), choices=choices) as pipeline:
        yield pipeline, lm


def spans(result, step):
    """The executions of a step that ran, in order."""
    return [span for span in result.trace.spans if span.step == step and span.status == "ok"]


def gave(result, step, port):
    """What the executions of a step gave at a port."""
    return [span.outputs[port] for span in spans(result, step)]


def stopped(result, step="ask"):
    """Why a loop ended."""
    (span,) = spans(result, step)
    return span.outputs["stopped"]


def alike(pipeline):
    """Two questions in a batch come to the same as one by one, by the same requests; gives the results of the batch."""
    together = pipeline.run_batch([QUESTION, OTHER])
    for result, question in zip(together, [QUESTION, OTHER], strict=True):
        _same(result, pipeline.run(question))
    return together


def _same(left, right):
    """Two runs came to the same, by the same requests."""
    keys = ("answer", "abstained", "citations", "stopped", "error")
    assert {key: left.document[key] for key in keys} == {key: right.document[key] for key in keys}
    assert [p["id"] for p in left.document["passages"]] == [p["id"] for p in right.document["passages"]]
    left_spans, right_spans = (sorted((s.frame, s.step, s.status) for s in one.trace.spans) for one in (left, right))
    assert left_spans == right_spans, "in any order: steps that do not wait for each other run side by side"
    for key in ("lm_calls", "retrieval_calls", "prompt_tokens", "completion_tokens"):
        assert left.usage[key] == right.usage[key]


def is_documented(name, plan):
    """The page is short, and its doc says the most calls that the plan can make."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    text = " ".join((DOCS / f"{name}.md").read_text(encoding="utf-8").split())
    assert len(lines) <= 50
    most = f"{counted(plan.calls.lm, 'LM request')} and {counted(plan.calls.retrievals, 'retrieval')}"
    assert f"at most {most}" in text
    assert plan.budget.lm_calls is not None and plan.budget.tokens is not None
