"""Included files: what they see, and how their errors are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.spec.load import check, load
from tests.components_for_tests import CATALOGUE
from tests.spec.compiling import codes_of, findings_of, plan_of, steps_of

FOUND = "version: 1\ninputs: {topic: str}\nsteps: {hits: {use: make.passages, query: topic}}\noutput: hits\n"
INCLUDING = "steps: {a: {use: flow.pipeline, path: found.yaml, bind: {topic: question}}}\noutput: a"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "found.yaml").write_text(FOUND)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "part.yaml").write_text(
        "version: 1\nsteps: {part: {use: flow.pipeline, path: ../found.yaml, bind: {topic: question}}}\noutput: part\n"
    )
    return tmp_path


def test_a_path_is_relative_to_the_file_it_stands_in(folder: Path) -> None:
    plan = plan_of("steps: {a: {use: flow.pipeline, path: deep/part.yaml}}\noutput: a", base=folder)
    assert "a.part.hits" in steps_of(plan)
    assert plan.files == (Path("it.yaml"), folder / "deep" / "part.yaml", folder / "found.yaml")


def test_question_and_history_are_passed_on_unless_bound(folder: Path) -> None:
    text = """
        steps:
          asked: {use: query.join, parts: [question, {value: please}]}
          a: {use: flow.pipeline, path: found.yaml, bind: {topic: question, question: asked}}
        output: a
        """
    flow = steps_of(plan_of(text, base=folder))["a"].flow
    assert {name: value.text for name, value in flow.inputs.items()} == {  # type: ignore[union-attr]
        "topic": "question",
        "question": "asked",
        "history": "history",
    }


def test_an_input_without_default_must_be_bound(folder: Path) -> None:
    assert codes_of("steps: {a: {use: flow.pipeline, path: found.yaml}}\noutput: a", base=folder) == ["missing-input"]


def test_what_is_bound_must_be_an_input_and_fit_it(folder: Path) -> None:
    text = "steps: {a: {use: flow.pipeline, path: found.yaml, bind: {topic: history, tpic: question}}}\noutput: a"
    assert sorted(codes_of(text, base=folder)) == ["bind", "type-mismatch"]


def test_the_answer_is_the_output_of_a_file_that_gives_both(folder: Path) -> None:
    (folder / "both.yaml").write_text(
        "version: 1\nsteps: {hits: {use: make.passages}, few: {use: select.top, passages: hits},"
        " draft: {use: generate.quote, passages: hits}}\noutput: {answer: draft, passages: few}\n"
    )
    plan = plan_of("steps: {a: {use: flow.pipeline, path: both.yaml}}\noutput: a", base=folder)
    assert plan.root.output_type.name == "Answer"
    assert set(steps_of(plan)) == {"a", "a.hits", "a.draft"}, "nothing reads 'few' here"


def test_an_included_file_may_give_what_no_pipeline_gives_by_itself(folder: Path) -> None:
    (folder / "words.yaml").write_text("version: 1\nsteps: {v: {use: query.variants}}\noutput: v\n")
    text = """
        steps:
          words: {use: flow.pipeline, path: words.yaml}
          each: {use: flow.map, over: words, max_items: 3, steps: {h: {use: make.passages, query: item}}, output: h}
          all: {use: fuse.all, passages: each}
        output: all
        """
    plan_of(text, base=folder)
    plan, findings = check(folder / "words.yaml", catalogue=CATALOGUE, env={})
    assert plan is None
    assert [finding.code for finding in findings] == ["output"]


def test_an_error_inside_is_told_at_its_own_place_with_the_way_to_it(folder: Path) -> None:
    (folder / "found.yaml").write_text(FOUND.replace("query: topic", "query: topik"))
    (finding,) = findings_of("steps: {a: {use: flow.pipeline, path: deep/part.yaml}}\noutput: a", base=folder)
    assert finding.file == str(folder / "found.yaml")
    assert finding.line == 3
    assert finding.suggestion == "topic"
    assert finding.source_line.startswith("steps:")
    deep = folder / "deep" / "part.yaml"
    assert f"(included at {deep}:2:42, included at it.yaml:2:39)" in finding.message


def test_errors_of_a_file_included_twice_are_told_once(folder: Path) -> None:
    (folder / "found.yaml").write_text(FOUND.replace("query: topic", "query: topik, m: 3"))
    text = """
        steps:
          a: {use: flow.pipeline, path: found.yaml, bind: {topic: question}}
          b: {use: flow.pipeline, path: found.yaml, bind: {topic: question}}
          c: {use: fuse.all, passages: [a, b]}
        output: c
        """
    assert codes_of(text, base=folder) == ["unknown-name", "unknown-key"]


@pytest.mark.parametrize("chain", [("a",), ("a", "b"), ("a", "b", "c")])
def test_a_pipeline_cannot_include_itself(tmp_path: Path, chain: tuple[str, ...]) -> None:
    for name, following in zip(chain, [*chain[1:], chain[0]], strict=True):
        text = f"version: 1\nsteps: {{part: {{use: flow.pipeline, path: {following}.yaml}}}}\noutput: part\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    plan, findings = check(tmp_path / "a.yaml", catalogue=CATALOGUE, env={})
    assert plan is None
    (finding,) = findings
    assert finding.code == "include-cycle"
    assert " -> ".join(f"{name}.yaml" for name in (*chain, "a")) in finding.message


def test_a_file_that_includes_itself_through_a_link_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nsteps: {p: {use: flow.pipeline, path: link.yaml}}\noutput: p\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "a.yaml")
    _, findings = check(tmp_path / "a.yaml", catalogue=CATALOGUE, env={})
    assert [finding.code for finding in findings] == ["include-cycle"]


def test_files_that_multiply_are_stopped(tmp_path: Path) -> None:
    for level in range(16):
        inner = "use: make.passages" if level == 15 else f"use: flow.pipeline, path: p{level + 1}.yaml"
        steps = f"a: {{{inner}}}, b: {{{inner}}}, c: {{use: fuse.all, passages: [a, b]}}"
        (tmp_path / f"p{level}.yaml").write_text(f"version: 1\nsteps: {{{steps}}}\noutput: c\n")
    plan, findings = check(tmp_path / "p0.yaml", catalogue=CATALOGUE, env={})
    assert plan is None
    assert {finding.code for finding in findings} == {"too-large"}


def test_scopes_that_lie_too_deep_are_stopped() -> None:
    steps = "{step: {use: make.passages}}"
    for level in range(30):
        output = f"step{level - 1}" if level else "step"
        steps = f"{{step{level}: {{use: flow.loop, max_rounds: 1, steps: {steps}, output: {output}}}}}"
    assert codes_of(f"steps: {steps}\noutput: step29") == ["too-large"]


def test_a_file_that_is_not_there_is_told_with_those_that_are(folder: Path) -> None:
    (finding,) = findings_of("steps: {a: {use: flow.pipeline, path: fond.yaml}}\noutput: a", base=folder)
    assert finding.suggestion == "found.yaml"


def test_a_file_that_cannot_be_read_is_one_finding(folder: Path) -> None:
    (folder / "found.yaml").write_text("version: 1\nsteps: {a: [\n")
    findings = findings_of(INCLUDING, base=folder)
    assert {finding.file for finding in findings} == {str(folder / "found.yaml")}


def test_a_budget_of_an_included_file_is_said_not_to_count(folder: Path) -> None:
    (folder / "found.yaml").write_text(FOUND + "budget: {lm_calls: 3}\n")
    plan = plan_of(INCLUDING, base=folder)
    assert plan.notes == ("'budget' of found.yaml holds only where that file is run by itself",)
    assert load(folder / "found.yaml", catalogue=CATALOGUE, env={}).budget.lm_calls == 3


def test_an_inner_step_may_have_the_name_of_an_outer_one_in_another_file(folder: Path) -> None:
    plan_of("steps: {hits: {use: flow.pipeline, path: found.yaml, bind: {topic: question}}}\noutput: hits", base=folder)
