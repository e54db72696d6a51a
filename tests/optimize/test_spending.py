"""The ledger of an optimisation: every request passes it before it leaves, and its limits are never exceeded."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import dspy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.engine.pipeline import Pipeline
from ragkit.errors import UsageError
from ragkit.lm.accounts import AccountSpentError, Most
from ragkit.lm.cache import ResponseCache
from ragkit.lm.ledger import Ledger, page
from ragkit.lm.registry import open_lm
from ragkit.optimize.limits import Limits, Spent
from ragkit.optimize.spending import Spending
from ragkit.spec.load import load
from ragkit.spec.plan import Model
from ragkit.testing import ChatServer, Fault, Said, ScriptedLM
from ragkit.types import Usage

NO = Limits()
SMALL = Most("m", 100, 0.1)


def usage(tokens: int | None, cost: float | None = None) -> Usage:
    return Usage(0, tokens, 0 if tokens is not None else None, 0, 0, cost)


def test_more_requests_than_allowed_do_not_leave() -> None:
    spending = Spending(Limits(calls=2))
    for _ in range(2):
        spending.settle(spending.reserve("search", SMALL, NO), usage(5))
    with pytest.raises(AccountSpentError, match="the 2 LM requests of this optimisation are spent"):
        spending.reserve("search", SMALL, NO)
    assert spending.spent == Spent(2, 0, 10, 0.2, 0, 2)


def test_what_is_reserved_counts_until_it_is_settled() -> None:
    spending = Spending(Limits(tokens=250))
    first, second = (spending.reserve("search", SMALL, NO) for _ in range(2))
    assert spending.left("tokens") == 50
    spending.settle(first, usage(20))
    spending.settle(second, None)  # it failed: it may have cost all that it could
    assert spending.spent.tokens == 120
    spending.settle(spending.reserve("search", SMALL, NO), usage(90))
    with pytest.raises(AccountSpentError, match="what is left of 250 tokens does not pay for another request"):
        spending.reserve("search", SMALL, NO)


def test_a_request_waits_for_those_under_way_where_there_may_be_room_then() -> None:
    spending = Spending(Limits(tokens=150))
    first = spending.reserve("search", SMALL, NO)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(spending.reserve, "search", SMALL, NO)
        assert not wait([second], timeout=0.1).done
        spending.settle(first, usage(20))
        spending.settle(second.result(timeout=5), usage(20))
    with pytest.raises(AccountSpentError):
        spending.reserve("search", Most("m", 111, 0.1), NO)


def test_after_its_end_nothing_is_paid() -> None:
    spending = Spending(Limits())
    ticket = spending.reserve("search", SMALL, NO)
    spending.close()
    with pytest.raises(AccountSpentError, match="has ended"):
        spending.reserve("search", SMALL, NO)
    spending.settle(ticket, usage(3))


def test_a_request_that_is_paid_while_it_ends_is_on_disk(tmp_path: Path) -> None:
    journal, ends = tmp_path / "spending.jsonl", threading.Event()
    closing: list[threading.Thread] = []

    def clock() -> float:
        if ends.is_set() and not closing:  # the request that is being paid looks at the time before it is written down
            closing.append(threading.Thread(target=spending.close))
            closing[0].start()
            closing[0].join(0.2)
        return 0.0

    spending = Spending(Limits(), journal, clock=clock)
    ends.set()
    spending.reserve("search", SMALL, NO)
    closing[0].join()
    again = Spending(Limits(), journal)
    again.close()
    assert again.spent.calls == 1


def test_what_waits_when_it_ends_is_refused() -> None:
    spending = Spending(Limits(tokens=130))
    spending.reserve("search", SMALL, NO)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(spending.reserve, "search", SMALL, NO)
        assert not wait([second], timeout=0.1).done
        spending.close()
        with pytest.raises(AccountSpentError, match="has ended"):
            second.result(timeout=5)


def test_the_first_request_that_is_not_paid_ends_its_phase() -> None:
    spending = Spending(Limits(tokens=150))
    with spending.during("search") as account:
        account.settle(account.reserve(SMALL), usage(100))
        with pytest.raises(AccountSpentError):
            account.reserve(SMALL)
        with pytest.raises(AccountSpentError):
            account.reserve(Most("m", 10, 0.1))
    with spending.during("judging") as account:
        account.settle(account.reserve(Most("m", 10, 0.1)), usage(10))
    assert spending.spent.calls == 2


def test_a_server_that_does_not_keep_to_what_it_was_sent_is_told() -> None:
    spending = Spending(Limits(tokens=250))
    spending.settle(spending.reserve("search", SMALL, NO), usage(300))
    assert spending.as_dict()["beyond"] == 1
    with pytest.raises(AccountSpentError, match="are spent"):
        spending.reserve("search", SMALL, NO)


def test_a_phase_leaves_what_the_next_one_needs() -> None:
    spending = Spending(Limits(calls=3))
    keep = Limits(calls=2)
    spending.settle(spending.reserve("search", SMALL, keep), usage(5))
    assert spending.check(keep) is not None
    assert spending.check() is None
    with pytest.raises(AccountSpentError, match="of 3 LM requests, 2 are kept for what follows, and the rest is spent"):
        spending.reserve("search", SMALL, keep)
    for _ in range(2):
        spending.reserve("judging", SMALL, NO)
    assert {phase: of.calls for phase, of in spending.by_phase().items()} == {"search": 1}
    assert spending.spent.calls == 3


@pytest.mark.parametrize(("kind", "most"), [("tokens", Most("m", None, 0.1, "so")), ("cost", Most("m", 1, None, "so"))])
def test_what_nothing_bounds_cannot_be_held_against_a_limit(kind: Any, most: Most) -> None:
    spending = Spending(Limits(**{kind: 100}))
    with pytest.raises(AccountSpentError, match=f"'m' cannot be held against --max-{kind}: so"):
        spending.reserve("search", most, NO)
    Spending(Limits(calls=1)).reserve("search", most, NO)


def test_minutes_end_requests() -> None:
    now = [0.0]
    spending = Spending(Limits(minutes=1), clock=lambda: now[0])
    spending.reserve("search", SMALL, NO)
    now[0] = 60.0
    with pytest.raises(AccountSpentError, match="the 1 minutes"):
        spending.reserve("search", SMALL, NO)


def test_what_a_server_does_not_say_is_null_and_counts_as_the_most() -> None:
    spending = Spending(Limits(tokens=1000))
    spending.settle(spending.reserve("search", SMALL, NO), usage(None))
    assert spending.as_dict()["tokens"] is None
    assert spending.as_dict()["unsaid"] == {"tokens": 1, "cost": 1}
    assert spending.left("tokens") == 900


@given(
    limit=st.integers(0, 2000),
    requests=st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1), st.booleans()), max_size=40),
)
def test_no_limit_is_ever_exceeded(limit: int, requests: list[tuple[int, float, bool]]) -> None:
    spending = Spending(Limits(tokens=limit))
    held = []
    for most, share, at_once in requests:
        if most > (spending.left("tokens") or 0):
            continue  # it would wait for those under way
        ticket = spending.reserve("search", Most("m", most, None), NO)
        held.append((ticket, int(most * share)))
        if at_once:
            ticket, said = held.pop()
            spending.settle(ticket, usage(said))
        assert spending.spent.tokens <= limit
    for ticket, said in held:
        spending.settle(ticket, usage(said))
    assert spending.spent.tokens <= limit


def test_threads_together_keep_it() -> None:
    spending = Spending(Limits(calls=50))
    sent, barrier = [], threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for _ in range(40):
            try:
                ticket = spending.reserve("search", SMALL, NO)
            except AccountSpentError:
                continue
            sent.append(ticket.number)
            spending.settle(ticket, usage(3))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: work(), range(8)))
    assert sorted(sent) == list(range(1, 51))


def test_stopped_it_goes_on_with_what_is_left(tmp_path: Path) -> None:
    journal, now = tmp_path / "spending.jsonl", [0.0]
    first = Spending(Limits(calls=5), journal, clock=lambda: now[0])
    first.settle(first.reserve("search", SMALL, NO), usage(7, 0.01))
    first.cached("search")
    first.reserve("search", SMALL, NO)  # and then the process is killed
    now[0] = 90.0
    first.tick()
    with journal.open("ab") as file:
        file.write(b'{"number": 3, "pha')
    again = Spending(Limits(calls=5, minutes=2), journal, clock=lambda: now[0])
    assert again.spent == Spent(2, 1, 107, 0.11, 1, 1)
    assert again.seconds == 90.0
    again.settle(again.reserve("judging", SMALL, NO), usage(7, 0.01))
    again.close()
    third = Spending(Limits(calls=5), journal, clock=lambda: now[0])
    assert third.spent == Spent(3, 1, 114, 0.12, 1, 1)
    assert {phase: of.calls for phase, of in third.by_phase().items()} == {"search": 2, "judging": 1}


PIPELINE = """
version: 1
name: two steps
lms:
  small: {{model: openai/any, api_base: "{base}", retries: 1, max_tokens: 50}}
