"""Markdown to paste: complete, and nothing in a text becomes markup."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from ragkit.trace.export.forms import export
from ragkit.trace.export.markdown import markdown
from ragkit.trace.export.masking import Hide
from ragkit.trace.stored import Feedback, StoredTrace
from ragkit.types import Passage, Passages

from ..samples import QUESTION, Recorder, adaptive_run, answer_from, nested_run

EVIL = "</pre><script>alert(1)</script> ![x](http://evil/x.png) **b** `c` ```\n````\n# h | a ~~s~~ <b> &amp; \x1b[2J"


def html(text: str) -> str:
    return MarkdownIt("commonmark").render(text)


def headings(text: str) -> list[str]:
    return re.findall(r"<h[12]>(.*?)</h[12]>", html(text))


def test_the_parts_of_a_run() -> None:
    text = markdown(adaptive_run(), (Feedback(1, "helpful", "no", 0.5, "off"),))
    assert headings(text) == [QUESTION, "Answer", "Sources", "Steps", "Passages", "Feedback"]
    assert "decided: kept 3 of 8: the largest gap is after rank 2" in text
    assert "left out: doc3:0" in text
    assert "- helpful · no · 0.5 · off" in text
    assert html(text).count('<pre><code class="language-text">') == 8


def test_every_step_of_a_nested_run_has_its_line() -> None:
    trace = nested_run()
    text = markdown(trace)
    assert text.count("- **hits**") == 4
    assert len(re.findall(r"^ *- \*\*", text, re.MULTILINE)) == len(trace.spans)
    assert headings(text) == [QUESTION, "Error", "Steps", "Passages"]
    assert html(text).count("<ul>") > 10  # nested lists


def test_texts_are_texts() -> None:
    record = Recorder(question=EVIL)
    bad = Passages([Passage(EVIL, EVIL, EVIL, EVIL, {"cosine": 0.5})], "cosine")
    record.step("a", "x.y", inputs={"query": EVIL + "?"}, outputs={"passages": bad}, warnings=(EVIL,),
                params={"p": EVIL})  # fmt: skip
    record.step("gone", "x.y", status="skipped", reason=EVIL)
    record.step("c", "x.y", status="failed", error={"message": EVIL})
    record.step("answer", "x.y", outputs={"answer": answer_from(bad, EVIL)})
    trace = record.finish(stopped=EVIL)
    trace.result |= {"error": {"message": EVIL, "hint": EVIL}}
    text = markdown(trace, (Feedback(1, EVIL, EVIL, comment=EVIL),))
    rendered = html(text)
    assert not re.search(r"<(script|img|b|a|s|strong>b)\b", rendered)
    assert "&lt;script&gt;" in rendered
    assert "\x1b" not in text
    assert len(re.findall(r"<h1>", rendered)) == 1
    assert rendered.count("<pre>") == 1


@pytest.mark.parametrize("form", ["json", "markdown", "otlp"])
def test_every_form_is_made_and_hides_what_is_to_be_hidden(form: Any) -> None:
    from ragkit.trace.rows import from_row

    trace = adaptive_run()
    row = from_row((trace.id, trace.started, trace.ended, "h:1:", "p", "h", "q", "a", 0, None, 3, 3))
    stored = StoredTrace(trace, row, (Feedback(1, "helpful", "yes"),))
    text = export(stored, form)
    assert QUESTION in text
    assert "Passage 0 says" in text
    assert "helpful" in text
    assert not text.endswith("\n")
    hidden = export(stored, form, Hide(True, True))
    assert QUESTION not in hidden
    assert "Passage 0 says" not in hidden
    assert "doc0:0" in hidden
