from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from ragkit.cli import main
from ragkit.errors import UsageError


def test_help_names_every_verb_and_where_to_begin(ragkit: Callable) -> None:
    shown = ragkit("-h")
    assert shown.exit_code == 0
    assert all(re.search(rf"^  {verb} +\S", shown.stdout, re.MULTILINE) for verb in main.VERBS)
    assert "ragkit init my-project" in shown.stdout
    assert ragkit("--help").stdout == shown.stdout


@pytest.mark.parametrize("verb", main.VERBS)
def test_every_verb_has_a_sentence_and_examples(ragkit: Callable, verb: str) -> None:
    shown = ragkit(verb, "-h").stdout
    assert re.search(r"\n  [A-Z][^\n]+", shown)
    assert f"ragkit {verb}" in shown.split("Examples:")[1]


def test_version(ragkit: Callable) -> None:
    assert re.fullmatch(r"ragkit \d+\.\d+\.\d+\S*\n", ragkit("--version").stdout)


def test_an_unknown_verb_is_answered_with_the_nearest(ragkit: Callable) -> None:
    shown = ragkit("valdate")
    assert shown.exit_code == 2
    assert "unknown command 'valdate'. Did you mean 'validate'?" in shown.stderr
    assert shown.stdout == ""


def test_a_file_in_the_place_of_the_verb_is_answered_with_run(ragkit: Callable) -> None:
    shown = ragkit("pipelines/naive.yaml", "what?")
    assert shown.exit_code == 2
    assert 'ragkit run pipelines/naive.yaml "your question"' in shown.stderr


def test_an_unknown_option_is_a_usage_error(ragkit: Callable) -> None:
    shown = ragkit("components", "list", "--jsn")
    assert shown.exit_code == 2
    assert "--json" in shown.stderr


def raising(error: BaseException) -> Callable:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UsageError("no such 'x'", place="a.yaml:3:1", hint="ragkit init"), 2, "error: a.yaml:3:1: no such 'x'"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (RuntimeError("boom"), 3, "RuntimeError: boom"),
    ],
)
def test_what_leaves_a_verb_becomes_a_message_and_a_code(
    ragkit: Callable, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, text: str
) -> None:
    monkeypatch.setattr("ragkit.components.catalogue.Catalogue.names", raising(error))
    shown = ragkit("components", "list")
    assert shown.exit_code == code
    assert text in shown.stderr
    assert "Traceback" not in shown.stderr
    assert shown.stdout == ""
    assert "Traceback" in ragkit("components", "list", "-v").stderr or code == 130
    assert "Traceback" in ragkit("-v", "components", "list").stderr or code == 130


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    line = f"{sys.executable} -m ragkit components list --json | head -c 5; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, env={**os.environ})
    assert done.stdout == "[\n  {"[:5]
    assert done.stderr == ""
    assert done.returncode in (0, main.BROKEN_PIPE)


def test_no_colour_without_a_terminal(ragkit: Callable) -> None:
    assert "\x1b" not in ragkit("components", "list").output


def shell(line: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("ragkit", f"{sys.executable} -m ragkit", 1)
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)


def test_a_closed_stdout_is_nobodys_error() -> None:
    done = shell("ragkit components list >&-")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_told_once() -> None:
    done = shell("ragkit components list --json > /dev/full")
    assert done.returncode == 3
    assert done.stderr.count("the result cannot be written to stdout: No space left on device") == 1
    assert done.stderr.count("No space left on device") == 1
    assert "defect" not in done.stderr


def test_help_as_a_verb_is_answered_with_the_flag(ragkit: Callable) -> None:
    shown = ragkit("help", "run")
    assert shown.exit_code == 2
    assert "For help: ragkit run --help" in shown.stderr


def test_a_role_is_not_a_component(ragkit: Callable) -> None:
    shown = ragkit("components", "show", "select")
    assert shown.exit_code == 2
    assert "ragkit components list select" in shown.stderr
