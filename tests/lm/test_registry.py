"""Which LM stands behind a model string."""

from __future__ import annotations

import os

import pytest

from ragkit.errors import LMError
from ragkit.lm.quiet import quiet_libraries
from ragkit.lm.registry import in_process, open_lm, wrapped
from ragkit.spec.plan import Model
from ragkit.testing import ScriptedLM


def test_equal_models_share_what_sends_their_requests():
    one, two = open_lm(Model("openai/a", timeout=9.0)), open_lm(Model("openai/a", timeout=9.0))
    assert one is not two
    assert one.engine is two.engine
    assert open_lm(Model("openai/a", timeout=8.0)).engine is not one.engine
    assert one.cache is False
    assert one.num_retries == 0


def test_settings_of_a_model_are_those_of_its_lm():
    lm = open_lm(Model("openai/a", temperature=0.2, max_tokens=30))
    assert (lm.kwargs["temperature"], lm.kwargs["max_tokens"]) == (0.2, 30)


def test_a_key_that_changes_is_read_again(monkeypatch: pytest.MonkeyPatch):
    model = Model("openai/a", api_key_env="SOME_KEY")
    with pytest.raises(LMError, match="'SOME_KEY', which is not set"):
        open_lm(model)
    monkeypatch.setenv("SOME_KEY", "one")
    first = open_lm(model).engine
    monkeypatch.setenv("SOME_KEY", "two")
    assert open_lm(model).engine is not first


def test_a_model_string_that_dspy_does_not_take_says_so():
    with pytest.raises(LMError, match="DSPy does not take the LM 'openai/'"):
        open_lm(Model("openai/"))


def test_an_lm_of_this_process_stands_behind_its_string_for_a_while():
    outer, inner = ScriptedLM(["outer"]), ScriptedLM(["inner"])
    with in_process("scripted/x", outer):
        with in_process("scripted/x", inner):
            assert open_lm(Model("scripted/x"))("?") == ["inner"]
        assert open_lm(Model("scripted/x"))("?") == ["outer"]
    assert open_lm(Model("scripted/x")).engine.provider.lm is not outer


def test_an_lm_of_this_process_may_be_a_fallback():
    from ragkit.testing import Fault

    main, spare = ScriptedLM([Fault("auth")]), ScriptedLM(["spare"])
    with in_process("scripted/main", main), in_process("scripted/spare", spare):
        lm = open_lm(Model("scripted/main", fallback=Model("scripted/spare", temperature=0.1)))
        assert lm("?") == ["spare"]
        assert spare.requests[0].settings == {"temperature": 0.1}


def test_wrapping_takes_the_settings_over_and_not_the_connection():
    import dspy

    lm = wrapped(dspy.LM("openai/a", temperature=0.4, api_key="sk-x", api_base="http://127.0.0.1:9/v1"))
    assert lm.kwargs["temperature"] == 0.4
    assert "api_key" not in lm.kwargs
    assert wrapped(lm) is lm


def test_no_price_list_is_fetched_unless_the_person_chose(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LITELLM_LOCAL_MODEL_COST_MAP", raising=False)
    quiet_libraries()
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "False")
    quiet_libraries()
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "False"


def test_settings_that_dspy_refuses_for_a_model_say_so():
    with pytest.raises(LMError, match=r"the LM 'openai/gpt-5' with \{'temperature': 0\.2\}: OpenAI's reasoning models"):
        open_lm(Model("openai/gpt-5", temperature=0.2))
