"""The page: whole, self-contained, and nothing of a document or a question in it is HTML."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from ragkit.errors import MissingExtra
from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.gate import Gate, judge
from ragkit.evaluate.compare.page import page, require
from tests.evaluate.compare.making import row, side, sides, wrong

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)> $\\frac{1}{2}$ {{ 7 * 7 }} &lt; ]]> <!-- \u2028"
VOID = {"meta", "link", "img", "br", "hr", "input", "line", "circle"}


class Reader(HTMLParser):
    """What a browser would make of it: every element with its attributes, and the texts by element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def nasty_sides(word: str = NASTY):
    given = {
        "question": word, "answers": [word], "answer": word, "gold_ids": [word], "trace_id": word,
        "citations": [{"number": 1, "passage_id": word, "doc_id": word}],
    }  # fmt: skip
    told = {"cause": "cut_by_selector", "step": word, "detail": word}
    tokens = {"context_tokens": 100.0}
    left = [row("a", tokens, **given), wrong("b", metrics=tokens, **given, kind="multi")]
    right = [
        row("a", **given) | {"cause": told, "metrics": {"correct": 0.0, **tokens}},
        row("b", **given, kind="multi") | {"error": {"message": word}},
    ]
    card = {
        "pipeline": {"name": word, "hash": word, "file": word},
        "corpus_version": {word: word},
        "machine": {"cpu": word},
        "choices": {word: word},
    }
    return [side(word, left), side(f"{word} 2", right, **card), side("three", left)]


@functools.cache
def nasty_page(word: str = NASTY) -> str:
    compared = compare(nasty_sides(word))
    return page(compared, judged=list(judge([Gate.parse("correct < 0")], compared)))


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_nothing_that_was_given_is_read_as_html() -> None:
    text = nasty_page()
    read = Reader(text)
    assert read.open == []
    assert len(read.tags("script")) == 2
    assert read.tags("img") == []
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert NASTY in " ".join(read.texts["strong"])
    assert "{{ 7 * 7 }}" in text
    assert data_of(text)["questions"][0]["question"] == NASTY
    assert data_of(text)["questions"][1]["sides"][1]["detail"] == NASTY


def test_a_plain_word_leaves_the_same_elements_as_a_nasty_one() -> None:
    """Whatever a text holds, the page has the same structure: no text makes an element or an attribute."""
    shapes = []
    for word in ("word", NASTY):
        read = Reader(nasty_page(word))
        shapes.append(
            [(tag, sorted(attributes)) for tag, attributes in read.elements if tag not in ("use", "g", "path")]
        )
    assert shapes[0] == shapes[1]


def test_it_asks_for_nothing_and_runs_no_script_but_its_own() -> None:
    text = page(compare(sides("recall@10", [1.0, 0.5], [0.5, 0.5])))
    read = Reader(text)
    policy = next(meta["content"] for meta in read.tags("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    for _, attributes in read.elements:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "action", "data", "srcset"):
                assert value.startswith("#"), (name, value)
            assert "url(" not in (value or "").replace("url(#", ""), (name, value)
    # Names of vocabularies are no addresses that anybody asks.
    addresses = re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)
    assert re.findall(r"https?://|//[a-z]+\.[a-z]+/|@import", addresses) == []


def test_every_id_is_there_once_and_every_reference_leads_somewhere() -> None:
    text = nasty_page("word")
    read = Reader(text)
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {value[1:] for _, a in read.elements for name, value in a.items() if name in ("xlink:href", "href")}
    clips = set(re.findall(r"url\(#([^)]+)\)", text))
    views = {link for link in links if link.startswith("show=")}
    assert (links - views) | clips <= set(ids)


def test_all_colours_of_plots_are_the_pages_own_in_light_and_dark() -> None:
    text = nasty_page("word")
    plots = re.findall(r'<svg[^>]*class="plot".*?</svg>', text, re.DOTALL)
    assert len(plots) == 5  # tokens, two by kind, endings for a wide and for a narrow page
    css = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for plot in plots:
        assert re.findall(r"#f[def]00[0-9a-f]{2}", plot) == []
        assert set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", plot)) <= {"#000000"}, "matplotlib's own default"
        for name in set(re.findall(r"var\(--([\w-]+)\)", plot)):
            assert f"--{name}:" in light, name
            assert f"--{name}:" in dark or name == "font", name


def test_it_shows_what_the_comparison_found() -> None:
    compared = compare(sides("recall@10", [1.0] * 8, [0.5] * 8))
    text = page(compared, judged=list(judge([Gate.parse("recall@10 < -0.1"), Gate.parse("mrr < 0")], compared)))
    read = Reader(text)
    assert read.texts["h1"] == ["B against A"]
    cells = [" ".join(text.split()) for text in read.texts["td"] if text.strip()]
    for shown in ("1.000", "0.500", "-0.500", "[-0.500, -0.500]", "0.008", "0/8/0", "8"):
        assert shown in cells, shown
    assert "Worse in" in read.texts["strong"]
    states = [attributes.get("class") for attributes in read.tags("li")]
    assert states.count("fails") == 1
    assert states.count("unknown") == 1


def test_the_data_holds_both_answers_and_where_to_look() -> None:
    left = [row("a", answer="x" * 5000), wrong("b", trace_id="t-left", answer=None)]
    right = [wrong("a", "cut_by_selector"), row("b", {"answer_f1": 0.25}, usage={"seconds": 0.5})]
    data = data_of(page(compare([side("A", left), side("B", right)])))
    assert [one["letter"] for one in data["sides"]] == ["A", "B"]
    first, second = data["questions"]
    assert first["sides"][0]["answer"].endswith("x … (3,000 more characters)")
    assert [one["state"] for one in first["sides"]] == ["right", "cut_by_selector"]
    assert second["sides"][0]["answer"] is None
    assert second["sides"][0]["trace"] == "t-left"
    assert ["seconds", "500.0 ms"] in second["sides"][1]["numbers"]
    assert ["correct", "1"] in second["sides"][1]["numbers"]
    assert data["endings"] == ["right", "retrieval_miss", "cut_by_selector"]


def test_the_same_comparison_gives_the_same_page() -> None:
    compared = compare(sides("recall@10", [1.0, 0.5, 0.0], [0.5, 0.5, 1.0]))
    assert page(compared) == page(compared)


def test_more_sides_than_colours_find_room() -> None:
    compared = compare([side(f"side {n}", [row("a"), wrong("b", kind="multi")]) for n in range(9)])
    read = Reader(page(compared))
    assert read.texts["h1"] == ["8 sides against side 0"]
    assert "--own: var(--side-0)" in {item.get("style") for item in read.tags("li")}


def test_a_comparison_without_tokens_or_kinds_has_fewer_plots() -> None:
    made = [row("a", usage={"context_tokens": None}), row("b", usage={"context_tokens": None})]
    text = page(compare([side("A", made), side("B", made)]))
    assert len(re.findall(r'class="plot"', text)) == 2


def test_without_its_packages_it_says_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "matplotlib" else object())
    with pytest.raises(MissingExtra, match="HTML page of a comparison needs the package 'matplotlib'") as raised:
        require()
    assert raised.value.hint == "pip install 'ragkit[report]'"
