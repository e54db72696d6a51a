"""What holds for every test: a home of its own, no network but loopback, and in CI no skip without a reason we know."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).parent.parent
OFFLINE = Path(__file__).parent / "offline"
NETWORK_LOG = "RAGKIT_TESTS_NETWORK_LOG"
NO_SHARED = "the project's shared folder is absent (it is not part of the repository)"

# In CI a skip is a failure unless its reason is one of these.
MAY_SKIP_IN_CI = (
    re.escape(NO_SHARED),
    r"needs Windows",
    r"needs a GPU",
    r"needs Chromium",
)


def _forbid_network() -> None:
    spec = importlib.util.spec_from_file_location("ragkit_tests_offline", OFFLINE / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def _heed_ctrl_c() -> None:
    """A shell starts what it runs in the background deaf to SIGINT, and so would be every process of the tests."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    _forbid_network()
    _heed_ctrl_c()
    # Chosen before a library reads them at import: no hub, and no warning from forked tokenizers.
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    # A slow machine is no defect, and a red CI must be red again on the next run.
    settings.register_profile("ragkit", deadline=None, derandomize=in_ci(), print_blob=True)
    settings.load_profile("ragkit")


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def skip_is_a_failure(reason: str) -> bool:
    """Whether CI takes a skip with this reason for a failure."""
    return not any(re.search(known, reason) for known in MAY_SKIP_IN_CI)


def _fail_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if skip_is_a_failure(reason):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI for a reason that tests/conftest.py does not list: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    _fail_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    _fail_skip(report)
    return report


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home for this test alone, an environment without the person's settings, and a watch over the network."""
    for name in [key for key in os.environ if key.startswith("RAGKIT_") or key.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    home = tmp_path / "ragkit-home"
    log = tmp_path / "network.log"
    monkeypatch.setenv("RAGKIT_HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv(NETWORK_LOG, str(log))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")])))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    yield home
    if log.exists():
        pytest.fail(f"the network was used (and refused):\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared folder (papers, questions, public retrieval sets) beside the checkout; skips without it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip(NO_SHARED)
    return folder


@pytest.fixture
def python() -> str:
    """The interpreter for tests that start a process."""
    return sys.executable
