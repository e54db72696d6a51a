"""Trying again: what is repeated, how long is waited, and what is kept of failures."""

from __future__ import annotations

import dspy
import pytest

from ragkit.lm.retry import LONGEST_WAIT, Retry, first_line


class Server:
    """Fails as often as it has errors, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def run(server: Server, most: int = 3, **options):
    waits: list[float] = []
    failures: list[dict] = []
    try:
        return Retry(most, waits.append).run(server, failures, **options), waits, failures
    except dspy.LMError as error:
        return error, waits, failures


def test_failures_that_may_pass_are_repeated_with_growing_waits():
    errors = [dspy.LMServerError("down"), dspy.LMTransportError("cut"), dspy.LMRateLimitError("busy")]
    found, waits, failures = run(Server(*errors))
    assert found == "answer"
    assert [failure["error"] for failure in failures] == ["LMServerError", "LMTransportError", "LMRateLimitError"]
    assert [failure["waited"] for failure in failures] == waits
    for number, wait in enumerate(waits):
        assert 0.25 * 2**number <= wait <= 0.5 * 2**number


@pytest.mark.parametrize(
    "error",
    [dspy.LMAuthError("no"), dspy.LMInvalidRequestError("bad"), dspy.ContextWindowExceededError(message="long")],
)
def test_what_will_not_pass_is_not_repeated(error):
    server = Server(error)
    found, waits, failures = run(server)
    assert found is error
    assert (server.calls, waits) == (1, [])
    assert failures[0]["message"] == error.message


def test_the_last_failure_is_raised_when_all_attempts_are_used():
    server = Server(*(dspy.LMServerError(f"down {n}") for n in range(9)))
    found, waits, failures = run(server, most=2)
    assert str(found) == "down 2"
    assert (server.calls, len(waits), len(failures)) == (3, 2, 3)
    assert "waited" not in failures[-1]


@pytest.mark.parametrize(("asked", "waited"), [(2.5, 2.5), (0.0, 0.0), (-3.0, 0.0), (600.0, LONGEST_WAIT)])
def test_a_server_s_own_wish_is_kept_to_within_reason(asked, waited):
    _, waits, _ = run(Server(dspy.LMRateLimitError("busy", retry_after=asked)))
    assert waits == [waited]


def test_no_wait_is_begun_that_the_question_has_no_time_for():
    server = Server(dspy.LMRateLimitError("busy", retry_after=5.0), dspy.LMServerError("x"))
    found, waits, failures = run(server, seconds_left=lambda: 4.0)
    assert isinstance(found, dspy.LMRateLimitError)
    assert waits == []
    assert "no time is left" in failures[0]["message"]


def test_nothing_is_repeated_once_part_of_the_reply_was_shown():
    server = Server(dspy.LMServerError("down"))
    found, waits, _ = run(server, final=lambda: True)
    assert isinstance(found, dspy.LMServerError)
    assert (server.calls, waits) == (1, [])


def test_other_errors_pass_as_they_are():
    with pytest.raises(ZeroDivisionError):
        run(Server(ZeroDivisionError()))


def test_the_advice_of_libraries_is_left_out():
    assert first_line(dspy.LMAuthError("refused\n\n  To fix:\n    - pay")) == "refused"
    assert first_line(ValueError()) == "ValueError"
