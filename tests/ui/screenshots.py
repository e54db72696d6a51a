"""Makes the pictures of the app in docs/images anew: `make screenshots`. It asks, compares and evaluates for them.

The state is one of its own, so that a person's runs are on no picture; the index of the paper corpus is taken from the
checkout, or from ``RAGKIT_HOME``, where it is there. With ``--all FOLDER`` every view is written there in light and
dark, wide and narrow, to be looked at.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ui.browsing import ask as put
from tests.ui.browsing import browsing, choose, serving, settle, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
QUESTION, LISTED = (
    "How does Adaptive-k choose how many passages to retrieve?",
    "Which papers deal with federated learning on edge devices?",
)
WIDTH = 1280
HEIGHTS = {"chat": 1130, "trace": 860, "compare": 1100, "map": 960, "evaluation": 940}
_PIPELINES = ("naive", "hybrid", "adaptive-k", "learned-k", "complexity-routed")
_COLOURS = 96


@contextmanager
def state() -> Iterator[Path]:
    """A state folder with the indexes of the checkout (or of ``RAGKIT_HOME``), and results to show."""
    there = Path(os.environ.get("RAGKIT_HOME") or ROOT / ".ragkit")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "state"
        for name in ("indexes", "encoders"):
            if (there / name).is_dir():
                shutil.copytree(there / name, home / name, symlinks=True)
        environment = {**os.environ, "RAGKIT_HOME": str(home)}
        for name in _PIPELINES:
            line = [sys.executable, "-m", "ragkit", "eval", f"pipelines/{name}.yaml", "--save", name, "--no-cache",
                    "--data", "corpora/papers/questions.jsonl", "--split", "report"]  # fmt: skip
            subprocess.run(line, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        yield home


def ask(browser: Browser, address: str) -> Mapping[str, str]:
    """Asks the question, compares two pipelines on it, and gives the addresses of the views."""
    page = visit(browser, f"{address}/?use=adaptive-k.yaml")
    put(page, QUESTION)
    link = page.get_by_role("link", name="Why this answer?")
    link.wait_for()
    chat = page.url
    page.goto(f"{address}/compare")
    settle(page)
    page.get_by_role("tab", name="Two pipelines, one question").click()
    choose(page, "Pipeline B", "hybrid.yaml")
    field = page.get_by_role("textbox", name="Question", exact=True)
    field.fill(LISTED)
    field.press("Enter")
    settle(page)
    page.get_by_role("button", name="Ask both").click()
    page.get_by_text("The runs part at").wait_for()
    compare = page.url
    run = (page.get_by_role("link", name="Its trace").first.get_attribute("href") or "").partition("?")[2]
    page.context.close()
    return {
        "chat": chat,
        "trace": f"{address}/traces?{run}",
        "compare": compare,
        "map": f"{address}/corpus?corpus=papers&view=Map&{run}",
        "evaluation": f"{address}/evaluation",
        "traces": f"{address}/traces",
        "corpus": f"{address}/corpus?corpus=papers",
        "pipelines": f"{address}/pipelines",
    }


def take(page: Page, name: str, path: Path) -> None:
    """Writes a picture of a view, small enough for a repository."""
    from PIL import Image

    page.wait_for_timeout(1_500)  # charts are drawn after the page has come to rest
    if name == "chat":
        page.get_by_text("[1]").last.click()
        page.mouse.move(5, 400)
    if name == "trace":
        page.get_by_text("What other rules would have kept").click()
        page.locator("[class*='st-key-step-1']").first.evaluate("element => element.scrollIntoView({block: 'start'})")
        page.mouse.move(640, 400)
        page.mouse.wheel(0, -80)
        page.mouse.move(5, 400)
    page.wait_for_timeout(1_500)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Makes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="write every view there, in four forms")
    everything = parser.parse_args().all
    with state() as home, serving(ROOT, state=home) as address, browsing() as browser:
        views = ask(browser, address)
        if everything is None:
            for name, height in HEIGHTS.items():
                page = visit(browser, views[name], width=WIDTH, height=height)
                take(page, name, IMAGES / f"{name}.png")
                page.context.close()
            return
        for name, view in views.items():
            for scheme in ("light", "dark"):
                for width in (1280, 400):
                    page = visit(browser, view, width=width, height=900, scheme=scheme)
                    take(page, name, everything / f"{name}-{scheme}-{width}.png")
                    page.context.close()


if __name__ == "__main__":
    main()
