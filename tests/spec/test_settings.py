"""``corpus`` and ``lm``: who inherits what, and what happens where there is none."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ragkit.component import Calls, Need
from ragkit.errors import SpecError
from ragkit.spec.load import load_text
from ragkit.spec.plan import Model, Plan, RouteFlow
from tests.components_for_tests import CATALOGUE
from tests.spec.compiling import codes_of, findings_of, plan_of, steps_of

WRITTEN = """
    {top}
    steps:
      kind: {{use: route.kind}}
      found: {{use: make.indexed}}
      choose:
        use: flow.route
        label: kind
        default: single
        branches:
          none:
            lm: a/branch
            corpus: branch
            steps: {{draft: {{use: generate.write, passages: hits}}, hits: {{use: make.indexed}}}}
            output: draft
          multi: {{steps: {{draft: {{use: generate.write, passages: found, lm: a/step}}}}, output: draft}}
          single: {{steps: {{draft: {{use: generate.write, passages: found}}}}, output: draft}}
    output: choose
    """


def where(plan: Plan) -> dict[str, tuple[str | None, str | None]]:
    return {path: (step.corpus, step.lm and step.lm.model) for path, step in steps_of(plan).items()}


def test_the_inner_one_wins() -> None:
    plan = plan_of(WRITTEN.format(top="corpus: top\n    lm: a/top"))
    found = where(plan)
    assert found["found"] == ("top", None)
    assert found["choose.none.hits"] == ("branch", None)
    assert found["choose.none.draft"] == ("branch", "a/branch")
    assert found["choose.multi.draft"] == ("top", "a/step")
    assert found["choose.single.draft"] == ("top", "a/top")
    assert plan.corpora == ("top", "branch")
    assert set(plan.lms.values()) == {"a/top", "a/branch", "a/step"}
    assert plan.needs == {Need.INDEX, Need.ENCODER, Need.LM}


def test_an_empty_lm_is_no_lm() -> None:
    text = WRITTEN.format(top='corpus: top\n    lm: ""')
    assert codes_of(text) == ["no-lm"]
    assert codes_of(WRITTEN.format(top="corpus: top\n    lm:")) == ["no-lm"]
    assert codes_of(WRITTEN.format(top="lm: a/top")) == ["corpus"]


def test_lms_have_names() -> None:
    plan = plan_of(
        """
        lms: {small: provider/small, large: provider/large}
        lm: small
        steps:
          found: {use: make.passages}
          draft: {use: generate.write, passages: found}
          other: {use: generate.write, passages: found, lm: large}
          third: {use: generate.write, passages: found, lm: provider/third}
          best: {use: flow.first, of: [draft, other, third]}
        output: best
        """
    )
    assert where(plan)["draft"][1] == "provider/small"
    assert plan.lms == {"small": "provider/small", "large": "provider/large", "provider/third": "provider/third"}


def test_an_lm_may_be_a_mapping_that_says_how_it_is_reached() -> None:
    plan = plan_of(
        """
        lms:
          local: {model: openai/llama, api_base: "http://127.0.0.1:8080/v1", timeout: 20, fallback: spare}
          spare: {model: a/spare, temperature: 0, fallback: a/last}
        lm: local
        steps:
          found: {use: make.passages}
          draft: {use: generate.write, passages: found}
        output: draft
        """
    )
    last = Model("a/last")
    spare = Model("a/spare", "spare", temperature=0.0, fallback=last)
    local = Model("openai/llama", "local", "http://127.0.0.1:8080/v1", timeout=20.0, fallback=spare)
    assert steps_of(plan)["draft"].lm == local
    assert plan.lms == {"local": "openai/llama", "spare": "a/spare", "a/last": "a/last"}


def test_a_step_that_asks_no_lm_has_none() -> None:
    plan = plan_of(WRITTEN.format(top="corpus: top\n    lm: a/top"))
    assert steps_of(plan)["kind"].lm is None
    assert "a/top" in plan.lms.values()


def test_where_a_file_says_nothing_the_environment_does() -> None:
    def draft(top: str) -> str | None:
        text = f"version: 1\n{dedent(WRITTEN.format(top=top)).lstrip()}"
        plan = load_text(text, "it.yaml", base=Path(), catalogue=CATALOGUE, env={"RAGKIT_LM": "env/model"})
        return where(plan)["choose.single.draft"][1]

    assert draft("corpus: top") == "env/model"
    assert draft("corpus: top\n    lm: a/top") == "a/top"
    with pytest.raises(SpecError, match="needs an LM"):
        draft('corpus: top\n    lm: ""')


def test_an_included_file_inherits_what_it_does_not_set(tmp_path: Path) -> None:
    steps = "steps: {hits: {use: make.indexed}, draft: {use: generate.write, passages: hits}}\noutput: draft\n"
    (tmp_path / "plain.yaml").write_text(f"version: 1\n{steps}")
    (tmp_path / "own.yaml").write_text(f"version: 1\ncorpus: own\nlm: a/own\n{steps}")
    (tmp_path / "unset.yaml").write_text(f"version: 1\nlm: ${{RAGKIT_LM:-}}\n{steps}")
    plan = plan_of(
        """
        corpus: outer
        lm: a/outer
        steps:
          plain: {use: flow.pipeline, path: plain.yaml}
          inner: {use: flow.pipeline, path: plain.yaml, corpus: step, lm: a/step}
          own: {use: flow.pipeline, path: own.yaml, corpus: step}
          unset: {use: flow.pipeline, path: unset.yaml}
          best: {use: flow.first, of: [plain, inner, own, unset]}
        output: best
        """,
        base=tmp_path,
    )
    found = where(plan)
    assert (found["plain.hits"][0], found["plain.draft"][1]) == ("outer", "a/outer")
    assert (found["inner.hits"][0], found["inner.draft"][1]) == ("step", "a/step")
    assert (found["own.hits"][0], found["own.draft"][1]) == ("own", "a/own")
    assert (found["unset.hits"][0], found["unset.draft"][1]) == ("outer", "a/outer")


BRANCHES = """
    {top}
    steps:
      kind: {{use: route.kind}}
      found: {{use: make.passages}}
      only: {{use: make.passages, prefix: o}}
      choose:
        use: flow.route
        label: kind
        default: single
        branches:
          none:
            needs_lm: drop
            steps:
              draft: {{use: generate.write, passages: only, samples: {{choice: [2, 5], default: 5}}}}
            output: draft
          multi: {{needs_lm: error, steps: {{draft: {{use: generate.quote, passages: found}}}}, output: draft}}
          single: {{steps: {{draft: {{use: generate.quote, passages: found}}}}, output: draft}}
    output: choose
    """


def test_a_branch_without_its_lm_is_dropped_and_that_is_said() -> None:
    plan = plan_of(BRANCHES.format(top=""))
    flow = steps_of(plan)["choose"].flow
    assert isinstance(flow, RouteFlow)
    dropped = flow.branches["none"]
    assert dropped.dropped == "its step 'draft' (generate.write) needs an LM and none is set"
    assert dropped.graph.steps == ()
    assert flow.branches["single"].dropped is None
    assert plan.calls == Calls(retrievals=1)
    assert Need.LM not in plan.needs
    assert plan.space == ()
    assert set(steps_of(plan)) == {"kind", "found", "choose", "choose.multi.draft", "choose.single.draft"}
    assert len(plan.notes) == 2
    assert "the branch 'none' of step 'choose' is left out" in plan.notes[0]


def test_a_value_for_what_is_left_out_is_noted() -> None:
    plan = plan_of(BRANCHES.format(top=""), choices={"choose.none.draft.samples": 2})
    assert "choose.none.draft.samples = 2 has no effect: the part that it belongs to is left out" in plan.notes


def test_with_its_lm_the_branch_is_there() -> None:
    plan = plan_of(BRANCHES.format(top="lm: a/b"))
    assert plan.calls == Calls(retrievals=2, lm=5)
    assert [mark.path for mark in plan.space] == ["choose.none.draft.samples"]
    assert plan.notes == ()


def test_the_default_branch_cannot_be_dropped() -> None:
    text = BRANCHES.format(top="").replace("default: single", "default: none")
    assert codes_of(text) == ["lm"]
    assert codes_of(text.replace("default: none", "").replace("\n        \n", "\n")) == ["lm"]
    assert codes_of(BRANCHES.format(top="lm: a/b").replace("default: single", "default: none")) == []


def test_an_alternative_without_its_lm_is_left_out_and_another_one_takes_its_place() -> None:
    text = """
        {top}
        steps:
          found: {{use: make.passages}}
          answer:
            one_of:
              written: {{use: generate.write, needs_lm: drop, samples: {{range: [1, 9], default: 2}}}}
              quoted: {{use: generate.quote}}
            default: written
            passages: found
        output: answer
        """
    plan = plan_of(text.format(top=""))
    assert steps_of(plan)["answer"].use == "generate.quote"
    assert plan.notes == (
        "the alternative 'written' of step 'answer' is left out: generate.write needs an LM and none is set",
        "step 'answer' uses 'quoted': its default 'written' is left out",
    )
    assert [(mark.path, mark.choices, mark.default) for mark in plan.space] == [("answer.use", ("quoted",), "quoted")]
    assert codes_of(text.format(top=""), choices={"answer.use": "written"}) == ["mark-value"]
    there = plan_of(text.format(top="lm: a/b"))
    assert steps_of(there)["answer"].use == "generate.write"
    assert there.calls == Calls(retrievals=1, lm=2)


def test_a_step_that_may_be_dropped_hands_on_its_input() -> None:
    text = """
        {top}
        steps:
          asked: {{use: query.rewrite, needs_lm: drop}}
          found: {{use: make.passages, query: asked}}
        output: found
        """
    plan = plan_of(text.format(top=""))
    assert set(steps_of(plan)) == {"found"}
    assert steps_of(plan)["found"].inputs["query"].slot == 0  # type: ignore[union-attr]
    assert plan.notes == ("step 'asked' is left out: query.rewrite needs an LM and none is set",)
    assert set(steps_of(plan_of(text.format(top="lm: a/b")))) == {"asked", "found"}


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("use: make.passages, needs_lm: drop", "passthrough"),
        ("use: select.top, passages: other, needs_lm: drop", "lm"),
        ("use: make.passages, needs_lm: never", "value"),
    ],
)
def test_where_needs_lm_means_nothing_it_is_refused(keys: str, code: str) -> None:
    both = "b: {use: fuse.all, passages: [found, other]}"
    text = f"steps: {{other: {{use: make.passages}}, found: {{{keys}}}, {both}}}\noutput: b"
    assert codes_of(text) == [code]


def test_a_disabled_step_needs_nothing() -> None:
    text = """
        steps:
          asked: {use: query.rewrite, enabled: false}
          found: {use: make.passages, query: asked}
        output: found
        """
    assert set(steps_of(plan_of(text))) == {"found"}
    searched = text.replace("enabled: false", "enabled: {choice: [true, false], default: false}")
    assert codes_of(searched) == ["no-lm"], "a search could enable it"


def test_a_corpus_must_have_its_file(tmp_path: Path) -> None:
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "papers.yaml").write_text("version: 1\n")
    text = "corpus: paper\nsteps: {found: {use: make.indexed}}\noutput: found"
    (finding,) = findings_of(text, corpora=tmp_path / "corpora")
    assert finding.suggestion == "papers"
    assert finding.allowed == "papers"
    assert "corpora/paper.yaml is not there" in finding.message
    assert codes_of(text.replace("paper", "papers"), corpora=tmp_path / "corpora") == []
    (nowhere,) = findings_of(text, corpora=tmp_path / "none")
    assert nowhere.allowed == "nothing: none/ holds no corpus yet"


@pytest.mark.parametrize("name", ["../papers", "a/b", "/etc/passwd", "", "..", ".hidden", "{a: b}", "[a]", "3"])
def test_a_corpus_is_a_name_and_no_path(name: str) -> None:
    text = f"corpus: {name!r}\nsteps: {{found: {{use: make.indexed}}}}\noutput: found"
    if name in ("{a: b}", "[a]", "3"):
        text = text.replace("'", "")
    assert len(codes_of(text)) == 1


def test_what_a_variable_holds_is_in_no_message() -> None:
    secret = "sk-abcdefghijklmnop"
    text = """version: 1
corpus: ${KEY}
lm: ${KEY}
steps:
  found:
    use: ${KEY}
  more:
    use: make.passages
    n: ${KEY}
    query: ${KEY}
  few:
    use: select.top
    passages: more
    k: {choice: [1, "${KEY}"], default: "${KEY}"}
    enabled: ${KEY}
    when: ${KEY}
  ask:
    one_of: {a: {use: order.reverse, passages: few}}
    default: ${KEY}
  kind:
    use: flow.route
    label: question
    default: ${KEY}
    branches: {a: {steps: {b: {use: order.reverse, passages: ask}}, output: b}}
  file:
    use: flow.pipeline
    path: ${KEY}
output: ${KEY}
"""
    with pytest.raises(SpecError) as caught:
        load_text(text, "it.yaml", base=Path(), catalogue=CATALOGUE, env={"KEY": secret}, corpora=Path("corpora"))
    assert len(caught.value.diagnostics) > 8
    assert secret not in str(caught.value)
    assert secret not in repr(caught.value.diagnostics)
