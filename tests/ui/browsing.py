"""A real server of the app and a real browser, for tests that nothing smaller can replace."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE = 60_000
"""Milliseconds; a test that waits so long has found something or runs on a very busy machine."""
_FLAGS = (
    "--no-sandbox", "--disable-gpu",
    # Pages of Chromium's own, which each context would open beside the one that is tested: a third of all work.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess",
)  # fmt: skip
_TWO_FRAMES = """
() => document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
"""


@contextmanager
def serving(project: Path, *options: str, state: Path | None = None) -> Iterator[str]:
    """The app of a project as ``ragkit ui`` starts it; the address.

    Args:
        project: The project's folder.
        options: More options of ``ragkit ui``.
        state: Its state folder; None for the project's own.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAGKIT_")}
    if state is not None:
        environment["RAGKIT_HOME"] = str(state)
    log = (state or project).parent / f"server-{port}.log"
    with log.open("wb") as out:
        line = [sys.executable, "-m", "ragkit", "ui", "--no-browser", "--port", str(port), "--project", str(project)]
        server = subprocess.Popen([*line, *options], stdout=out, stderr=out, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def opening(browser: Browser, address: str, *, width: int = 1280, height: int = 900, scheme: str = "light") -> Page:
    """A page in a context of its own, on its way; ``page.problems`` holds what its scripts complain of."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(address, wait_until="commit")
    return page


def visit(browser: Browser, address: str, *, rest: bool = True, **options: Any) -> Page:
    """A page as ``opening`` gives it, come to rest unless it is one that follows something."""
    page = opening(browser, address, **options)
    if rest:
        settle(page)
    return page


def settle(page: Page) -> None:
    """Waits until the page's script has run to its end."""
    page.wait_for_selector(SETTLED)


def drawn(page: Page) -> None:
    """Waits until everything on a page that has come to rest has its final size."""
    settle(page)
    page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
    page.evaluate(_TWO_FRAMES)


def until(page: Page, act: Callable[[float], object], told: str) -> None:
    """Does what may be undone by a page that is drawn anew just then, again and again until it holds.

    Args:
        page: The page.
        act: Acts, and raises where what it waits for does not come within the milliseconds that it is given.
        told: What did not come about, for the failure.
    """
    from playwright.sync_api import Error

    for _ in range(10):
        try:
            act(PATIENCE / 10)
        except (Error, AssertionError):
            page.keyboard.press("Escape")
        else:
            return
    pytest.fail(told)


def choose(page: Page, name: str, option: str, *, rest: bool = True) -> None:
    """Takes what a box offers, by the beginning of its words; waits for ``rest`` unless the page follows something."""
    from playwright.sync_api import expect

    box = page.get_by_role("combobox", name=name, exact=True)
    said = re.compile(rf"^{re.escape(option)}\b")

    def act(patience: float) -> None:
        box.click(timeout=patience)
        box.fill(option, timeout=patience)  # a long list draws only what is in sight
        page.get_by_role("option", name=said).first.click(timeout=patience)
        if rest:
            settle(page)
        expect(box).to_have_value(said, timeout=patience)

    until(page, act, f"{name} cannot be set to {option}")


def ask(page: Page, question: str) -> None:
    """Asks on the Chat page; a page that is drawn anew while one types leaves the words where they are."""
    from playwright.sync_api import expect

    box = page.get_by_placeholder("Ask a question")
    expect(box).to_be_enabled(timeout=PATIENCE)
    box.fill(question)
    expect(box).to_have_value(question)
    box.press("Enter")


def processor_time() -> float:
    """Seconds that the processes which this one started have computed: the server, the browser, their own children."""
    parents, ticks = {}, {}
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # none of a process, or of one that has just ended
            continue
        parents[folder.name], ticks[folder.name] = fields[1], int(fields[11]) + int(fields[12])
    family, found = {str(os.getpid())}, set()
    while family:
        family = {child for child, parent in parents.items() if parent in family}
        found |= family
    return sum(ticks[each] for each in found) / os.sysconf("SC_CLK_TCK")


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    server.kill()
    pytest.fail(f"the app did not start:\n{log.read_text()[-4000:]}")
