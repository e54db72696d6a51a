"""What holds for every test: a home of its own, no network but loopback, and in CI no skip without a reason we know.

With `make test WORKERS=2` two processes (pytest-xdist) take whole files; a test that is marked ``clock`` waits until
the other has ended its own, and nothing runs beside it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives out whole files in the order of ``in_order``; of those that drive a browser, one at a time."""
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "browsers" if file.endswith("_in_a_browser.py") else file

    config.option.loadscopereorder = False
    return Files(config, log)


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests of each file together, the files with most that is slow first, so that no worker is left with one."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    browser = {item.path for item in items if item.get_closest_marker("browser")}
    return sorted(items, key=lambda item: (item.path not in browser, -slow[item.path]))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _among_workers(config):
        items[:] = in_order(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Outside of everything else, so that no wait counts as a test's time."""
    if not _among_workers(item.config):
        return (yield)
    with beside_others(Path(item.config.option.basetemp).parent, item.get_closest_marker("clock") is not None):
        return (yield)


def _among_workers(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@contextmanager
def beside_others(folder: Path, alone: bool) -> Iterator[None]:
    """Holds a place among the processes that name the same folder; one that is ``alone`` has the only place.

    Who waits for the only place keeps the gate shut meanwhile, and newcomers wait behind it.
    """
    import fcntl

    with (folder / "gate.lock").open("ab+") as gate, (folder / "places.lock").open("ab+") as places:
        fcntl.lockf(gate, fcntl.LOCK_EX)
        fcntl.lockf(places, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.lockf(gate, fcntl.LOCK_UN)
        yield


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


@pytest.fixture(scope="session")
def make_ready() -> Callable[[Path], None]:
    """Copies the default encoder, where the checkout has made it ready, into a state folder: it takes long to make."""

    def copy(state: Path) -> None:
        if (REPOSITORY / ".ragkit" / "encoders").is_dir():
            shutil.copytree(REPOSITORY / ".ragkit" / "encoders", state / "encoders", dirs_exist_ok=True)

    return copy


@pytest.fixture
def python() -> str:
    """The interpreter for tests that start a process."""
    return sys.executable
