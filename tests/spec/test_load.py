"""The ways to load a pipeline, and what holds for all of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import SpecError
from ragkit.spec.load import check, check_text, load, load_text
from tests.components_for_tests import CATALOGUE
from tests.spec.compiling import GOOD, codes_of, findings_of

FILES = sorted(GOOD.glob("*.yaml"))
REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted((REPOSITORY / "pipelines").rglob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_good_file_has_a_plan_and_no_findings(file: Path) -> None:
    plan, findings = check(file, catalogue=CATALOGUE, env={})
    assert findings == ()
    assert plan is not None
    assert plan.file == file
    assert plan.files[0] == file
    assert load(str(file), catalogue=CATALOGUE, env={}).hash == plan.hash


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_what_is_shipped_can_be_loaded(file: Path) -> None:
    load(file, catalogue=Catalogue(), env={"RAGKIT_LM": "openai/any"}, corpora=REPOSITORY / "corpora")
    if "RAGKIT_LM" in file.read_text(encoding="utf-8"):
        plan, findings = check(file, catalogue=Catalogue(), env={}, corpora=REPOSITORY / "corpora")
        if plan is None:
            assert "RAGKIT_LM=provider/model" in str(SpecError(findings))
        else:
            assert any("needs an LM and none is set" in note for note in plan.notes), "it says what it does without"


def test_a_text_is_read_as_a_file_is() -> None:
    file = GOOD / "nesting.yaml"
    text = file.read_text(encoding="utf-8")
    plan = load_text(text, "editor", base=GOOD, catalogue=CATALOGUE, env={})
    assert plan.hash == load(file, catalogue=CATALOGUE, env={}).hash
    assert plan.file == Path("editor")
    with pytest.raises(SpecError) as caught:
        load_text(text, "editor", base=GOOD.parent, catalogue=CATALOGUE, env={})
    assert {finding.file for finding in caught.value.diagnostics} == {"editor"}
    assert check_text("", "editor", base=GOOD, catalogue=CATALOGUE)[0] is None


def test_all_findings_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """
        nmae: x
        steps:
          found: {use: make.pasages}
          few: {use: select.top, passages: found, k: many}
          idle: {use: make.passages}
          last: {use: generate.quote, passages: fwe}
        output: last.text
        """
    findings = findings_of(text)
    assert [finding.code for finding in findings] == [
        "unknown-key", "unknown-component", "wrong-value", "unread", "unknown-name", "output",
    ]  # fmt: skip
    assert [finding.line for finding in findings] == sorted(finding.line for finding in findings)


@pytest.mark.parametrize("number", ["0", "2", '"1"', "1.5", "true", "[1]", "null"])
def test_only_version_one_is_read(number: str) -> None:
    text = f"version: {number}\nsteps: {{found: {{use: make.passages}}}}\noutput: found"
    assert codes_of(text) == ["version"]
    assert "version 1" in findings_of(text)[0].message


def test_loading_imports_only_the_components_that_are_named(tmp_path: Path) -> None:
    file = tmp_path / "it.yaml"
    file.write_text(
        'version: 1\ninputs: {given: "list[Passage]"}\n'
        "steps: {few: {use: select.top_k, passages: given}}\noutput: few\n"
    )
    code = f"""
import sys
from ragkit.components.catalogue import Catalogue
from ragkit.spec.load import load
load({str(file)!r}, catalogue=Catalogue())
heavy = {{"torch", "transformers", "dspy", "chromadb", "streamlit", "sklearn", "onnxruntime", "numpy", "scipy"}}
print(sorted(heavy & set(sys.modules)))
print([name for name in Catalogue().names() if "ragkit.components." + name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['select.top_k']"]


@pytest.mark.clock
def test_ten_steps_are_loaded_in_no_time() -> None:
    steps = "  a0: {use: make.passages}\n"
    steps += "".join(f"  a{n}: {{use: select.top, passages: a{n - 1}, k: 5}}\n" for n in range(1, 10))
    text = f"version: 1\nsteps:\n{steps}output: a9\n"
    best = 1.0
    for _ in range(10):
        started = time.process_time()
        load_text(text, "it", base=GOOD, catalogue=CATALOGUE, env={})
        best = min(best, time.process_time() - started)
    assert best < 0.05


def test_a_thousand_steps_are_loaded_too() -> None:
    steps = "  a0: {use: make.passages}\n"
    steps += "".join(f"  a{n}: {{use: select.top, passages: a{n - 1}}}\n" for n in range(1, 1000))
    plan = load_text(f"version: 1\nsteps:\n{steps}output: a999\n", "it", base=GOOD, catalogue=CATALOGUE, env={})
    assert len(plan.critical_path) == 1000
    assert plan.width == 1


def test_a_long_chain_of_flows_that_may_be_nothing_is_told_in_short() -> None:
    steps = "  a0: {use: make.passages}\n  b: {use: query.maybe, text: question}\n"
    steps += "  a1: {use: flow.first, of: [c]}\n"
    steps += (
        "  c: {use: flow.route, label: b, branches: {x: {steps: {d: {use: select.top, passages: a0}}, output: d}}}\n"
    )
    steps += "".join(f"  a{n}: {{use: flow.first, of: [a{n - 1}]}}\n" for n in range(2, 1000))
    (finding,) = findings_of(f"steps:\n{steps}output: a999\n")
    assert finding.code == "output-nothing"
    assert "…" in finding.message
    assert len(finding.message) < 600


def test_a_chain_that_cannot_be_followed_is_told() -> None:
    steps = "".join(f"      a{n}: {{use: flow.first, of: [a{n - 1}]}}\n" for n in range(1, 900))
    body = (
        f"      a0: {{use: flow.first, of: [carry.seen, found]}}\n{steps}    next: {{seen: a899}}\n    output: a899\n"
    )
    loop = f"    use: flow.loop\n    max_rounds: 2\n    carry: {{seen: {{value: []}}}}\n    steps:\n{body}"
    assert codes_of(f"steps:\n  found: {{use: make.passages}}\n  ask:\n{loop}output: ask\n") == ["too-large"]


def test_three_thousand_steps_are_too_many() -> None:
    steps = "".join(f"  a{n}: {{use: make.passages}}\n" for n in range(3000))
    names = ", ".join(f"a{n}" for n in range(3000))
    text = f"steps:\n{steps}  all: {{use: fuse.all, passages: [{names}]}}\noutput: all\n"
    assert codes_of(text) == ["too-large"]