lm: small
steps:
  rewritten: {{use: lm.predict, signature: "question -> query: str"}}
  answer: {{use: lm.predict, signature: "query -> answer: Answer", query: rewritten.query}}
output: answer.answer
"""


def _pipeline(tmp_path: Path, server: ChatServer, **more: Any) -> Pipeline:
    from ragkit.components.catalogue import Catalogue

    file = tmp_path / "two.yaml"
    file.write_text(PIPELINE.format(base=server.api_base), encoding="utf-8")
    return Pipeline(load(file, catalogue=Catalogue()), **more)


def _rule(asked: Any) -> Any:
    return {"query": "q"} if asked.field("question") else {"answer": "An answer."}


def test_requests_of_a_pipeline_pass_it(tmp_path: Path) -> None:
    with ChatServer(_rule) as server, _pipeline(tmp_path, server) as pipeline:
        spending = Spending(Limits(calls=5))
        with spending.during("search"):
            results = pipeline.run_batch([f"question {n}?" for n in range(8)])
        assert len(server.seen) == 5
        assert spending.spent.calls == 5
        failed = [result.error for result in results if result.error is not None]
        assert failed
        assert "the 5 LM requests of this optimisation are spent" in str(failed[0])
        assert pipeline.run("another?").error is None, "outside of the block nobody's limit holds"


def test_tokens_are_those_that_the_server_says(tmp_path: Path) -> None:
    def rule(asked: Any) -> Any:
        return Said(_rule(asked), usage=(30, 12))

    with ChatServer(rule) as server, _pipeline(tmp_path, server) as pipeline:
        spending = Spending(Limits(tokens=20_000))
        with spending.during("search"):
            pipeline.run("question?")
        assert spending.spent == Spent(2, 0, 84, 0.0, 0, 2)


def test_what_dspy_asks_in_its_own_threads_passes_it_too(tmp_path: Path) -> None:
    from ragkit.engine.module import PipelineModule

    with ChatServer(_rule) as server, _pipeline(tmp_path, server) as pipeline:
        program = PipelineModule(pipeline)
        data = [dspy.Example(question=f"{n}?", answer="An answer.").with_inputs("question") for n in range(12)]
        spending = Spending(Limits(calls=9))
        evaluate = dspy.Evaluate(devset=data, metric=lambda *_: 1.0, num_threads=4, max_errors=100)
        with spending.during("prompts"):
            evaluate(program)
        assert len(server.seen) == 9
        assert {phase: of.calls for phase, of in spending.by_phase().items()} == {"prompts": 9}


def test_an_optimisers_own_request_and_three_samples_count() -> None:
    with ChatServer(lambda asked: Said("Try this.", cost=0.5)) as server:
        lm = open_lm(Model("openai/any", api_base=server.api_base, max_tokens=9))
        spending = Spending(Limits(calls=4))
        with spending.during("prompts"):
            lm("Propose an instruction.")
            lm("Propose three.", n=3)
            with pytest.raises(dspy.LMError):
                lm("One more.")
        assert len(server.seen) == 4
        assert spending.spent.calls == 4
        assert spending.spent.cost == 2.0


def test_a_request_that_is_repeated_is_paid_each_time(tmp_path: Path) -> None:
    answers: list[Any] = [Fault("server"), {"query": "q"}, {"answer": "An answer."}]
    with ChatServer(answers) as server, _pipeline(tmp_path, server) as pipeline:
        spending = Spending(Limits(calls=2))
        with spending.during("search"):
            assert pipeline.run("question?").error is not None
        assert len(server.seen) == 2


def test_a_reply_from_the_cache_leaves_nothing(tmp_path: Path) -> None:
    with ChatServer(_rule) as server:
        cache = ResponseCache(tmp_path / "responses.db")
        with _pipeline(tmp_path, server, responses=cache) as pipeline:
            spending = Spending(Limits(calls=2))
            with spending.during("search"):
                assert pipeline.run("question?").error is None
                assert pipeline.run("question?").error is None
        assert len(server.seen) == 2
        assert (spending.spent.calls, spending.spent.cached) == (2, 2)


def test_the_judge_is_paid_from_it() -> None:
    from ragkit.evaluate.judge import Judge
    from ragkit.evaluate.question import Question
    from ragkit.lm.registry import in_process

    class Run:
        class answer:
            text, abstained = "An answer.", False

    lm = ScriptedLM(lambda asked: {"reason": "same", "correct": True}, "scripted/judge")
    question = Question("q", "question?", answers=("An answer.",), kind="single")
    with in_process("scripted/judge", lm):
        judge = Judge(Model("scripted/judge"))
        spending = Spending(Limits(calls=3))
        with spending.during("judging"):
            verdicts = judge.verdicts([(question, Run(), True)] * 5)  # type: ignore[list-item]
    assert [verdict["correct"] for verdict in verdicts].count(True) == 3
    assert spending.spent.calls == 3


def test_a_refused_request_costs_no_tokens() -> None:
    lm = open_lm(Model("openai/any", api_base="http://127.0.0.1:9/v1", max_tokens=9, retries=0))
    spending = Spending(Limits(calls=2))
    with spending.during("prompts"), page(Ledger()), pytest.raises(dspy.LMError):
        lm("Hello.")
    assert spending.spent.unsaid_tokens == 1, "it is not known what a connection that broke has cost"
    with ChatServer([Fault("auth")]) as server:
        lm = open_lm(Model("openai/any", api_base=server.api_base, max_tokens=9, retries=0))
        with spending.during("prompts"), pytest.raises(dspy.LMError):
            lm("Hello.")
    assert spending.spent.unsaid_tokens == 1


def test_a_file_in_which_lines_are_missing_is_told(tmp_path: Path) -> None:
    journal = tmp_path / "spending.jsonl"
    journal.write_text('{"settled": 9, "tokens": 1, "cost": 1, "at": 1}\n', "utf-8")
    with pytest.raises(UsageError, match="is damaged: what the study has spent is not known"):
        Spending(Limits(), journal)
