"""How to write an LM step: the contract for every component that asks a language model.

An LM step is a component (``ragkit/component.py``) whose class derives from ``LMStep`` and says what it asks for as
data: a ``Signature`` of fields with instructions. It then calls ``self.ask(…)`` in ``run``::

    class Rewrite(LMStep):
        '''Rewrites the question as a search query. ...'''

        signature = Signature(
            "Rewrite the question as a short search query. Keep every name and number of it.",
            inputs={"question": Field("what the person asked")},
            outputs={"query": Field("the search query")},
        )

        def run(self, question: str) -> Result[str]:
            reply = self.ask(question=question)
            return Result(reply.query, Decision("answer", "rewritten by the LM"))

* **Fields** are texts, numbers, truth values, lists of these or ``Literal``; never passages: write those as text with
  ``ragkit.lm.passages.numbered``, which gives the same bytes for the same passages each time. Order the input fields
  from what many questions share to what is each one's own: passages first, the question last.
* **Parameters** derive from ``LMParameters``, so that every LM step has ``instructions`` (they replace the class's
  own), ``demos``, ``temperature`` and ``max_tokens``. A step whose fields depend on its parameters overrides
  ``signature_of``.
* ``ask(**fields)`` sends one request and gives a ``Reply``: its fields as attributes, of their types. ``ask_many(n,
  **fields)`` sends n requests, each a sample of its own, and gives n replies. Say in ``calls`` how many requests a run
  can make, if it is not one: they are reserved from the budget before the first leaves.
* **What you need not do**: count usage, keep prompts for the trace, retry, cache, read the budget, or find the LM. The
  engine hands the step its predictor, LM and ledger before each run, and writes usage, requests and warnings of the
  ledger into the step's span, also when the step failed. Values that a reply lacks, or that do not parse, raise
  ``LMError`` inside ``ask``; let it pass.
* ``run`` keeps nothing in ``self``; it runs on many threads. There is no ``run_batch``: the engine runs the items of a
  batch side by side, within the LM's limit.
* One step has one predictor, at the step's own path in the compiled program: ``ask`` may be called several times in a
  run (DSPy's optimisers then see several examples of one predictor). Two different tasks are two steps.
* ``stream = "answer"`` names the output field whose text is handed on piece by piece while the step is the last one.
* A step that offers the log-probabilities of its reply has an output port named ``logprobs`` (``list[Token] | None``),
  filled from ``reply.tokens("answer")``. The plan asks the LM for them only where that port is read. A step that reads
  them itself has ``Need.LOGPROBS`` among its ``needs``.
* **Tests** use ``ragkit.testing``: ``ScriptedLM`` answers from a list or a rule and keeps every prompt.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field as ParameterField

from ragkit.component import TUNABLE, Calls, Component, Need, Parameters
from ragkit.errors import UsageError
from ragkit.lm.handed import Handed
from ragkit.lm.ledger import Ledger
from ragkit.lm.signature import Signature

if TYPE_CHECKING:
    from ragkit.lm.lm import LM
    from ragkit.lm.predictor import Predictor
    from ragkit.lm.reply import Reply

ALTERNATIVES = 5
"""How many tokens beside the chosen one a reply's log-probabilities tell of, at most."""


class LMParameters(Parameters):
    """The parameters that every LM step has."""

    instructions: Annotated[str | None, TUNABLE] = ParameterField(
        None, min_length=1, description="what the LM is told to do; in the place of the step's own instructions"
    )
    demos: list[dict[str, Any]] = ParameterField(
        default_factory=list, description="examples to show the LM: a mapping of field names to values for each"
    )
    temperature: float | None = ParameterField(
        None, ge=0, le=2, description="how freely the LM chooses its words; by default as the LM is set"
    )
    max_tokens: int | None = ParameterField(
        None, ge=1, description="the most tokens of one reply; by default as the LM is set"
    )


class LMStep(Component):
    """The base of every component that asks a language model; the module docstring is its contract."""

    Params = LMParameters
    signature: ClassVar[Signature]
    stream: ClassVar[str | None] = None
    needs: ClassVar[frozenset[Need]] = frozenset({Need.LM})
    deterministic: ClassVar[bool] = False
    span_kind: ClassVar[str] = "LLM"
    _handed: Handed | None = None
    _own: Predictor | None = None
    tuned: Mapping[str, Any] | None = None
    """The state that every predictor of the step begins with: what optimisation found."""

    @classmethod
    def calls(cls, params: Mapping[str, Any]) -> Calls:
        """One request; a class that sends more says so."""
        return Calls(lm=1)

    @classmethod
    def signature_of(cls, params: Any) -> Signature:
        """The step's signature under these parameters."""
        return cls.signature if params.instructions is None else cls.signature.told(params.instructions)

    def open_lm(self) -> LM:
        """The LM of the place where the step stands, with settings of its own.

        Raises:
            LMError: It cannot be opened.
        """
        if self.scope is None:
            raise UsageError(f"{type(self).__name__} asks an LM, and was made without a scope that has one")
        lm: LM = self.scope.lm()
        return lm

    def predictor(self, lm: LM | None = None) -> Predictor:
        """A new predictor of this step: its signature, its demos, and its LM.

        Args:
            lm: The LM; by default one that is opened for it.

        Raises:
            LMError: The LM cannot be opened.
        """
        from ragkit.lm.predictor import Predictor

        made = Predictor(self.signature_of(self.params), lm or self.open_lm(), self.params.demos)
        if self.tuned is not None:
            made.begin_with(self.tuned, keep_instructions=self.params.instructions is not None)
        return made

    def own_predictor(self) -> Predictor:
        """The predictor that is asked where no compiled program brings one: made once."""
        if self._own is None:
            self._own = self.predictor()
        return self._own

    def warm_up(self) -> None:
        """Loads DSPy and opens the LM; nothing is asked."""
        self.own_predictor()

    def handed(self, handed: Handed) -> LMStep:
        """A copy that asks through this predictor and writes into this ledger."""
        other = copy.copy(self)
        other._handed = handed
        return other

    def ask(self, **fields: Any) -> Reply:
        """Asks the LM once.

        Args:
            fields: A value for each input field of the signature.

        Raises:
            LMError: The LM could not be reached, or its reply has not the fields that were asked for.
        """
        from ragkit.lm.asking import ask

        return ask(self._running(), fields, self._settings(), self.stream)

    def ask_many(self, n: int, **fields: Any) -> list[Reply]:
        """Asks the LM n times side by side, each time for a sample of its own, at a temperature of 1.0 if none is set.

        Args:
            n: How many samples.
            fields: A value for each input field of the signature.

        Raises:
            LMError: One of the requests failed.
        """
        from ragkit.lm.asking import ask, side_by_side

        handed, settings = self._running(), self._settings()
        settings.setdefault("temperature", 1.0)
        return side_by_side(
            [functools.partial(ask, handed, fields, {**settings, "rollout_id": number}) for number in range(n)]
        )

    def _running(self) -> Handed:
        """What the engine handed over; of a component that is used by itself, its own."""
        if self._handed is not None:
            return self._handed
        own = self.own_predictor()
        return Handed(own, own.own_lm, Ledger())

    def _settings(self) -> dict[str, Any]:
        """The settings of a request that the step itself has."""
        found = {"temperature": self.params.temperature, "max_tokens": self.params.max_tokens}
        settings: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
        if Need.LOGPROBS in self.needs or (self._handed is not None and self._handed.logprobs):
            settings |= {"logprobs": True, "top_logprobs": ALTERNATIVES}
        return settings
