"""Kept responses: by request, sample and rollout, and only whole ones."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ragkit import cachefile
from ragkit.errors import RagkitError
from ragkit.lm.cache import ResponseCache, key_of
from ragkit.lm.ledger import Ledger, page
from ragkit.lm.registry import open_lm
from ragkit.spec.plan import Model
from ragkit.testing import Said, ScriptedLM, in_process


@pytest.fixture
def cache(tmp_path: Path):
    kept = ResponseCache(tmp_path / "deep" / "responses.db")
    yield kept
    kept.close()


def ask(cache, lm, prompt="Why?", model=Model("scripted/lm"), **settings):  # noqa: B008
    ledger = Ledger(cache=cache)
    with in_process("scripted/lm", lm), page(ledger):
        outputs = open_lm(model)(prompt, **settings)
    return outputs, ledger


def test_an_equal_request_is_answered_from_what_was_kept(cache):
    lm = ScriptedLM([Said("one", usage=(7, 3)), Said("two")])
    first, _ = ask(cache, lm)
    again, ledger = ask(cache, lm)
    assert first == again == ["one"]
    assert len(lm.requests) == 1
    assert ledger.requests[0]["cached"]
    assert (ledger.sent, ledger.usage.prompt_tokens) == (1, 7)


@pytest.mark.parametrize("other", [{"temperature": 0.5}, {"max_tokens": 5}, {"rollout_id": 1}, {"prompt": "Why not?"}])
def test_another_request_is_asked(cache, other):
    lm = ScriptedLM(["one", "two"])
    assert ask(cache, lm)[0] != ask(cache, lm, **other)[0]


def test_another_address_is_another_lm(cache):
    lm = ScriptedLM(["one", "two"])
    ask(cache, lm)
    assert ask(cache, lm, model=Model("scripted/lm", api_base="http://127.0.0.1:9/v1"))[0] == ["two"]


def test_samples_of_one_call_are_kept_apart(cache):
    lm = ScriptedLM(["one", "two", "three", "four"])
    assert ask(cache, lm, n=3, temperature=0.7)[0] == ["one", "two", "three"]
    assert ask(cache, lm, n=3, temperature=0.7)[0] == ["one", "two", "three"]
    assert len(lm.requests) == 3
    assert ask(cache, lm, n=1, temperature=0.7)[0] == ["one"]


def test_replies_that_were_cut_off_or_are_empty_are_not_kept(cache):
    lm = ScriptedLM([Said("cut", finish_reason="length"), Said(""), Said("whole")])
    assert [ask(cache, lm)[0] for _ in range(3)] == [["cut"], [""], ["whole"]]


def test_log_probabilities_come_back(cache):
    lm = ScriptedLM([Said("ab", logprobs=[("a", -0.1, {"x": -2.0}), ("b", -0.2)])])
    first, one = ask(cache, lm, logprobs=True, top_logprobs=2)
    again, two = ask(cache, lm, logprobs=True, top_logprobs=2)
    assert first == again
    assert one.requests[0]["logprobs"] == two.requests[0]["logprobs"]


def test_what_is_kept_is_json_and_holds_no_settings_of_the_connection(cache, tmp_path: Path):
    ask(cache, ScriptedLM(["one"]))
    rows = sqlite3.connect(tmp_path / "deep" / "responses.db").execute("SELECT model, body FROM responses").fetchall()
    assert rows[0][0] == "scripted/lm"
    assert b'"reply":"one"' in rows[0][1]


def test_a_prompt_that_is_no_json_has_no_key():
    from dspy.lm15 import Config

    assert key_of(Model("a/b"), [{"role": "user", "content": "x"}], Config(), None, 0) is not None
    assert key_of(Model("a/b"), [{"role": "user", "content": object()}], Config(), None, 0) is None  # type: ignore[dict-item]


def test_a_file_that_cannot_be_used_is_told_with_what_helps(tmp_path):
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("no database at all, but a file of some length\n" * 100)
    for name, said in (("folder.db", "unable to open"), ("text.db", "not a database")):
        with pytest.raises(
            RagkitError, match=rf"the cache of LM responses .*{name} cannot be used: .*{said}"
        ) as raised:
            ResponseCache(tmp_path / name)
        assert "--no-cache" in (raised.value.hint or "")


def test_an_answer_that_cannot_be_kept_is_given_all_the_same_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(cachefile, "WAIT", 0.05)
    kept = ResponseCache(tmp_path / "responses.db")
    other = sqlite3.connect(tmp_path / "responses.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outputs, ledger = ask(kept, ScriptedLM(["one"]))
    assert outputs == ["one"]
    assert ledger.warnings[0].startswith("what the LM said was not kept: the cache of LM responses")
    assert "locked" in ledger.warnings[0]
    other.execute("ROLLBACK")
    assert ask(kept, ScriptedLM(["two"]))[0] == ["two"]
    assert ask(kept, ScriptedLM([]))[0] == ["two"]
    other.close()
    kept.close()


@pytest.mark.parametrize(
    "damaged", [b"{", b"5", b"{}", b'{"reply": "x", "finish_reason": "stop", "answered_by": "m", "usage": {}}', None]
)
def test_what_is_damaged_is_asked_again_and_replaced(cache, tmp_path, damaged):
    ask(cache, ScriptedLM(["one"]))
    with sqlite3.connect(tmp_path / "deep" / "responses.db") as other:
        if damaged is None:
            other.execute("UPDATE responses SET body = 5")
        else:
            other.execute("UPDATE responses SET body = ?", (damaged,))
    assert ask(cache, ScriptedLM(["two"]))[0] == ["two"]
    assert ask(cache, ScriptedLM([]))[0] == ["two"]


def test_halves_of_characters_are_kept_as_what_stands_for_them(cache):
    assert ask(cache, ScriptedLM(["BM\ud800 \ud83d\ude00"]))[0] == ["BM\ufffd \U0001f600"]
    assert ask(cache, ScriptedLM([]))[0] == ["BM\ufffd \U0001f600"]
