"""``rerank.llm``: an LM puts the passages in order, a window at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field as ParameterField

from ragkit.component import BINDABLE, Calls
from ragkit.components.references import read_numbers
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Decision, Passage, Passages, Result

SCORE = "llm_rank"


class Llm(LMStep):
    """Lets an LM read the passages side by side and put them in order.

    Use it where the last bit of order pays for a request: the LM compares passages with each other, which a
    ``rerank.cross_encoder`` does not, and understands what the question is after. A list that is longer than ``window``
    is ordered from its end to its beginning: the last ``window`` passages first, then the window moves up by ``step``,
    so that a good passage can rise from the end of the list to its top.

    The first ``most`` passages are ordered; the others keep their order behind them, as the decision says. Of a
    permutation that is not whole what can be read is used: a passage that the LM forgot keeps its place behind those
    that it named, a number that it named twice counts once, one that there is not does not count. Each such thing is
    told. The score ``llm_rank`` is 1 / rank, so the list says its order and no distances.

    Cost: an LM request for each window, one after the other: one for up to ``window`` passages, with the defaults two
    for 30 and four for 50. Shape: n passages in, ``min(n, k)`` out. Score: ``llm_rank``, above 0 to 1.

    Source: Sun et al., "Is ChatGPT Good at Search?" (arXiv 2304.09542), Section 3, permutation generation with a
    sliding window.

    Errors: the LM cannot be reached, or its reply is empty. A window of whose reply nothing can be read keeps its
    order, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 20}
          best: {use: rerank.llm, passages: found, k: 5}
        output: best

    Python::

        from ragkit.components.rerank.llm import Llm
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        step = Llm(Llm.Params(k=2), FakeScope(ScriptedLM([{"ranking": "[3] > [1] > [2]"}])))
        found = Passages([Passage(name, name, "", f"Text {name}.") for name in "abc"])
        assert [p.id for p in step.run("Which?", found).value] == ["c", "a"]
    """

    class Params(LMParameters):
        """Parameters of ``rerank.llm``."""

        k: Annotated[int | None, BINDABLE] = ParameterField(None, ge=0, description="how many to keep; left out: all")
        most: int = ParameterField(50, ge=1, le=1000, description="how many passages to order, from the first on")
        window: int = ParameterField(20, ge=2, le=100, description="how many passages the LM sees at once")
        step: int = ParameterField(10, ge=1, le=100, description="by how many the window moves; less than 'window'")

    signature: ClassVar[Signature] = Signature(
        "Rank the numbered passages by how well they help to answer the question, the most helpful first. Name every "
        "number exactly once, in the form [4] > [2] > [1]. Write nothing but the ranking.",
        inputs={"passages": Field("the numbered passages"), "question": Field("the question")},
        outputs={"ranking": Field("all numbers, best first, like [4] > [2] > [1]")},
    )
    passthrough = "passages"

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """A request for each window over ``most`` passages."""
        return Calls(lm=len(windows(params["most"], params["window"], params["step"])))

    @classmethod
    def check(cls, params: Any) -> str | None:
        """The windows overlap."""
        if params.step >= params.window:
            return (
                f"'step' ({params.step}) must be less than 'window' ({params.window}), or nothing can rise between them"
            )
        return None

    def run(self, question: str, passages: Passages) -> Result[Passages]:
        """Orders the list."""
        order = list(range(len(passages)))
        many = min(len(order), self.params.most)
        warnings: list[str] = []
        spans = windows(many, self.params.window, self.params.step) if many > 1 else []
        for first, last in spans:
            shown = order[first:last]
            places = self._rank(question, [passages[i] for i in shown], (first, last), warnings)
            order[first:last] = [shown[place] for place in places]
        moved = sum(number != place for place, number in enumerate(order))
        k = len(order) if self.params.k is None else min(self.params.k, len(order))
        kept = [passages[number].scored(SCORE, 1 / rank) for rank, number in enumerate(order[:k], start=1)]
        reason = f"kept {k} of {len(order)}, {moved} at another place, read in {counted(len(spans), 'window')}"
        if len(order) > many:
            reason += f"; what stands behind the first {many} ('most') was not read"
        details = {"from": [number + 1 for number in order[:k]], "windows": len(spans)}
        decision = Decision("order", reason, kept=k, of=len(order), details=details)
        return Result(Passages(kept, SCORE), decision, tuple(warnings))

    def _rank(
        self, question: str, shown: Sequence[Passage], span: tuple[int, int], warnings: list[str]
    ) -> Sequence[int]:
        """The LM's order of one window: places in it, from 0, all of them."""
        ranking = self.ask(passages=numbered(shown), question=question).ranking
        read = read_numbers(ranking, len(shown))
        where = f"the LM's ranking of passages {span[0] + 1} to {span[1]}"
        if not read.numbers:
            warnings.append(f"{where} could not be read: they keep their order")
            return range(len(shown))
        warnings.extend(f"{where}: {told}" for told in read.told(len(shown), "passage"))
        forgotten = [number for number in range(1, len(shown) + 1) if number not in read.numbers]
        if forgotten:
            count = counted(len(forgotten), "passage")
            warnings.append(f"{where} leaves out {count} of {len(shown)}: put behind the others, in their order")
        return [number - 1 for number in (*read.numbers, *forgotten)]


def windows(many: int, size: int, step: int) -> list[tuple[int, int]]:
    """The windows over a list, from its end to its beginning, as (first, one past the last)."""
    last = many
    found = []
    while last > size:
        found.append((last - size, last))
        last -= step
    return [*found, (0, min(last, many))]
