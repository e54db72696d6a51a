"""The page in a real browser: its script runs under its own policy, filters by the address, and shows text as text."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.page import page
from tests.evaluate.compare.making import row, side, wrong

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NASTY = "<img src=x onerror=document.title='broken'> & <b>bold</b>"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    left = [row(f"q{i}", question=f"{NASTY} {i}") for i in range(28)] + [wrong("won"), row("lost", answer=NASTY)]
    right = [row(f"q{i}", question=f"{NASTY} {i}") for i in range(28)] + [
        row("won"), wrong("lost", "cut_by_selector", answer="no"),
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page(compare([side("A", left), side("B", right)])), encoding="utf-8")
    return path


def seen(file: Path, view: str = "") -> str:
    """The page as the browser holds it after its script has run."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={file.parent / 'profile'}",
    ]
    done = subprocess.run(
        [*command, "--dump-dom", f"file://{file}{view}"], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def listed(dom: str) -> list[str]:
    return [unescape(id) for id in re.findall(r'<span class="asked"><small>(\S+) · ', dom)]


def test_all_questions_are_there_a_portion_at_a_time(file: Path) -> None:
    dom = seen(file)
    assert listed(dom) == [f"q{i}" for i in range(25)]
    assert "30 of 30 questions" in dom
    assert '<button type="button" class="more">' in dom
    assert '<form class="filters">' in dom


@pytest.mark.parametrize(
    ("view", "ids"),
    [
        ("#show=flipped", ["won", "lost"]),
        ("#show=won1", ["won"]),
        ("#show=lost1&kind=single", ["lost"]),
        ("#ending=1%3Acut_by_selector", ["lost"]),
        ("#text=bold+27", ["q27"]),
        ("#text=nothing+has+this", []),
        ("#show=nonsense&text=27", ["q27"]),
    ],
)
def test_a_view_is_an_address(file: Path, view: str, ids: list[str]) -> None:
    assert listed(seen(file, view)) == ids


def test_texts_are_text(file: Path) -> None:
    dom = seen(file)
    assert "<title>B against A</title>" in dom
    shown = dom.split('<ol class="questions">')[1].split("</ol>")[0]
    assert "<img" not in shown
    assert "&lt;img src=x onerror=document.title='broken'&gt; &amp; &lt;b&gt;bold&lt;/b&gt; 0" in shown
