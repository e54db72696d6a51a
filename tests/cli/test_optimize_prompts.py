"""``ragkit optimize --only prompts`` as a person runs it: over HTTP, to an overlay that a plain run uses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ragkit.cli.main import app
from ragkit.optimize.prompts.optimizers.choice import OPTIMIZERS as CLASSES
from ragkit.optimize.prompts.optimizers.optimizer import Size
from ragkit.testing import ChatServer, Fault
from tests.optimize.prompt_parts import OPTIMIZERS, STEPS, asked, pupil, written

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
TUNE, QUESTIONS = 20, asked(50, tune=20)
TEXT = "version: 1\nlms: {here: {model: openai/any, api_base: '%s'}}\nlm: here\n" + STEPS
Call = Callable[..., Result]


class Ran:
    """A project, the server behind its LM, and ragkit's verbs."""

    def __init__(self, folder: Path, server: ChatServer) -> None:
        self.folder = folder
        self.server = server
        self.pipeline = written(folder, QUESTIONS, TEXT % server.api_base)
        self.overlay = folder / "p.tuned.yaml"

    def __call__(self, *arguments: object) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments])

    def optimize(self, *arguments: object) -> Result:
        return self("optimize", self.pipeline, "--data", self.folder / "q.jsonl", "--only", "prompts", *arguments)


@pytest.fixture
def ran(tmp_path: Path) -> Iterator[Ran]:
    with ChatServer(pupil(QUESTIONS)) as server:
        yield Ran(tmp_path / "project", server)


