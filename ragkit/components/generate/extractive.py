"""``generate.extractive``: an answer in the passages' own words, without a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.batches import each_alone
from ragkit.components.generate import _quoting as quoting
from ragkit.components.generate._question import read_question
from ragkit.components.generate._scoring import CALIBRATED_ON, Candidate, answerable, score_sentences
from ragkit.components.generate._sentences import Source, read_sentences
from ragkit.components.opening import open_reader
from ragkit.types import Answer, Decision, Passages, Result


class Extract(NamedTuple):
    """What ``generate.extractive`` gives: the answer, its text, and the chance that the passages hold an answer."""

    answer: Answer
    text: str
    score: float


class Extractive(Component):
    """Answers with the sentences that answer best, quoted word for word and cited; or says that it found no answer.

    Use it where no language model is at hand, where every word of an answer must stand in a source, or as a first draft
    in a loop. It finds statements; it does not combine, count or compare, and it cannot tell a passage about the
    question from one that answers it as well as a reader can.

    Each sentence of the passages is scored by its cosine with the question, by the terms it shares with it (alone, and
    with its title and the sentence before it), by how well its whole passage fits, and, where the question asks for a
    number, by whether it has one. The best are quoted, at most ``quotes``; a sentence that repeats a quoted one is
    passed over, one that covers further terms of the question is preferred, and quoting stops when the quoted ones
    hold 99 % of the probability. They are put into the order of their documents, neighbours as one quote. A question
    for a list ("which papers …", "list the methods …", English only) is answered with the best sentence of each
    document instead, at most ``list_quotes``. Where the chance that the passages answer at all is below ``threshold``
    it abstains (``Answer.abstained``) and names what was closest.

    Calibrated in November 2026 on the 97 odd-numbered questions of the paper corpus (all-MiniLM-L6-v2, hybrid k 50,
    adaptive-k) and measured on the 96 even-numbered ones: the quotes contain a gold answer for 41 of 50 questions on
    one paper, 10 of 19 on several and 10 of 10 for lists, with 1.5, 2.1 and 4.5 quotes; it abstains on 9 of 9 that have
    nothing to do with the corpus, on 1 of 8 that name its subjects but ask for what it does not say, and wrongly on 1
    of 79. So: it knows when it is off the subject, and mostly does not know when a detail is missing. With another
    encoder the threshold is a guess, and a warning says so; ``benchmarks/extractive.py`` fits it anew.

    Cost: a few milliseconds, no LM; sentence vectors are read from the index. Passages that do not stand in the index
    in these words (merged ones), and corpora indexed with ``sentences: false``, have theirs encoded on the spot, with a
    warning. Shape: a question and n passages in any order in; an answer out. Ports: ``answer``, ``text`` (its text),
    ``score`` (the chance, 0 to 1). A citation's quote is ``text[start:end]`` of its passage.

    Source: extractive answering by sentence selection; the weights are this project's own.

    Errors: no index has been built. Without passages it abstains, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.adaptive_k, passages: found}
          answer: {use: generate.extractive, passages: evidence, quotes: 2}
        output: answer

    Python::

        from ragkit.components.generate.extractive import Extractive
        from ragkit.types import Passages

        question = "At which gap between scores is the ranked list cut?"
        step = Extractive(Extractive.Params(quotes=1), scope)       # the engine makes the scope of a step
        answer = step.run(question, Passages([scope.corpus().passage("adaptive-k#0")])).value.answer
        assert answer.text == "“It cuts the ranked list at the largest gap between neighbouring scores.” [1]"
        assert answer.citations[0].doc_id == "adaptive-k"
    """

    class Params(Parameters):
        """Parameters of ``generate.extractive``."""

        quotes: Annotated[int, BINDABLE] = Field(3, ge=1, le=20, description="the most sentences to quote")
        list_quotes: Annotated[int, BINDABLE] = Field(
            10, ge=1, le=100, description="the most documents to quote where the question asks for a list"
        )
        threshold: Annotated[float, BINDABLE] = Field(
            0.5, ge=0, le=1, description="abstain where the chance that the passages hold an answer is below this"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX, Need.ENCODER})

    params: Params

    def warm_up(self) -> None:
        """Loads the encoder."""
        open_reader(self.scope).warm_up()

    def run(self, question: str, passages: Passages) -> Result[Extract]:
        """Quotes an answer, or says that there is none."""
        if not passages:
            return self._nothing_given(question)
        reader = open_reader(self.scope)
        asked = read_question(question, reader)
        vector = reader.encode([question])[0]
        sources, warnings = read_sentences(passages, reader)
        candidates = score_sentences(asked, vector, sources, reader.manifest.bm25["stemmer"])
        chance, features = answerable(candidates)
        if CALIBRATED_ON not in reader.encoder.lower():
            told = (
                f"'threshold' was calibrated for {CALIBRATED_ON} and this corpus uses {reader.encoder}: its abstentions"
            )
            warnings = (*warnings, f"{told} are a guess until you have tried it on questions of your own")
        details = {"features": features, "sentences": len(candidates), "list": asked.wants_list}
        if not candidates or chance < self.params.threshold:
            answer, reason = self._abstain(passages, sources, candidates, chance)
            kept = 0
        else:
            if asked.wants_list:
                chosen = quoting.choose_list(candidates, sources, self.params.list_quotes)
            else:
                chosen = quoting.choose(candidates, sources, asked.weights, self.params.quotes)
            quotes = quoting.arrange(chosen, sources)
            citations = quoting.cite(quotes, sources)
            titles = [sources[quote.source].passage.title for quote in quotes]
            answer = Answer(quoting.write(citations, titles, asked.wants_list), citations, passages)
            kept = len({citation.passage_id for citation in citations})
            form = "one for each document of a list" if asked.wants_list else "the best first"
            reason = (
                f"quoted {len(chosen)} of {len(candidates)} sentences from {kept} of {len(passages)} passages, {form}; "
                f"the chance that they answer is {chance:.2f}, at least {self.params.threshold:g}"
            )
        decision = Decision("answer", reason, kept=kept, of=len(passages), score=chance,
                            threshold=self.params.threshold, details=details)  # fmt: skip
        return Result(Extract(answer, answer.text, chance), decision, warnings)

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Result[Extract] | Exception]:
        """Answers many questions, which are encoded together; one that fails does not fail the others."""
        questions = [item["question"] for item in items if item["passages"]]
        if questions:
            open_reader(self.scope).encode(questions)  # the reader remembers them, so that run() need not encode again
        return each_alone(self.run, items)

    def _abstain(
        self, passages: Passages, sources: list[Source], candidates: list[Candidate], chance: float
    ) -> tuple[Answer, str]:
        count = f"{len(passages)} passage{'' if len(passages) == 1 else 's'}"
        if not candidates:
            return Answer(
                f"The {count} that were found hold no text.", (), passages, True
            ), "abstained: no text to quote"
        closest = sources[max(candidates, key=lambda c: c.score).source].passage
        name = f"“{closest.title}”" if closest.title else f"passage {closest.id}"
        text = f"No answer was found in the {count} that came closest. The nearest is {name}."
        reason = f"abstained: the chance that the {count} answer is {chance:.2f}, below {self.params.threshold:g}"
        return Answer(text, (), passages, True), reason

    def _nothing_given(self, question: str) -> Result[Extract]:
        answer = Answer("No answer was found: there are no passages to answer from.", abstained=True)
        decision = Decision("answer", "abstained: no passages were given", kept=0, of=0, score=0.0,
                            threshold=self.params.threshold)  # fmt: skip
        warning = f"no passages were given to answer {question!r} from"
        return Result(Extract(answer, answer.text, 0.0), decision, (warning,))
