"""``ragkit optimize --judge`` and ``ragkit study`` over HTTP: more trials, higher limits, and servers that die."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ragkit.cli import console
from ragkit.cli.main import app
from ragkit.optimize.studies import Studies, Study
from ragkit.project import Project
from ragkit.testing import ChatServer, Fault
from tests.optimize.prompt_parts import asked, written
from tests.optimize.test_judged import by_words, wordy

pytestmark = pytest.mark.slow
QUESTIONS = asked(40, tune=20)
TEXT = """version: 1
lms: {here: {model: openai/any, api_base: '%s', retries: 0}, strict: {model: openai/judge, api_base: '%s', retries: 0}}
lm: here
steps:
  answer:
    use: lm.predict
    signature: "question -> answer: Answer"
    temperature: {range: [0.0, 1.0], default: 0.0}
output: answer
objective: {maximize: answer_judged}
"""


class Ran:
    """A project, and two servers: of its LM and of its judge."""

    def __init__(self, folder: Path, server: ChatServer, judge: ChatServer) -> None:
        self.folder = folder
        self.server = server
        self.judge = judge
        self.pipeline = written(folder, QUESTIONS, TEXT % (server.api_base, judge.api_base))
        self.dies: int | None = None

    @property
    def study(self) -> Study:
        """The first study of the project."""
        return Studies(Project.around(self.pipeline)).open("p-1")

    @property
    def sent(self) -> int:
        """What both were asked."""
        return len(self.server.requests) + len(self.judge.requests)

    def __call__(self, *arguments: object) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments])

    def optimize(self, *arguments: object) -> Result:
        given = ("--data", self.folder / "q.jsonl", "--only", "numbers", "--no-random", "--judge", "strict")
        return self("optimize", self.pipeline, *given, *arguments)

    def resume(self, *arguments: object) -> Result:
        return self("study", "resume", "p-1", "--project", self.folder, *arguments)


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ran]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    lock, count, made = threading.Lock(), itertools.count(1), []

    def rule(given: Any) -> Any:
        with lock:
            number = next(count)
        dies = made[0].dies
        return wordy(given) if dies is None or number < dies else Fault("server", "the machine is gone")

    with ChatServer(rule) as server, ChatServer(by_words) as judge:
        made.append(Ran(tmp_path / "project", server, judge))
        yield made[0]


def test_what_the_judge_says_is_searched_for_over_http(ran: Ran) -> None:
    done = ran.optimize("--trials", 6, "--max-calls", 300, "--json")
    assert done.exit_code == 0, done.stderr
    card = json.loads(done.stdout)
    assert card["verdict"]["improved"], card["verdict"]["sentence"]
    assert card["spent"]["lm_calls"] == ran.sent <= 300
    assert ran.judge.requests
    assert "one of the 2 of a run goes to the judge, strict; all together not more than 300 LM req" in done.stderr
    assert "questions," not in done.stderr, "no bar where there is no terminal"


def test_more_trials_and_higher_limits_than_before_are_said_and_kept(ran: Ran) -> None:
    assert ran.optimize("--trials", 3, "--max-calls", 250).exit_code == 0
    before = ran.sent
    again = ran.resume("--trials", 7, "--max-calls", 600, "--max-minutes", 30, "--force", "--json")
    assert again.exit_code == 0, again.stderr
    assert "at most 7 trials; before: 3" in again.stderr
    assert "at most 600 LM requests; before: 250 LM requests" in again.stderr
    assert "at most 30 minutes; before: no limit" in again.stderr
    assert f"spent before the stop: {before} LM requests" in again.stderr
    card = json.loads(again.stdout)
    assert card["search"]["trials"] == 7
    assert before < ran.sent == card["spent"]["lm_calls"] <= 600
    assert ran.study.asked.trials == 7
    assert "--trials 7" in card["again"]
    assert ran.resume("--force").exit_code == 0
    assert ran.study.asked.trials == 7, "what is not given stays"


def test_a_limit_that_is_spent_stays_so_until_it_is_raised(ran: Ran) -> None:
    done = ran.optimize("--max-calls", 95)
    assert done.exit_code == 3
    assert "not one trial came to its end" in done.stderr
    assert ran.sent <= 95
    assert ran.resume().exit_code == 3
    assert ran.sent <= 95
    raised = ran.resume("--max-calls", 400, "--trials", 5, "--json")
    assert raised.exit_code == 0, raised.stderr
    assert json.loads(raised.stdout)["spent"]["lm_calls"] == ran.sent <= 400


def test_a_server_that_dies_in_the_middle_ends_it_with_3_and_it_goes_on_later(ran: Ran) -> None:
    ran.dies = 45
    done = ran.optimize("--trials", 8)
    assert done.exit_code == 3
    said = " ".join(done.stderr.split())
    assert "what went well before fails now, so that nothing can be concluded" in said
    assert "the machine is gone" in said
    assert "ragkit study resume p-1" in said
    assert not list(ran.folder.glob("*.tuned*"))
    listed = ran("study", "list", "--project", ran.folder)
    assert "stopped: what went well before fails now" in listed.stdout
    (study,) = json.loads(ran("study", "list", "--project", ran.folder, "--json").stdout)
    assert (study["state"], study["verdict"]) == ("stopped", None)
    ran.dies = None
    again = ran.resume("--json")
    assert again.exit_code == 0, again.stderr
    assert "stopped: what went well before fails now" in again.stderr
    card = json.loads(again.stdout)
    assert card["verdict"]["improved"]
    assert all(trial["failed"] == 0 for trial in card["search"]["tried"])
    assert card["spent"]["lm_calls"] == ran.sent


def test_a_done_study_that_was_gone_on_with_and_stopped_says_both(ran: Ran) -> None:
    assert ran.optimize("--trials", 3).exit_code == 0
    ran.dies = 1
    assert ran.resume("--trials", 9, "--force").exit_code == 3
    listed = " ".join(ran("study", "list", "--project", ran.folder).stdout.split())
    assert "stopped: " in listed
    assert "; before: " in listed
    best = ran("study", "best", "p-1", "--project", ran.folder)
    assert "was gone on with since, and is stopped: " in best.stderr


def test_a_study_that_runs_is_listed_as_running(ran: Ran) -> None:
    assert ran.optimize("--trials", 3).exit_code == 0
    lock = ran.study.lock()
    try:
        assert json.loads(ran("study", "list", "--project", ran.folder, "--json").stdout)[0]["state"] == "running"
    finally:
        lock.release()


def test_a_terminal_sees_questions_and_requests_within_a_trial(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "is_terminal", lambda stream: True)
    monkeypatch.setattr("ragkit.cli.progress.REDRAW", 0.0)
    done = ran.optimize("--trials", 3)
    assert done.exit_code == 0, done.stderr
    assert "trial 2 of 3: " in done.stderr
    assert "of 20 questions, " in done.stderr
    assert "LM requests so far" in done.stderr
    assert "judging best: " in done.stderr
