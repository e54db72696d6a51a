"""The editor and the replays in a real browser: findings as one types, completion, forms, saving, another cut."""

from __future__ import annotations

import json
import logging
import re
import shutil
import time
from pathlib import Path
from statistics import median

import pytest

from ragkit.engine.pipeline import Pipeline
from ragkit.project import Project

from .browsing import MARKS, PATIENCE, choose, drawn, processor_time, settle, until
from .test_replay import MARKED, QUESTION

pytestmark = MARKS
SLOWEST = 0.5
"""Seconds from the last key to the finding on the page, on a machine that does nothing else."""
WORK = 2.5
"""Seconds of processor time that a key may cost until all of the page has followed: server and browser together."""
WATCH = """
() => {
  window.lastKey = 0;
  window.took = [];
  addEventListener("keydown", () => { window.lastKey = performance.now(); window.waiting = true; }, true);
  const look = () => {
    const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot;
    const marked = Boolean(root && root.querySelector(".cm-lintRange-error"));
    if (marked !== window.marked) {
      if (window.waiting && window.lastKey) window.took.push((performance.now() - window.lastKey) / 1000);
      window.waiting = false;
      window.marked = marked;
    }
    requestAnimationFrame(look);
  };
  look();
}
"""
AT_REST = """
() => {
  const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot;
  const list = root.querySelector(".cm-tooltip-autocomplete");
  const now = list && list.innerHTML;
  if (now !== window.listed) [window.listed, window.since] = [now, performance.now()];
  return now && performance.now() - window.since > 300;
}
"""
"""The list of what may be completed has stood for a while."""


