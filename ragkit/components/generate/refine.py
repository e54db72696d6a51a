"""``generate.refine``: a draft that is improved with each further group of passages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as ParameterField

from ragkit.component import Calls
from ragkit.components.generate._concluding import MAY_ABSTAIN, NOT_FOUND, conclude, nothing_given, says_not_found
from ragkit.lm.passages import numbered
from ragkit.lm.signature import Field, Signature
from ragkit.lm.step import LMParameters, LMStep
from ragkit.trace.words import counted
from ragkit.types import Answer, Passages, Result

NO_DRAFT = "(none yet)"


class Refined(NamedTuple):
    """What ``generate.refine`` gives: the answer, its text, and the draft after each round, the last one included."""

    answer: Answer
    text: str
    drafts: list[str]


class Refine(LMStep):
    """Answers from the first passages, then shows the LM the next ones and lets it correct and complete its draft.

    Use it where more passages matter than fit into one prompt, or than an LM reads with care at once: lists gathered
    over many documents, long passages. For a handful of short ones, ``generate.answer`` reads them all and asks once.

    A round shows ``per_round`` passages and the draft so far; passages keep their number through all rounds, so that
    citations stay true. There are as many rounds as the passages need, and at most ``rounds``: those left over are not
    read, which a warning says. A round whose reply is blank, or says that nothing was found where there is a draft,
    leaves the draft as it was; both are told. With ``abstain`` the answer is an abstention when no round found
    anything; without passages nothing is asked then.

    Cost: one LM request for each round, one after the other. Ports: ``answer``, ``text`` (its text), ``drafts``.

    Source: the refine mode of LlamaIndex's response synthesis; LangChain's refine chain.

    Errors: the LM cannot be reached, or no reply has an answer.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 12}
          answer: {use: generate.refine, passages: found, per_round: 4, rounds: 3}
        output: answer

    Python::

        from ragkit.components.generate.refine import Refine
        from ragkit.testing import FakeScope, ScriptedLM
        from ragkit.types import Passage, Passages

        lm = ScriptedLM([{"answer": "BM25 [1]."}, {"answer": "BM25 [1] and HNSW [2]."}])
        step = Refine(Refine.Params(per_round=1), FakeScope(lm))   # the engine makes the scope of a step
        found = Passages([Passage("a", "a", "", "BM25 ranks."), Passage("b", "b", "", "HNSW finds.")])
        assert [c.passage_id for c in step.run("Which?", found).value.answer.citations] == ["a", "b"]
    """

    class Params(LMParameters):
        """Parameters of ``generate.refine``."""

        per_round: int = ParameterField(4, ge=1, description="how many passages each round shows")
        rounds: int = ParameterField(5, ge=1, le=50, description="the most rounds")
        abstain: bool = ParameterField(True, description="let the LM say that the passages do not hold the answer")

    signature: ClassVar[Signature] = Signature(
        "Answer the question from numbered passages alone, in rounds. You are given the next passages and the draft "
        "that was written from those before. Keep what is right in the draft, with its numbers; correct it where the "
        "passages contradict it, and add what they say towards the question. Where they add nothing, repeat the draft. "
        "After each statement write the number of the passage that says it in square brackets, like [2]. Be brief.",
        inputs={
            "passages": Field("the next passages, with their numbers"),
            "question": Field("the question"),
            "draft": Field("the answer so far"),
        },
        outputs={"answer": Field("the whole answer as it is now, with the numbers of its passages")},
    )

    params: Params

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """A request for each round."""
        return Calls(lm=params["rounds"])

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The signature; a step that may abstain says how."""
        found = super().signature_of(params)
        return found.noted("answer", MAY_ABSTAIN) if params.abstain else found

    def run(self, question: str, passages: Passages) -> Result[Refined]:
        """Asks round after round."""
        if not passages and self.params.abstain:
            nothing = nothing_given(question)
            return Result(Refined(nothing.answer, nothing.answer.text, []), nothing.decision, nothing.warnings)
        size = self.params.per_round
        read = passages[: size * self.params.rounds]
        draft = ""
        drafts: list[str] = []
        warnings: list[str] = []
        for number, first in enumerate(range(0, max(len(read), 1), size), start=1):
            shown = numbered(read[first : first + size], first + 1)
            written = self.ask(passages=shown, question=question, draft=draft or NO_DRAFT).answer.strip()
            if not written:
                warnings.append(f"the LM wrote nothing in round {number}: the draft stayed as it was")
            elif self.params.abstain and draft and says_not_found(written) and not says_not_found(draft):
                warnings.append(f"the LM wrote {NOT_FOUND} in round {number} over a draft: the draft stayed as it was")
            else:
                draft = written
            drafts.append(draft)
        if len(read) < len(passages):
            left = counted(len(passages) - len(read), "passage")
            warnings.append(f"{left} of {len(passages)} not read: {self.params.rounds} rounds of {size} hold no more")
        answer, decision, told = conclude(draft, read, self.params.abstain, of=len(passages))
        return Result(Refined(answer, answer.text, drafts), decision, (*warnings, *told))