def smallest(name: str) -> int:
    """``--max-calls`` for the smallest settings of an optimiser: tuning, and judging of the two sides."""
    optimizer = CLASSES[name]()
    most = optimizer.most(Size(TUNE // 2, TUNE // 2, 2), optimizer.levels[-1])
    return most.requests(2) + 2 * TUNE + TUNE + 2 * 2 * (len(QUESTIONS) - TUNE)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimiser_from_end_to_end_over_http(name: str, ran: Ran) -> None:
    most = smallest(name)
    done = ran.optimize("--optimizer", name, "--max-calls", most, "--json")
    assert done.exit_code == 0, done.stderr
    card = json.loads(done.stdout)
    assert card["verdict"]["improved"], card["verdict"]["sentence"]
    assert len(ran.server.requests) == card["spent"]["lm_calls"] <= most
    assert all(seen["body"].get("n") in (None, 1) for seen in ran.server.seen), "a sample is a request of its own"
    assert card["prompts"]["optimizer"] == name
    assert "LM requests at most: " in done.stderr
    assert ran.overlay.is_file()
    state = ran.folder / "p.tuned.state.json"
    shown = sum(change["demos"] for change in card["prompts"]["steps"].values())
    assert state.is_file() == (shown > 0)
    if shown:
        assert all(part["lm"] is None for part in json.loads(state.read_text("utf-8")).values())
    before = len(ran.server.requests)
    said = ran("run", ran.pipeline, QUESTIONS[-1].question, "--overlay", ran.overlay, "--json")
    assert said.exit_code == 0, said.stderr
    sent = ran.server.requests[before:]
    for path, change in card["prompts"]["steps"].items():
        one = next(one for one in sent if one.wanted == [path])
        assert change["after"] is None or one.instructions == change["after"].strip()
        assert len(one.messages) == 2 + 2 * change["demos"]


def test_no_improvement_writes_no_overlay(tmp_path: Path) -> None:
    with ChatServer(pupil(QUESTIONS, told=0.0, shown=0.0)) as server:
        ran = Ran(tmp_path, server)
        done = ran.optimize("--optimizer", "bootstrap-rs", "--max-calls", smallest("bootstrap-rs"))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("no improvement")
    assert "nothing was better on the questions to choose by" in " ".join(done.stdout.split())
    assert "no overlay was written" in done.stderr
    assert not list(tmp_path.glob("*.tuned*"))


def test_stopped_in_the_judging_it_goes_on_without_tuning_again(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    import ragkit.optimize.optimize as room

    def stopped(*given: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(room, "judge", stopped)
        begun = ran.optimize("--optimizer", "mipro", "--max-calls", 500)
    assert begun.exit_code == 130
    assert "ragkit study resume p-1" in begun.stderr
    (study,) = json.loads(ran("study", "list", "--project", ran.folder, "--json").stdout)
    assert (study["done"], study["state"], study["stopped"]) == (False, "stopped", "interrupted")
    assert "stopped: interrupted" in ran("study", "list", "--project", ran.folder).stdout
    assert "is not done" in ran("study", "best", "p-1", "--project", ran.folder).stderr
    sent = len(ran.server.requests)
    resumed = ran("study", "resume", "p-1", "--project", ran.folder, "--json")
    assert resumed.exit_code == 0, resumed.stderr
    assert "prompts: found before the stop" in resumed.stderr
    card = json.loads(resumed.stdout)
    assert card["verdict"]["improved"]
    judged = 2 * 2 * (len(QUESTIONS) - TUNE)
    assert len(ran.server.requests) - sent <= 2 * judged, "only the judging was left"
    assert card["spent"]["lm_calls"] == len(ran.server.requests), "what was spent before the stop counts too"
    best = ran("study", "best", "p-1", "--project", ran.folder)
    assert best.stdout.startswith("an improvement")
    assert "prompts by mipro" in best.stdout


def test_an_overlay_runs_where_no_optimiser_is_installed(ran: Ran) -> None:
    assert ran.optimize("--optimizer", "mipro", "--max-calls", 500).exit_code == 0
    code = (
        "import sys\n"
        "for name in ('optuna', 'gepa'): sys.modules[name] = None\n"
        "from ragkit.cli.main import main\n"
        "main()\n"
    )
    question = QUESTIONS[-1]
    arguments = ["run", str(ran.pipeline), question.question, "--overlay", str(ran.overlay), "--json"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["answer"] == question.answers[0]
    assert document["conditions"]["overlay"] == str(ran.overlay)
    assert sum("Look twice" in one.instructions for one in ran.server.requests[-2:])


def test_proposals_that_fail_are_told(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(lambda asked: Fault("auth", "no such key")) as other:
        monkeypatch.setenv("OPENAI_API_BASE", other.api_base)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        text = (
            ran.pipeline.read_text("utf-8")
            .replace("lm: here", "")
            .replace("lms: {", f"lms: {{other: {{model: openai/other, api_base: '{other.api_base}'}}, ")
        )
        ran.pipeline.write_text(text.replace("steps:", "lm: here\nsteps:"), encoding="utf-8")
        done = ran.optimize("--optimizer", "gepa", "--prompt-lm", "other", "--max-calls", smallest("gepa"), "--json")
    assert done.exit_code == 0, done.stderr
    card = json.loads(done.stdout)
    assert not card["verdict"]["improved"]
    assert card["prompts"]["proposals"]["failed"] > 0
    assert "proposals failed: " in done.stderr
    assert "no such key" in done.stderr


def test_a_steps_state_is_refused_when_the_step_has_changed(ran: Ran) -> None:
    assert ran.optimize("--optimizer", "bootstrap").exit_code == 0
    state = ran.folder / "p.tuned.state.json"
    changed = json.loads(state.read_text("utf-8"))
    changed["notes"]["step_fields"]["outputs"] = {"remarks": "str"}
    state.write_text(json.dumps(changed), encoding="utf-8")
    done = ran("run", ran.pipeline, QUESTIONS[0].question, "--overlay", ran.overlay)
    assert done.exit_code == 3 or done.exit_code == 2
    assert "step 'notes': its outputs were remarks: str, and the step's are notes: str" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--max-calls", "100"), "--max-calls 100 leaves nothing to search with: judging on the held-out questions"),
        (("--max-calls", "200", "--optimizer", "mipro"), "'mipro' takes up to"),
        (("--prompt-lm", "nobody"), "no LM is called 'nobody'; the file names 'here', and others are provider/model"),
        (("--optimizer", "magic"), "magic"),
        (("--strategy", "mipro -> gpea"), "the strategy has 'gpea'; did you mean 'gepa'?"),
        (("--optimizer", "gepa", "--strategy", "mipro -> gepa"), "--strategy joins several optimisers"),
        (("--maximize", "recal"), "did you mean 'recall'"),
    ],
)
def test_what_is_wrong_is_told(ran: Ran, arguments: tuple[str, ...], said: str) -> None:
    done = ran.optimize(*arguments)
    assert done.exit_code == 2, done.stderr
    assert said in " ".join(done.stderr.split())
    assert not ran.overlay.exists()
    if "takes up to" not in said:  # that is known only when the pipeline has been run as it is
        assert not ran.server.requests


def test_a_pipeline_without_lm_steps_has_no_prompts(ran: Ran) -> None:
    ran.pipeline.write_text(
        "version: 1\nsteps: {t: {use: query.join, parts: [question]}}\noutput: t\n", encoding="utf-8"
    )
    done = ran.optimize()
    assert done.exit_code == 2


def test_killed_by_ctrl_c_it_goes_on_and_sends_nothing_twice(ran: Ran) -> None:
    """A process of its own is interrupted in the middle of the optimiser; another goes on with its study."""
    arguments = ["optimize", str(ran.pipeline), "--data", str(ran.folder / "q.jsonl"), "--only", "prompts"]
    arguments += ["--optimizer", "bootstrap-rs", "--max-calls", "900"]
    process = subprocess.Popen([sys.executable, "-m", "ragkit", *arguments], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while len(ran.server.requests) < 90 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "ragkit study resume p-1" in said
    stopped = len(ran.server.requests)
    resumed = ran("study", "resume", "p-1", "--project", ran.folder, "--json")
    assert resumed.exit_code == 0, resumed.stderr
    card = json.loads(resumed.stdout)
    sent = [tuple((one["role"], one["content"]) for one in asked_.messages) for asked_ in ran.server.requests]
    assert len(sent) > stopped
    under_way = 8
    assert len(sent) - len(set(sent)) <= under_way, "only what was under way is sent again"
    assert card["spent"]["lm_calls"] <= 900
    assert abs(card["spent"]["lm_calls"] - len(sent)) <= under_way
    assert card["verdict"]["improved"]