@pytest.fixture(scope="module")
def folder(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = Path(shutil.copytree(library, tmp_path_factory.mktemp("edited") / "project"))
    (copy / "pipelines" / "cut.yaml").write_text(MARKED)
    return copy


def edit(at, file: str = "cut.yaml", **options):
    """The page with the editor, ready to be typed in."""
    page = at(f"/pipelines?file={file}", **options)
    page.locator(".cm-content").wait_for()
    page.get_by_text("no errors").first.wait_for()
    return page


def end_of(page, text: str) -> None:
    """Puts the cursor behind a line."""
    page.locator(".cm-line", has_text=text).click()
    page.keyboard.press("End")


def measured(page, output: str) -> None:
    """Breaks the reference at the cursor and mends it, again and again; the page may not take long to say so.

    On a machine with other work every step waits for its turn, so the time that is allowed grows as that of a loop does
    which only counts, and what a key costs is measured as processor time too.
    """
    page.evaluate(WATCH)
    graph = page.get_by_test_id("stMermaidChart").locator("img")
    drawn_graph = graph.get_attribute("src")
    costs, delays = [], []
    for number in range(10):
        before = processor_time()
        page.keyboard.press("Backspace" if number % 2 else "x")
        page.wait_for_function(f"window.took.length === {number + 1}")
        page.get_by_text("no errors" if number % 2 else re.compile(r"\d errors?$")).first.wait_for()
        settle(page)
        costs.append(processor_time() - before)
        delays.append(delay())
    took = page.evaluate("window.took")
    told = f"took {took}, cost {costs}, delayed {delays}"
    logging.getLogger(__name__).info("from the last key to the finding: %s", told)
    assert median(took) < SLOWEST * median(delays), told
    assert median(costs) < WORK, told
    assert graph.get_attribute("src") == drawn_graph, "a text with errors has no graph: the old one was drawn again"


def delay() -> float:
    """How many times as long as alone a piece of work takes just now."""
    began, worked = time.perf_counter(), time.thread_time()
    while time.thread_time() - worked < 0.1:
        pass
    return (time.perf_counter() - began) / 0.1


@pytest.mark.clock
def test_the_answer_comes_before_anything_else_is_drawn(at) -> None:
    page = edit(at)
    frames: list[tuple[str, bytes]] = []

    def listen(socket) -> None:
        socket.on("framesent", lambda payload: frames.append(("sent", bytes(payload))))
        socket.on("framereceived", lambda payload: frames.append(("received", bytes(payload))))

    page.on("websocket", listen)
    page.reload()
    page.get_by_text("no errors").first.wait_for()
    end_of(page, "output: evidence")
    page.keyboard.type("x")
    page.get_by_text("1 error").first.wait_for()
    asked = next(n for n, (way, payload) in enumerate(frames) if way == "sent" and b"evidencex" in payload)
    between = []
    for way, payload in frames[asked + 1 :]:
        if way == "received" and b"ragkit_checker" in payload:
            assert b"evidencex" in payload
            break
        between.append(payload)
    assert len(between) < 8, "more is drawn between a key and its answer than the answer"


@pytest.mark.clock
def test_the_errors_of_a_long_file_come_as_fast(at, folder: Path) -> None:
    steps = [f"  s{n}:\n    use: select.top_k\n    passages: s{n - 1}\n    k: 5" for n in range(1, 73)]
    text = "\n".join(
        ["version: 1", "corpus: notes", "steps:", "  s0: {use: retrieve.hybrid}", *steps, "output: s72", ""]
    )
    assert text.count("\n") > 290
    (folder / "pipelines" / "long.yaml").write_text(text)
    page = edit(at, "long.yaml")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowLeft")
    measured(page, "s72")


def test_a_broken_file_shows_its_error_at_its_line_while_one_types(at) -> None:
    page = edit(at)
    end_of(page, "output: evidence")
    measured(page, "evidence")
    page.keyboard.type("x")
    page.get_by_text(re.compile(r"\d errors?$")).first.wait_for()
    page.locator("[data-testid=stCode]", has_text="cut.yaml:7:9").wait_for()
    assert page.locator(".cm-lint-marker-error").count() >= 1
    page.get_by_text("As it was before the errors.").first.wait_for()
    page.keyboard.press("ArrowLeft")

    def take(patience: float) -> None:  # findings that come anew close the box
        page.locator(".cm-lintRange-error", has_text="evidencex").hover(timeout=patience)
        page.get_by_role("button", name="Change to evidence").click(timeout=patience)

    until(page, take, "the nearest name is not offered")
    page.get_by_text("no errors").first.wait_for()


def test_keys_components_and_references_are_completed_and_explained(at) -> None:
    page = edit(at)
    end_of(page, "found: {use")
    page.keyboard.press("Enter")
    page.keyboard.type("pool: {us")
    accept(page, "use")
    page.locator(".cm-line", has_text="pool: {use: }").wait_for()
    page.keyboard.type("fuse.conv")
    accept(page, "fuse.convex")
    page.keyboard.type(", passages: [fou")
    accept(page, "found")
    page.locator(".cm-line", has_text="pool: {use: fuse.convex, passages: [found]}").wait_for()

    def look(patience: float) -> None:
        page.locator(".cm-line", has_text="select.top_k").get_by_text("use").hover(timeout=patience)
        page.locator(".cm-tooltip", has_text="the component of this step").wait_for(timeout=patience)

    until(page, look, "a key is not explained")


def accept(page, name: str) -> None:
    """Takes what is completed; the editor takes no Enter for that right after the list has opened or changed.

    A list that did not open, or was closed meanwhile, is asked for, as a person does.
    """
    offered = page.locator(".cm-tooltip-autocomplete li", has_text=name).first

    def take(patience: float) -> None:
        if not offered.is_visible():
            page.wait_for_timeout(500)
        if not offered.is_visible():
            page.keyboard.press("Control+Space")
        offered.wait_for(timeout=patience)
        page.wait_for_function(AT_REST, timeout=patience)
        page.keyboard.press("Enter")

    until(page, take, f"{name} is not offered")


def test_a_value_of_the_form_is_written_in_place_and_saved(at, folder: Path) -> None:
    page = edit(at)
    end_of(page, "evidence: {use")
    page.get_by_role("tab", name="Step").click()
    page.get_by_role("combobox", name="Step").wait_for()
    field = page.get_by_role("spinbutton", name="k, the default of its range")
    field.fill("7")
    field.press("Enter")
    page.locator(".cm-line", has_text="default: 7").wait_for()
    page.locator(".cm-content").click()

    def save(patience: float) -> None:  # the page that follows the form may be drawn anew just then
        page.keyboard.press("Control+s")
        page.get_by_role("dialog").get_by_role("button", name="Save").click(timeout=patience)

    until(page, save, "the keys that save do not ask")
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_text("not saved").wait_for(state="detached")
    assert (folder / "pipelines" / "cut.yaml").read_text() == MARKED.replace("default: 5", "default: 7")
    (folder / "pipelines" / "cut.yaml").write_text(MARKED + "# theirs\n")
    end_of(page, "output: evidence")
    page.keyboard.type("  # mine")
    page.get_by_text("was changed on disk since it was opened here").first.wait_for()
    page.get_by_role("button", name="Load it again").click()
    page.locator(".cm-line", has_text="# theirs").wait_for()
    assert page.locator(".cm-line", has_text="# mine").count() == 0
    (folder / "pipelines" / "cut.yaml").write_text(MARKED)


def test_a_change_of_the_form_is_undone_in_the_editor_and_the_form_follows(at) -> None:
    page = edit(at)
    end_of(page, "evidence: {use")
    page.get_by_role("tab", name="Step").click()
    field = page.get_by_role("spinbutton", name="k, the default of its range")
    field.wait_for()
    page.locator(".cm-content").focus()
    page.keyboard.type("  # so")
    page.get_by_text("not saved").first.wait_for()
    field.fill("7")
    field.press("Enter")
    page.locator(".cm-line", has_text="default: 7}}  # so").wait_for()
    assert field.evaluate("node => node.getRootNode().activeElement === node"), "the form lost the focus"
    page.locator(".cm-content").focus()
    page.keyboard.type("me")  # the cursor is where it was
    page.locator(".cm-line", has_text="default: 7}}  # some").wait_for()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.locator(".cm-line", has_text=re.compile(r"default: 5}}  # so$")).wait_for()
    expect_value(page, field, "5")
    page.keyboard.press("Control+y")
    page.locator(".cm-line", has_text=re.compile(r"default: 7}}  # so$")).wait_for()
    expect_value(page, field, "7")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.locator(".cm-line", has_text=re.compile(r"default: 5}}$")).wait_for()
    page.get_by_text("not saved").wait_for(state="detached")


def expect_value(page, field, value: str) -> None:
    from playwright.sync_api import expect

    expect(field).to_have_value(value, timeout=PATIENCE)


FOCUSED = """
() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return { name: at.className + " " + at.innerText, outline: outlineStyle === "none" ? 0 : parseFloat(outlineWidth) };
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keys_lead_into_the_editor_and_out_of_it_and_one_sees_where_they_are(at, scheme: str) -> None:
    page = edit(at, scheme=scheme)
    page.get_by_text("Escape, then Tab leaves the editor").first.wait_for()
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if "cm-content" in seen[-1]["name"]:
            break
    links = [each for each in seen if each["name"].endswith(("Traces", "Corpus"))]
    assert len(links) == 2
    assert all(each["outline"] >= 2 for each in links), links
    page.locator(".cm-editor.cm-focused").wait_for()  # it is this that has a line around it
    page.keyboard.press("Tab")
    assert "cm-content" in page.evaluate(FOCUSED)["name"], "Tab indents"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert "cm-content" not in page.evaluate(FOCUSED)["name"]


def test_a_draft_survives_another_page(at) -> None:
    page = edit(at)
    end_of(page, "output: evidence")
    page.keyboard.type("  # a thought")
    page.get_by_text("not saved").first.wait_for()
    page.get_by_role("link", name="Evaluation").click()
    page.get_by_role("heading", name="Evaluation", level=1).wait_for()
    settle(page)
    page.get_by_role("link", name="Pipelines").click()
    page.locator(".cm-line", has_text="# a thought").wait_for()


def test_a_step_is_replayed_and_the_replay_is_a_link(at, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGKIT_HOME")
    with Pipeline.load(folder / "pipelines" / "cut.yaml", project=Project(folder)) as pipeline:
        trace = pipeline.run(QUESTION).trace_id
    page = at(f"/traces?trace={trace}")
    page.locator("[data-testid=stPageLink]", has_text="Replay").click()
    choose(page, "Step", "evidence")
    choose(page, "Parameter", "k")
    field = page.get_by_role("spinbutton", name="k instead")
    field.fill("2")
    field.press("Enter")
    page.get_by_role("button", name="Run on from here").click()
    page.get_by_text("1 step read from the old run; evidence ran again.").first.wait_for()
    page.get_by_text("From A to B: 0 gained, 3 lost").first.wait_for()
    page.wait_for_url("**replayed=**")
    again = at("/replay?" + page.url.partition("?")[2])
    again.get_by_text("1 step read from the old run; evidence ran again.").first.wait_for()


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_wider_than_the_window(at, width: int) -> None:
    for path in ("/pipelines?file=cut.yaml", "/replay"):
        page = at(path, width=width)
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_hostile_file_is_text(at, folder: Path) -> None:
    nasty = "<img src=x onerror=document.title='broken'>"
    quoted = json.dumps(nasty)
    text = f"version: 1\nname: {quoted}\nsteps:\n  {quoted}: {{use: {quoted}}}\noutput: x\n"
    (folder / "pipelines" / "nasty.yaml").write_text(text)
    page = at("/pipelines?file=nasty.yaml")

    def look(patience: float) -> None:
        page.locator(".cm-lintRange-error").first.hover(timeout=patience)
        page.locator(".cm-tooltip").wait_for(timeout=patience)

    until(page, look, "the finding is not shown")
    assert page.title() != "broken"
    assert page.locator("img[src=x]").count() == 0
    (folder / "pipelines" / "nasty.yaml").unlink()
