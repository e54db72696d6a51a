"""Every optimiser of DSPy that leaves its result in predictors takes a compiled program as it is.

The LM of these tests writes well where its step was told to do it CAREFULLY, was shown an example, or the question is
easy; another LM proposes instructions. Each optimiser must find that, and what it finds must be in the prompts of the
steps, also inside routes, maps and loops.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import dspy
import pytest
from dspy.teleprompt import COPRO, SIMBA, BetterTogether, BootstrapFewShot, InferRules, LabeledFewShot, MIPROv2

from ragkit.engine.module import PipelineModule
from ragkit.testing import ChatServer, ScriptedLM
from tests.engine.lm_parts import EVERYWHERE, PATHS, SIMPLE, everywhere, pipeline, scripted

pytestmark = pytest.mark.slow
TOLD = "Do it CAREFULLY."
WRITTEN = ("note", "draft", "answer")


def worker(asked):
    well = "CAREFULLY" in asked.instructions or len(asked.messages) > 2 or "easy" in asked.last
    return {
        name: ("good" if well else "poor") if name in WRITTEN else value for name, value in everywhere(asked).items()
    }


def proposer(asked):
    return {name: dict.fromkeys(PATHS, TOLD) if name == "module_advice" else TOLD for name in asked.wanted}


def metric(gold, found, trace=None, *more):
    return float(getattr(found, "answer", None) == "good")


def explained(gold, found, trace=None, pred_name=None, pred_trace=None):
    return dspy.Prediction(score=metric(gold, found), feedback="be careful")


def examples(count: int, name: str) -> list[dspy.Example]:
    made = []
    for n in range(count):
        kind = "short" if n % 2 else "why"
        question = f"{kind} {name} {n}{' easy' if n % 4 > 1 else ''}"
        given = {
            "question": question, "answer": "good", "draft": "good", "note": "good", "kind": "short",
            "topics": ["one"], "topic": "one", "notes": "n", "last": "",
        }  # fmt: skip
        made.append(dspy.Example(**given).with_inputs("question"))
    return made


TRAIN, VALIDATION = examples(12, "train"), examples(8, "validation")
QUIET = {"num_threads": 2, "display_progress": False}


def labeled(program, prompter):
    return LabeledFewShot(k=2).compile(program, trainset=TRAIN)


def bootstrap(program, prompter):
    return BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_labeled_demos=0).compile(
        program, trainset=TRAIN
    )


def random_search(program, prompter):
    return dspy.BootstrapRS(
        metric=metric, max_bootstrapped_demos=2, max_labeled_demos=0, num_candidate_programs=2, num_threads=2
    ).compile(program, trainset=TRAIN, valset=VALIDATION)


def mipro(program, prompter):
    return MIPROv2(
        metric=metric, prompt_model=prompter, auto=None, num_candidates=3, max_bootstrapped_demos=1,
        max_labeled_demos=0, num_threads=2,
    ).compile(program, trainset=TRAIN, valset=VALIDATION, num_trials=4, minibatch=False)  # fmt: skip


def copro(program, prompter):
    optimiser = COPRO(prompt_model=prompter, metric=metric, breadth=2, depth=1)
    return optimiser.compile(program, trainset=TRAIN[:4], eval_kwargs=QUIET)


def gepa(program, prompter):
    return dspy.GEPA(metric=explained, max_metric_calls=80, reflection_lm=prompter, num_threads=2).compile(
        program, trainset=TRAIN, valset=VALIDATION
    )


def simba(program, prompter):
    return SIMBA(
        metric=metric, bsize=8, num_candidates=3, max_steps=2, max_demos=2, prompt_model=prompter, num_threads=2
    ).compile(program, trainset=TRAIN)


def rules(program, prompter):
    return InferRules(
        metric=metric, num_candidates=1, num_rules=1, num_threads=2, max_bootstrapped_demos=1, max_labeled_demos=0
    ).compile(program, trainset=TRAIN, valset=VALIDATION)


def together(program, prompter):
    optimiser = BetterTogether(metric=metric, p=COPRO(prompt_model=prompter, metric=metric, breadth=2, depth=1))
    return optimiser.compile(
        program, trainset=TRAIN[:4], valset=VALIDATION[:4], strategy="p",
        optimizer_compile_args={"p": {"eval_kwargs": QUIET}},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("dspy", "dspy.teleprompt", "dspy.evaluate"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.CRITICAL)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    yield


def score(program) -> float:
    evaluate = dspy.Evaluate(devset=examples(8, "unseen"), metric=metric, **QUIET)
    return float(evaluate(program).score)


ALL = [labeled, bootstrap, random_search, mipro, copro, gepa, simba, rules, together]


@pytest.mark.parametrize("optimise", ALL, ids=lambda f: f.__name__)
def test_what_an_optimiser_finds_arrives_in_the_steps(optimise):
    prompter = ScriptedLM(proposer, "scripted/prompter")
    with scripted(EVERYWHERE, worker) as (loaded, lm):
        program = PipelineModule(loaded)
        before = program.dump_state()
        plain = score(program)
        with dspy.context(lm=prompter):
            found = optimise(program, prompter)
        assert isinstance(found, PipelineModule)
        assert [name for name, _ in found.named_predictors()] == PATHS
        assert found.pipeline is loaded
        changed = {
            name: predictor
            for name, predictor in found.named_predictors()
            if predictor.demos or predictor.signature.instructions != before[name]["signature"]["instructions"]
        }
        assert changed, "nothing was found"
        assert score(found) > plain

        lm.requests.clear()
        found(question="why now")
        found(question="short now")
        for name, predictor in changed.items():
            inputs, outputs = list(predictor.signature.input_fields), list(predictor.signature.output_fields)
            asked = [one for one in lm.requests if one.wanted == outputs and list(one.fields) == inputs]
            assert asked, f"{name} was not asked"
            assert all(one.instructions == predictor.signature.instructions.strip() for one in asked), name
            assert all(len(one.messages) == 2 + 2 * len(predictor.demos) for one in asked), name
        assert PipelineModule(loaded).dump_state() == before


@pytest.mark.parametrize("optimise", ALL, ids=lambda f: f.__name__)
def test_each_runs_end_to_end_over_http(optimise, monkeypatch: pytest.MonkeyPatch):
    """The LM of the steps and the one that proposes are servers; the conftest watches that no other host is asked."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # for the LM that is not ragkit's
    with ChatServer(worker) as server, ChatServer(proposer) as proposing:
        text = EVERYWHERE.replace(
            "lm: scripted/lm", f"lms: {{here: {{model: openai/any, api_base: '{server.api_base}'}}}}\nlm: here"
        )
        prompter = dspy.LM("openai/prompter", api_base=proposing.api_base, api_key="none", cache=False)
        with pipeline(text) as loaded:
            program = PipelineModule(loaded)
            plain = score(program)
            with dspy.context(lm=prompter):
                found = optimise(program, prompter)
            assert score(found) > plain
            asked = len(server.requests)
            spent = found(question="why now").usage["lm_calls"]
            assert len(server.requests) - asked == spent == 7


def test_three_samples_are_three_requests_over_http():
    with ChatServer(lambda asked: {"answer": "x"}) as server:
        text = SIMPLE.replace(
            "lm: scripted/lm", f"lms: {{here: {{model: openai/any, api_base: '{server.api_base}'}}}}\nlm: here"
        )
        with pipeline(text) as loaded:
            program = PipelineModule(loaded)
            program.answer.config = {"n": 3}
            assert program(question="q").usage["lm_calls"] == 3
            assert len(server.seen) == 3
            assert all(seen["body"].get("n") in (None, 1) for seen in server.seen)
