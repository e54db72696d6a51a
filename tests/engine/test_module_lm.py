"""A compiled program and its LM steps: predictors at the paths of steps, state of its own, saved and loaded."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import threading
from pathlib import Path

import dspy
import pytest
from dspy.utils.callback import BaseCallback

from ragkit.engine.module import PipelineModule
from ragkit.errors import LMError, StepError, UsageError
from ragkit.testing import Fault, ScriptedLM, in_process
from tests.engine.lm_parts import EVERYWHERE, MODEL, PATHS, SIMPLE, everywhere, pipeline, scripted


def asked_with(lm, instructions: str) -> list:
    return [asked for asked in lm.requests if asked.instructions == instructions]


def test_predictors_are_the_lm_steps_by_name_in_every_scope():
    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        program = PipelineModule(loaded)
        assert [name for name, _ in program.named_predictors()] == PATHS
        assert program.ask.draft is dict(program.named_predictors())["ask.draft"]
        assert set(program.each.note.signature.input_fields) == {"topic"}


def test_a_step_asks_with_what_stands_in_its_predictor():
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        program = PipelineModule(loaded)
        for name, predictor in program.named_predictors():
            predictor.signature = predictor.signature.with_instructions(f"This is {name}.")
            predictor.demos = [dspy.Example(**dict.fromkeys(predictor.signature.fields, f"demo of {name}"))]
        assert program(question="why").answer == "from ++"
        assert program(question="a short one").answer == "a short answer"
        for name in PATHS:
            found = asked_with(lm, f"This is {name}.")
            assert found, name
            assert all(f"demo of {name}" in asked.messages[1]["content"] for asked in found)
        assert len(lm.requests) == 14


def test_a_run_without_a_program_has_the_file_s_own_predictors():
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        program = PipelineModule(loaded)
        program.kind.signature = program.kind.signature.with_instructions("Changed.")
        loaded.run("why")
        assert asked_with(lm, "Changed.") == []


def test_two_programs_and_a_copy_share_no_state():
    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        one, two = PipelineModule(loaded), PipelineModule(loaded)
        three = copy.deepcopy(one)
        four = one.deepcopy()
        one.kind.demos.append(dspy.Example(question="q", kind="short"))
        one.kind.signature = one.kind.signature.with_instructions("One.")
        one.kind.lm.kwargs["temperature"] = 0.9
        for other in (two, three, four):
            assert other.pipeline is one.pipeline
            assert other.kind.demos == []
            assert other.kind.signature.instructions != "One."
            assert other.kind.lm.kwargs.get("temperature") is None
            assert other.kind.lm is not one.kind.lm
            assert other.kind.lm.engine.provider.lm is one.kind.lm.engine.provider.lm
            assert other.get_lm() is other.kind.lm


def test_lm_settings_do_not_leak_into_other_programs_or_threads():
    """Three programs, each with another LM, temperature and instructions, asked at the same time from many threads."""

    def rule(asked):
        return {"answer": f"{asked.instructions} {asked.settings.get('temperature')}"}

    text = SIMPLE.replace("scripted/lm", "scripted/{name}")
    lms = {name: ScriptedLM(rule, f"scripted/{name}") for name in "abc"}
    with in_process("scripted/a", lms["a"]), in_process("scripted/b", lms["b"]), in_process("scripted/c", lms["c"]):
        programs = {}
        for number, name in enumerate("abc"):
            program = programs[name] = PipelineModule(pipeline(text.replace("{name}", name)))
            program.answer.signature = program.answer.signature.with_instructions(f"Say {name}.")
            program.set_lm(program.answer.lm.copy(temperature=number / 10))
        wrong: list[str] = []

        def work(name: str, number: int) -> None:
            with dspy.context(lm=ScriptedLM([], "scripted/other"), temperature=1.5):
                for _ in range(5):
                    said = programs[name](question="q").answer
                    if said != f"Say {name}. {number / 10}":
                        wrong.append(said)

        threads = [threading.Thread(target=work, args=(name, n)) for n, name in enumerate("abc") for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert {name: len(lm.requests) for name, lm in lms.items()} == {"a": 20, "b": 20, "c": 20}
        assert dspy.settings.lm is None


def test_an_lm_that_the_owner_sets_is_asked_and_counted():
    other = ScriptedLM(everywhere, "scripted/other", temperature=0.3)
    with scripted(EVERYWHERE, []) as (loaded, _):
        program = PipelineModule(loaded)
        program.set_lm(other)
        prediction = program(question="why")
        assert prediction.answer == "from ++"
        assert prediction.usage["lm_calls"] == len(other.requests) == 7
        assert other.requests[0].settings["temperature"] == 0.3
        assert other.history == []
        program.kind.reset()
        assert program.kind.lm.model == MODEL


def test_dspy_s_own_history_and_usage_tracking_see_a_program_s_requests():
    with scripted(SIMPLE, [{"answer": "a"}, {"answer": "b"}]) as (loaded, _):
        program = PipelineModule(loaded)
        with dspy.context(track_usage=True):
            prediction = program(question="q")
        assert prediction.get_lm_usage()["scripted/lm"]["prompt_tokens"] > 10
        assert program.answer.lm.history[-1]["outputs"] == ["[[ ## answer ## ]]\na\n\n[[ ## completed ## ]]"]


def test_traces_of_dspy_hold_the_module_s_own_predictors():
    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        program = PipelineModule(loaded)
        names = {id(predictor): name for name, predictor in program.named_predictors()}
        with dspy.context(trace=[]):
            program(question="why")
            trace = list(dspy.settings.trace)
        assert sorted(names[id(predictor)] for predictor, _, _ in trace) == sorted(
            ["kind", "topics", "each.note", "each.note", "ask.draft", "ask.draft", "choose.multi-hop.say"]
        )
        assert all(isinstance(value, (str, list)) for _, inputs, _ in trace for value in inputs.values())


def test_state_is_saved_without_an_lm_and_loaded_into_another_program(tmp_path: Path):
    file = tmp_path / "deep" / "state.json"
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        program = PipelineModule(loaded)
        program.ask.draft.signature = program.ask.draft.signature.with_instructions("Found.")
        program.each.note.demos = [dspy.Example(topic="t", note="n", augmented=True)]
        program.set_lm(dspy.LM("openai/secret", api_key="sk-secret", api_base="http://localhost:1/v1"))
        program.save(file)
        text = file.read_text()
        assert "secret" not in text
        assert "localhost" not in text
        assert all(part["lm"] is None for name, part in json.loads(text).items() if name != "metadata")
        other = PipelineModule(loaded)
        other.load(file)
        assert other.ask.draft.signature.instructions == "Found."
        assert other.each.note.demos[0]["note"] == "n"
        assert other.ask.draft.lm.model == MODEL
        other(question="why")
        assert len(asked_with(lm, "Found.")) == 2


def test_state_of_a_step_whose_fields_changed_is_refused_with_the_reason(tmp_path: Path):
    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        program = PipelineModule(loaded)
        program.kind.signature = program.kind.signature.with_instructions("Found.")
        program.save(tmp_path / "state.json")
    changed = EVERYWHERE.replace("question -> topics: list[str]", "question -> topics: list[str], why").replace(
        "kind: {use", "sort: {use"
    ).replace("label: kind", "label: sort")  # fmt: skip
    with scripted(changed, everywhere) as (loaded, _):
        other = PipelineModule(loaded)
        with pytest.raises(LMError) as caught:
            other.load(tmp_path / "state.json")
        said = str(caught.value)
        assert "the pipeline has no LM step 'kind'" in said
        assert "it has nothing for the LM step 'sort'" in said
        assert (
            "step 'topics': its outputs were topics: list[str], and the step's are topics: list[str], why: str" in said
        )
        assert other.topics.signature.instructions != "Found."


def test_state_that_dspy_saved_of_another_program_is_refused(tmp_path: Path):
    class Other(dspy.Module):
        def __init__(self):
            super().__init__()
            self.answer = dspy.Predict("question -> answer")

    Other().save(tmp_path / "state.json")
    with scripted(SIMPLE, []) as (loaded, _), pytest.raises(LMError, match="does not say which fields"):
        PipelineModule(loaded).load(tmp_path / "state.json")


def test_the_program_itself_is_not_pickled(tmp_path: Path):
    with scripted(SIMPLE, []) as (loaded, _):
        program = PipelineModule(loaded)
        for arguments in ({"path": tmp_path / "x.pkl"}, {"path": tmp_path / "x", "save_program": True}):
            with pytest.raises(UsageError, match="as the state of its LM steps"):
                program.save(**arguments)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.json", None, "cannot be read: No such file"),
        ("half.json", '{"answer":', "is no JSON"),
        ("list.json", "[1]", "is no JSON object"),
        ("empty.json", "{}", "it has nothing for the LM step 'answer'"),
        ("odd.json", '{"answer": 1, "metadata": 2}', "does not say which fields"),
    ],
)
def test_a_file_that_holds_no_state_is_refused_with_the_reason(tmp_path: Path, name: str, text: str | None, said: str):
    if text is not None:
        (tmp_path / name).write_text(text)
    with scripted(SIMPLE, []) as (loaded, _), pytest.raises(LMError, match=said):
        PipelineModule(loaded).load(tmp_path / name)


def test_state_is_not_unpickled(tmp_path: Path):
    (tmp_path / "x.pkl").write_bytes(pickle.dumps({}))
    with scripted(SIMPLE, []) as (loaded, _), pytest.raises(UsageError, match=r"is a \.json file"):
        PipelineModule(loaded).load(tmp_path / "x.pkl", allow_pickle=True)


def test_a_step_where_dspy_writes_its_versions_keeps_its_state(tmp_path: Path):
    text = SIMPLE.replace("answer: {use", "metadata: {use").replace("output: answer", "output: metadata")
    with scripted(text, []) as (loaded, _):
        program, other = PipelineModule(loaded), PipelineModule(loaded)
        program.metadata.signature = program.metadata.signature.with_instructions("Found.")
        other.load_state(program.dump_state())
        assert other.metadata.signature.instructions == "Found."
        with pytest.raises(UsageError, match="an LM step of that name"):
            program.save(tmp_path / "state.json")


def test_a_program_cannot_be_pickled_and_says_what_can_be_done():
    with scripted(SIMPLE, []) as (loaded, _), pytest.raises(UsageError, match="cannot be pickled"):
        pickle.dumps(PipelineModule(loaded))


def test_listeners_of_streamify_are_told_that_nothing_comes():
    async def streamed(program):
        listener = dspy.streaming.StreamListener(signature_field_name="answer")
        return [found async for found in dspy.streamify(program, stream_listeners=[listener])(question="q")]

    with scripted(SIMPLE, [{"answer": "one two"}]) as (loaded, _):
        with pytest.warns(UserWarning, match="program.pipeline.stream"):
            found = asyncio.run(streamed(PipelineModule(loaded)))
        assert [one.answer for one in found] == ["one two"]


def test_callbacks_of_dspy_hear_every_request_and_those_of_one_program_that_one_only():
    heard: list[str] = []

    class Ear(BaseCallback):
        def on_module_start(self, call_id, instance, inputs):
            heard.append(type(instance).__name__)

        def on_lm_start(self, call_id, instance, inputs):
            heard.append(instance.model)

    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        one, other = PipelineModule(loaded), PipelineModule(loaded)
        with dspy.context(callbacks=[Ear()]):
            one(question="why")
        assert [heard.count(name) for name in ("PipelineModule", "Predictor", MODEL)] == [1, 7, 7]
        heard.clear()
        one.callbacks = [Ear()]
        other(question="why")
        copy.deepcopy(one)(question="why")
        assert heard == []
        one(question="why")
        assert heard == ["PipelineModule"]


def test_usage_is_each_thread_s_and_each_task_s_own():
    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        program = PipelineModule(loaded)

        async def many():
            with dspy.context(track_usage=True):
                return await asyncio.gather(*(program.acall(question=f"why {'x ' * n}") for n in range(6)))

        for found in asyncio.run(many()):
            assert found.get_lm_usage()[MODEL]["prompt_tokens"] == found.usage["prompt_tokens"] > 0


def test_a_failing_step_is_raised_with_its_name():
    def rule(asked):
        return Fault("auth") if "note" in asked.wanted else everywhere(asked)

    with scripted(EVERYWHERE, rule) as (loaded, _), pytest.raises(StepError, match=r"'each\.note'.*refuses the key"):
        PipelineModule(loaded)(question="why")


def test_it_runs_where_dspy_is_asynchronous():
    with scripted(EVERYWHERE, everywhere) as (loaded, _):
        program = PipelineModule(loaded)

        async def both():
            return await asyncio.gather(program.acall(question="why"), program.acall(question="short"))

        long, short = asyncio.run(both())
        assert (long.answer, short.answer) == ("from ++", "a short answer")


def test_predictors_can_be_mapped_also_under_a_branch_with_a_hyphen():
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        program = PipelineModule(loaded)
        program.map_named_predictors(lambda predictor: dspy.Predict(predictor.signature.with_instructions("Mapped.")))
        assert program(question="why").answer == "from ++"
        assert len(asked_with(lm, "Mapped.")) == 7


def test_an_adapter_that_the_owner_sets_in_dspy_is_kept_to():
    with scripted(SIMPLE, [{"answer": "Yes."}]) as (loaded, lm):
        with dspy.context(adapter=dspy.JSONAdapter()):
            assert PipelineModule(loaded)(question="q").answer == "Yes."
        assert lm.requests[0].wants_json


def test_dspy_evaluates_it_on_many_threads():
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        program = PipelineModule(loaded)
        examples = [
            dspy.Example(question=f"short {n}", answer="a short answer").with_inputs("question") for n in range(24)
        ]
        evaluate = dspy.Evaluate(
            devset=examples, metric=lambda gold, found, trace=None: gold.answer == found.answer, num_threads=8,
            display_progress=False,
        )  # fmt: skip
        assert evaluate(program).score == 100.0
        assert len(lm.requests) == 24 * 7


def test_a_batch_can_be_asked_with_the_predictors_of_a_program():
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        program = PipelineModule(loaded)
        program.kind.signature = program.kind.signature.with_instructions("Sort it.")
        results = loaded.run_batch(["why", "short"], predictors=dict(program.named_predictors()))
        assert [result.answer.text for result in results] == ["from ++", "a short answer"]
        assert len(asked_with(lm, "Sort it.")) == 2
