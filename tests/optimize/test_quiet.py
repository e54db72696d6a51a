"""DSPy's optimisers are silent, what they complain of is kept, and everything is as it was afterwards."""

from __future__ import annotations

import logging
import sys
import threading

import pytest

from ragkit.optimize.prompts.quiet import aloud, quiet


def test_nothing_comes_through_but_what_is_said_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    def say(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    tell = aloud(say)
    with quiet() as complaints:
        sys.stdout.write("a bar\n")
        sys.stderr.write("another\n")
        logging.getLogger("dspy.teleprompt.gepa").info("Iteration 1")
        logging.getLogger("dspy.evaluate").warning("odd\nwith a traceback")
        logging.getLogger("dspy.evaluate").warning("odd\nwith a traceback")
        threads = [threading.Thread(target=tell, args=(f"run {n}",)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sys.stderr.write("still quiet\n")
    out, err = capsys.readouterr()
    assert out == ""
    assert sorted(err.splitlines()) == sorted(f"run {n}" for n in range(20))
    assert complaints.texts == ["odd"]


def test_it_ends_with_the_block_whatever_ends_that() -> None:
    logger = logging.getLogger("dspy")
    before = (sys.stdout, sys.stderr, logger.handlers, logger.level, logger.propagate)
    with pytest.raises(KeyboardInterrupt), quiet():
        raise KeyboardInterrupt
    assert (sys.stdout, sys.stderr, logger.handlers, logger.level, logger.propagate) == before
