"""What can be nothing, and why: the output must always be there."""

from __future__ import annotations

import pytest

from tests.spec.compiling import findings_of, plan_of

BEFORE = """
    inputs: {text: {type: str, default: words}, given: str}
    steps:
      found: {use: make.passages}
      enough: {use: judge.enough, passages: found}
      maybe: {use: query.maybe, text: question}
      kept: {use: order.reverse, passages: found, when: enough.good}
      words: {use: query.variants}
    """
MAYBE = {
    "a condition": "out: {use: order.reverse, passages: found, when: enough.good}",
    "a required input": "out: {use: select.top, passages: kept}",
    "a chain": "out: {use: select.top, passages: b}\n      b: {use: order.reverse, passages: kept}",
    "a port that may be empty": "out: {use: generate.reply, text: maybe}",
    "a list of nothing but": (
        "out: {use: fuse.all, passages: [kept, more]}\n      more: {use: select.top, passages: kept}"
    ),
    "first of nothing but": ("out: {use: flow.first, of: [kept, more]}\n      more: {use: select.top, passages: kept}"),
    "a map over nothing": (
        "out: {use: fuse.all, passages: each}\n      each: {use: flow.map, over: hidden, max_items: 2,"
        " steps: {h: {use: make.passages, query: item}}, output: h}\n"
        "      hidden: {use: query.variants, when: enough}"
    ),
    "a route whose label can be": (
        "out: {use: flow.route, label: maybe, branches: {a: {steps: {h: {use: make.passages}}, output: h}}}"
    ),
    "a route with a branch that can be": (
        "out: {use: flow.route, label: question, branches: {a: {steps: {h: {use: make.passages}}, output: h},"
        " b: {steps: {h: {use: select.top, passages: kept}}, output: h}}}"
    ),
    "a flow with a condition": (
        "out: {use: flow.loop, when: enough, max_rounds: 2, steps: {h: {use: make.passages}}, output: h}"
    ),
    "a loop whose last step can be": (
        "out: {use: flow.loop, max_rounds: 2, steps: {h: {use: select.top, passages: kept}}, output: h}"
    ),
    "a loop that may have no round": (
        "out: {use: flow.loop, max_rounds: 2, while: enough.good, steps: {h: {use: make.passages}}, output: h}"
    ),
    "a carried value that begins as nothing": (
        "out: {use: select.top, passages: ask.kept}\n      ask: {use: flow.loop, max_rounds: 2, carry: {kept: kept},"
        " steps: {h: {use: fuse.all, passages: [carry.kept]}}, next: {kept: h}, output: h}"
    ),
    "an included file that is given nothing for an answer": (
        "out: {use: flow.pipeline, path: parts/repeat.yaml, bind: {given: maybe}}  # reply.yaml"
    ),
    "an included file that is given nothing": ("out: {use: flow.pipeline, path: parts/few.yaml, bind: {given: kept}}"),
    "an alternative": (
        "out: {one_of: {a: {use: order.reverse, passages: found}, b: {use: order.reverse, passages: kept}}, default: a}"
    ),
    "a disabled step over nothing": "out: {use: select.top, passages: kept, enabled: false}",
    "an input of the question": "out: {use: generate.reply, text: maybe, when: {not: enough.good}}",
}
ALWAYS = {
    "a list with one that is there": "out: {use: fuse.all, passages: [kept, found]}",
    "first with one that is there": "out: {use: flow.first, of: [kept, found]}",
    "first with a literal": "out: {use: flow.first, of: [kept, {value: []}]}",
    "an optional input": "out: {use: make.passages, query: maybe}",
    "a bound parameter": (
        "out: {use: select.top, passages: found, k: {from: size}}\n      size: {use: query.size, text: maybe}"
    ),
    "a map whose elements may be": (
        "out: {use: flow.map, over: found, max_items: 2, output: h,"
        " steps: {h: {use: flow.first, of: item, when: enough}}}"
    ),
    "what a loop carries": (
        "out: {use: select.top, passages: ask.seen}\n      ask: {use: flow.loop, max_rounds: 2, while: enough.good,"
        " carry: {seen: {value: []}}, steps: {h: {use: fuse.all, passages: [carry.seen, kept]}},"
        " next: {seen: h}, output: h}"
    ),
    "how a loop ended": (
        "out: {use: generate.reply, text: ask.stopped}\n      ask: {use: flow.loop, max_rounds: 2, while: enough.good,"
        " steps: {h: {use: make.passages}}, output: h}"
    ),
    "an input with a default": "out: {use: generate.reply, text: text}",
    "an input without one, which must be given": "out: {use: generate.reply, text: given}",
    "a route that says what it chose": (
        "out: {use: generate.reply, text: r.label}\n      r: {use: flow.route, label: question,"
        " branches: {a: {steps: {h: {use: select.top, passages: kept}}, output: h}}}"
    ),
    "an included file whose input has a default": (
        "out: {use: flow.pipeline, path: parts/reply.yaml, bind: {text: maybe}}"
    ),
    "an included file with an optional input": (
        "out: {use: flow.pipeline, path: parts/few.yaml, bind: {given: found, size: amount}}\n"
        "      amount: {use: query.size, text: maybe}"
    ),
}


def pipeline(steps: str) -> str:
    """The steps with an output that reads ``out``, and one beside it that reads what would be idle."""
    idle = "rest: {use: fuse.all, passages: [found, kept, other]}\n      other: {use: make.passages, query: joined}\n"
    idle += "      joined: {use: query.join, parts: [maybe, words]}"
    first = steps.splitlines()[0]
    kind = "answer" if "generate.reply" in first or "reply.yaml" in first else "passages"
    other = "answer: quoted, passages: out" if kind == "passages" else "answer: out, passages: rest"
    quoted = "quoted: {use: generate.quote, passages: rest}" if kind == "passages" else ""
    return f"{BEFORE}  {steps}\n      {idle}\n      {quoted}\n    output: {{{other}}}\n"


@pytest.mark.parametrize("steps", MAYBE.values(), ids=MAYBE)
def test_an_output_that_can_be_nothing_is_refused_with_the_reason(steps: str) -> None:
    (finding,) = findings_of(pipeline(steps))
    assert finding.code == "output-nothing"
    assert finding.message.startswith("the output 'out' can be nothing: ")
    assert "flow.first" in (finding.allowed or "")


@pytest.mark.parametrize("steps", ALWAYS.values(), ids=ALWAYS)
def test_an_output_that_is_always_there_is_fine(steps: str) -> None:
    plan_of(pipeline(steps))


def test_the_reason_is_the_whole_chain() -> None:
    (finding,) = findings_of(pipeline(MAYBE["a chain"]))
    assert finding.message == (
        "the output 'out' can be nothing: 'out' is skipped when its 'passages' is nothing; 'b' is skipped when its "
        "'passages' is nothing; 'kept' is skipped when its 'when' does not hold (line 7)"
    )
