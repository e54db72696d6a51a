"""``select.llm_filter``: an LM names the passages that help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field as ParameterField

from ragkit.component import BINDABLE, Calls
from ragkit.components.references import check_numbers
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class LlmFilter(LMStep):
    """Shows an LM all passages at once and keeps those that it names as helpful.

    Use it before an answer where retrieval brings what sounds alike and is not meant; the LM reads, where a rule over
    scores counts. ``judge.relevance`` asks for each passage by itself, with a grade, and costs as many requests as
    there are passages. The order of the list stays.

    Only the first ``most`` passages are shown and can be kept: further ones are dropped, with a warning. ``minimum`` of
    them are kept in any case, the first in the list where the LM names fewer.

    Cost: one LM request. Shape: n passages in, at most ``most`` out.

    Source: the knowledge filter of ERM4 (arXiv 2407.10670), Section 3, with an instructed LM in the place of its
    trained one.

    Errors: the LM cannot be reached, or its reply is no list of numbers. Without passages nothing is asked. A number
    that no passage has is not taken into account, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 15}
          evidence: {use: select.llm_filter, passages: found, minimum: 1}
        output: evidence

    Python::

        from ragkit.components.select.llm_filter import LlmFilter
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        step = LlmFilter(LlmFilter.Params(), FakeScope(ScriptedLM([{"helpful": [3, 1]}])))
        found = Passages([Passage(name, name, "", f"Text {name}.") for name in "abc"])
        assert [p.id for p in step.run("Which?", found).value] == ["a", "c"]
    """

    class Params(LMParameters):
        """Parameters of ``select.llm_filter``."""

        most: int = ParameterField(
            30, ge=1, le=1000, description="how many passages the LM is shown, from the first on"
        )
        minimum: Annotated[int, BINDABLE] = ParameterField(
            0, ge=0, description="keep at least so many passages, where there are"
        )

    signature: ClassVar[Signature] = Signature(
        "Name the passages that help to answer the question: those that state the answer, a part of it, or a fact that "
        "it rests on. Leave out passages that merely share words or the subject with the question. Where none helps, "
        "name none.",
        inputs={"passages": Field("the numbered passages"), "question": Field("the question")},
        outputs={"helpful": Field("the numbers of the passages that help; an empty list for none", list[int])},
    )
    passthrough = "passages"

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One request for the whole list."""
        return Calls(lm=1)

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Asks which passages to keep."""
        if not passages:
            return Result(passages, Decision("select", "kept 0 of 0: there was nothing to choose from", kept=0, of=0))
        shown = passages[: self.params.most]
        helpful = check_numbers(self.ask(passages=numbered(shown), question=question).helpful, len(shown))
        warnings = list(helpful.told(len(shown), "passage"))
        kept = set(helpful.numbers)
        for number in range(1, len(shown) + 1):
            if len(kept) >= self.params.minimum:
                break
            kept.add(number)
        added = len(kept) - len(helpful.numbers)
        if len(shown) < len(passages):
            left = counted(len(passages) - len(shown), "passage")
            warnings.append(f"{left} behind the first {len(shown)} not shown to the LM ('most') and dropped")
        if not kept:
            warnings.append(f"none of the {len(passages)} passages was kept")
        reason = (
            f"kept {len(kept)} of {len(passages)}: the LM named {len(helpful.numbers)} of the {len(shown)} it was shown"
        )
        if added:
            reason += f"; raised to the minimum of {self.params.minimum}"
        details = {"named": list(helpful.numbers), "shown": len(shown)}
        decision = Decision("select", reason, kept=len(kept), of=len(passages), details=details)
        return Result(
            Passages([shown[number - 1] for number in sorted(kept)], passages.ranked_by), decision, tuple(warnings)
        )
