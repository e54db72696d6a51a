"""The tables of ``adaptive.py`` and the page that they stand on."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import scripted_reader

from ragkit.component import Need
from ragkit.evaluate.intervals import mean_interval, paired_interval
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Plan

BASELINE = "hybrid"
QUALITY = ("correct", "recall")


@dataclass
class Run:
    """A pipeline and what it made of the questions; ``skipped`` says why it could not run."""

    name: str
    plan: Plan
    metrics: list[Mapping[str, float | None]] = field(default_factory=list)
    decided: str = ""
    skipped: str = ""
    failed: int = 0

    def values(self, name: str) -> list[float | None]:
        """A metric of every question."""
        return [row.get(name) for row in self.metrics]


def needs(plan: Plan) -> str:
    """What a pipeline needs beside an index."""
    words = {
        Need.LM: "LM",
        Need.LOCAL_LM: "local LM",
        Need.LOGPROBS: "log-probabilities",
        Need.CROSS_ENCODER: "cross-encoder",
    }
    found = [word for need, word in words.items() if need in plan.needs]
    trained = sorted(
        step.component.trained_by
        for step in steps_of(plan.root)
        if step.component.trained_by is not None and getattr(step.params, "state", None) is not None
    )
    return ", ".join([*found, *(f"trained {name}" for name in dict.fromkeys(trained))]) or "–"


def offline_table(runs: Sequence[Run]) -> str:
    """The pipelines without an LM."""
    lines = [
        "| pipeline | correct | recall | context tokens | retrievals | retrieves | decides | needs |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in runs:
        cells = [interval(one.values(name), 3) for name in QUALITY]
        cells += [interval(one.values("context_tokens"), 0), mean(one, "retrieval_calls"), share(one, "trigger_rate")]
        lines.append(f"| `{one.name}` | {' | '.join(cells)} | {one.decided or '–'} | {needs(one.plan)} |")
    return "\n".join(lines)


def paired_table(runs: Sequence[Run]) -> str:
    """The differences to the baseline, question by question."""
    base = next(one for one in runs if one.name == BASELINE)
    lines = [f"| against `{BASELINE}` | correct | recall | context tokens | retrievals |", "|---|---|---|---|---|"]
    for one in runs:
        if one is not base:
            cells = [
                paired(base.values(name), one.values(name), digits)
                for name, digits in (("correct", 3), ("recall", 3), ("context_tokens", 0), ("retrieval_calls", 2))
            ]
            lines.append(f"| `{one.name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def reading(runs: Sequence[Run]) -> str:
    """What the differences say, in two sentences: who is more often right, and who is not less often and reads less."""
    base = next(one for one in runs if one.name == BASELINE)
    better, cheaper = [], []
    for one in runs:
        right = paired_interval(base.values("correct"), one.values("correct"))
        tokens = paired_interval(base.values("context_tokens"), one.values("context_tokens"))
        if one is base or right.low is None or right.high is None or tokens.high is None:
            continue
        if right.low > 0:
            better.append(f"`{one.name}`")
        elif right.high >= 0 and tokens.high < 0:
            cheaper.append(f"`{one.name}`")
    more = f"Right more often than `{BASELINE}`, with an interval above 0: {', '.join(better) or 'none'}."
    less = f"Right as often as far as can be told, and from fewer tokens: {', '.join(cheaper) or 'none'}."
    return f"{more} {less}"


def scripted_table(runs: Sequence[Run]) -> str:
    """The pipelines with the scripted reader."""
    lines = [
        "| pipeline | quality | LM calls (at most) | prompt words | context tokens | retrievals (at most) | retrieves "
        "| decides | needs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in runs:
        calls = one.plan.calls
        if one.skipped:
            cells = [f"{one.skipped} ({calls.lm})", "–", "–", f"– ({calls.retrievals})", "–", "–"]
        else:
            cells = [
                f"{mean(one, 'lm_calls')} ({calls.lm})", mean(one, "prompt_tokens", 0), mean(one, "context_tokens", 0),
                f"{mean(one, 'retrieval_calls')} ({calls.retrievals})", share(one, "trigger_rate"), one.decided or "–",
            ]  # fmt: skip
        lines.append(f"| `{one.name}` | not measured: no LM | {' | '.join(cells)} | {needs(one.plan)} |")
    return "\n".join(lines)


def interval(values: Sequence[float | None], digits: int) -> str:
    """A mean and its 95 % interval."""
    found = mean_interval(values)
    if found.mean is None or found.low is None or found.high is None:
        return "–"
    return f"{found.mean:,.{digits}f} [{found.low:,.{digits}f}, {found.high:,.{digits}f}]"


def paired(base: Sequence[float | None], other: Sequence[float | None], digits: int) -> str:
    """A mean difference and its 95 % interval."""
    found = paired_interval(base, other)
    if found.mean is None or found.low is None or found.high is None:
        return "–"
    return f"{found.mean:+,.{digits}f} [{found.low:+,.{digits}f}, {found.high:+,.{digits}f}]"


def mean(one: Run, name: str, digits: int = 2) -> str:
    """A mean, or a dash where a question's value is not known."""
    known = [value for value in one.values(name) if value is not None]
    return f"{statistics.fmean(known):,.{digits}f}" if len(known) == len(one.metrics) and known else "–"


def share(one: Run, name: str) -> str:
    """A mean of 0 and 1 as a percentage."""
    known = [value for value in one.values(name) if value is not None]
    return f"{statistics.fmean(known):.0%}" if known else "–"


def page(offline: Sequence[Run], scripted: Sequence[Run], conditions: Sequence[str]) -> str:
    """The results page."""
    failed = [f"`{one.name}` {one.failed}" for one in (*offline, *scripted) if one.failed]
    told = f"\nQuestions that failed: {', '.join(failed)}.\n" if failed else ""
    rules = (scripted_reader.__doc__ or "").split("\n\n")[1]
    return f"""# Results: every adaptive pipeline

<!-- Made by benchmarks/adaptive.py; a change here is lost. -->

What each shipped adaptive pipeline decides and what it spends, side by side. `retrieves` is the share of questions for
which anything was retrieved; `decides` has the shares of each label or verdict, the mean rounds of a loop, and the mean
passages that a selector kept. What they are: [adaptive retrieval](adaptive.md), [methods](methods/README.md).

{chr(10).join(f"- {line}" for line in conditions)}
{told}
## Without a language model

Answers are quotes (`generate.extractive`), and `correct` is whether they hold an accepted answer, or rightly say that
there is none. Means with 95 % bootstrap intervals over the questions that have the metric.

{offline_table(offline)}

Paired by question (difference and 95 % interval, not corrected for their number):

{paired_table(offline)}

{reading(offline)}

## With a scripted reader in the place of a language model

No real LM was asked, so no quality is reported. {" ".join(rules.split())}

{scripted_table(scripted)}

`LM calls` and `retrievals` are means over the questions; in brackets stands the most that one question can make
(`ragkit validate`). `prompt words` counts words, as the script does.
"""
