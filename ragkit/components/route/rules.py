"""``route.rules``: the first rule over the question's words that holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.components.route._choice import check_labels, routed
from ragkit.components.route._rule import Rule, Text
from ragkit.types import Label, Result


class Rules(Component):
    """Gives the question the label of the first rule that holds, and `otherwise` where none does.

    Use it where a few words decide (greetings, "compare", a ticket number), where nobody has labelled questions yet, or
    in front of another router for what must not be left to chance. A rule holds where all of its conditions do:

    * ``words``: one of these words or phrases stands in the question, as whole words and in any case; ``compar*`` is
      the beginning of a word, ``*`` inside a phrase any words or none.
    * ``patterns``: the whole question has one of these forms: ``which * or *``.
    * ``min_words``, ``max_words``: how long it is.
    * ``min_names``, ``max_names``: how many things it names, by their capitals: "New York", "Self-RAG", "GPT-4".
    * ``asks_for``: its form asks for a ``list`` or for a ``number``.

    Patterns are words and ``*``, not regular expressions: no file and no question can make them slow. Punctuation
    counts for nothing.

    Cost: a tenth of a millisecond, no model, no corpus. Shape: a text in, a label out. The decision says which rule it
    was and what held.

    Source: common practice; the patterns are the wildcards of a shell, over words in the place of letters.

    Errors: a rule without a condition, or one that can never hold, is refused when the file is checked. A question of
    more than 10,000 characters is judged by these, with a warning.

    YAML::

        steps:
          kind:
            use: route.rules
            rules:
              - {label: none, words: [hello, thank you, thanks], max_words: 6}
              - {label: multi, patterns: ["which * or *"], min_names: 2}
              - {label: multi, words: ["both", "compar*", "in common"]}
            otherwise: single
          answer:
            use: flow.route
            label: kind
            branches:
              none: {steps: {reply: {use: generate.decline}}, output: reply}
              single:
                steps: {hits: {use: retrieve.hybrid, k: 3}, reply: {use: generate.extractive, passages: hits}}
                output: reply
              multi:
                steps: {hits: {use: retrieve.hybrid, k: 10}, reply: {use: generate.extractive, passages: hits}}
                output: reply
        output: answer

    Python::

        from ragkit.components.route._rule import Rule
        from ragkit.components.route.rules import Rules

        rules = [Rule(label="multi", words=["compar*"]), Rule(label="none", words=["hello"], max_words=3)]
        router = Rules(Rules.Params(rules=rules, otherwise="single"))
        assert router.run("Comparing CRAG and FLARE, which is older?").value == "multi"
        assert router.run("Hello!").value == "none"
    """

    class Params(Parameters):
        """Parameters of ``route.rules``."""

        rules: list[Rule] = Field(min_length=1, description="the rules, in the order in which they are tried")
        otherwise: str = Field(min_length=1, description="the label where no rule holds")

    output = "label"

    params: Params

    @classmethod
    def declared_labels(cls, params: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Those of the rules and ``otherwise``."""
        return tuple(dict.fromkeys([*(_label(rule) for rule in params["rules"]), params["otherwise"]]))

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Whether each rule can hold, and not always."""
        for number, rule in enumerate(params.rules, start=1):
            wrong = rule.wrong()
            if wrong:
                return f"rule {number} ({rule.label!r}) {wrong}"
        return check_labels(dict.fromkeys(rule.label for rule in params.rules))

    def run(self, question: str) -> Result[Label]:
        """Tries the rules."""
        warnings: tuple[str, ...] = ()
        if len(question) > MOST:
            warnings = (f"the question has {len(question):,} characters: rules see the first {MOST:,}",)
        text, of = Text.of(question[:MOST]), len(self.params.rules)
        for number, rule in enumerate(self.params.rules, start=1):
            held = rule.holds(text)
            if held is not None:
                return routed(
                    rule.label,
                    f"rule {number} of {of} holds: {', '.join(held)}",
                    warnings=warnings,
                    details={"rule": number},
                )
        return routed(self.params.otherwise, f"none of {of} rules holds", warnings=warnings, details={"rule": None})


MOST = 10_000
"""How much of a question is read, in characters."""


def _label(rule: Any) -> str:
    """The label of a rule, read or as it stands in the file."""
    return str(rule["label"] if isinstance(rule, Mapping) else rule.label)
