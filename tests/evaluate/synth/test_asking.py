from __future__ import annotations

import pytest

from ragkit.evaluate.synth.asking import ask_counts, ask_definition, ask_document, ask_parts, ask_subject
from ragkit.evaluate.synth.names import describe
from ragkit.evaluate.synth.statements import Statement, statements


def one(sentence: str, name: str | None = "FastDock") -> Statement:
    return next(iter(statements(name, None, [sentence])))


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("FastDock consists of 12 modules for ports.", "How many modules does FastDock consist of?", "12"),
        ("FastDock contained over 1,300 labelled images.", "How many labelled images did FastDock contain?", "1,300"),
        ("FastDock reduces waiting time by up to 40% compared to others.",
         "By how much does FastDock reduce waiting time compared to others?", "40%"),
        ("FastDock can accelerate the check by 2.6x on ships.",
         "By how much can FastDock accelerate the check on ships?", "2.6x"),
        ("FastDock achieves a 3.1× speedup over manual planning.",
         "What speedup over manual planning does FastDock achieve?", "3.1×"),
        ("FastDock was founded by Maria Velden in 1998.", "When was FastDock founded by Maria Velden?", "1998"),
        ("FastDock was founded by Maria Velden in 1998.", "By whom was FastDock founded?", "Maria Velden"),
        ("FastDock was sponsored by the Harbour Board of Oslo.", "By what was FastDock sponsored?",
         "the Harbour Board"),
    ],
)  # fmt: skip
def test_parts(sentence: str, question: str, answer: str) -> None:
    assert (question, answer) in [(asked.question, asked.answer) for asked in ask_parts(one(sentence))]


@pytest.mark.parametrize(
    "sentence",
    [
        "FastDock consists of three, as some say.",
        "FastDock shows that rust grows by 40%.",
        "FastDock was sponsored by Velden.",  # a person or a thing
        "FastDock has 12 percent of all cranes.",
    ],
)
def test_no_parts(sentence: str) -> None:
    assert [asked for statement in statements("FastDock", None, [sentence]) for asked in ask_parts(statement)] == []


def test_the_subject() -> None:
    skips = one("FastDock skips 8 layers of checks.")
    assert next(ask_subject(skips, "framework", False)).question == "Which framework skips 8 layers of checks?"
    assert next(ask_subject(skips, None, False)).question == "What skips 8 layers of checks?"
    assert next(ask_subject(skips, None, True)).question == "Who skips 8 layers of checks?"


@pytest.mark.parametrize(
    ("text", "person", "question"),
    [
        ("Danish footballer who plays for AGF", True, "Which Danish footballer plays for AGF?"),
        ("scheduling system designed for ports", False, "Which scheduling system is designed for ports?"),
        ("2009 film directed by Ann Lee", False, "Which 2009 film was directed by Ann Lee?"),
        ("album by the band Home", False, "What is the name of the album by the band Home?"),
        ("chairman of a tyre maker", True, "Who is the chairman of a tyre maker?"),
        ("term for drivers who are late", False, "What is the term for drivers who are late?"),
        ("cause of rust and may be avoided", False, "What is the name of the cause of rust?"),
    ],
)
def test_definitions(text: str, person: bool, question: str) -> None:
    described = describe(text)
    assert described is not None
    assert [asked.question for asked in ask_definition(described, "X", "is", person)] == [question]


def test_counts_and_years_in_a_description() -> None:
    described = describe("data collection containing 130 videos with sound, released in 2021")
    assert described is not None
    assert [(a.question, a.answer) for a in ask_counts(described, "HR-V")] == [
        ("How many videos does HR-V contain?", "130"),
        ("When was HR-V released?", "2021"),
    ]


def test_the_document() -> None:
    statement = one("We show that our cranes fail in winter.", None)
    assert next(ask_document(statement, "paper")).question == "Which paper shows that its cranes fail in winter?"
