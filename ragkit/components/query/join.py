"""``query.join``: several texts as one query."""

from __future__ import annotations

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.types import Parts, Result


class Join(Component):
    """Joins texts into one query.

    Use it to search with more than the question: the question and the last draft of a loop, or the question and what a
    gate found missing. Empty texts are left out, so that the first round of a loop searches for the question alone.
    An encoder reads the start of a long query only: put what matters most first.

    Cost: none. Shape: a list of texts in, one text out; nothing to join gives an empty text.

    Source: Iter-RetGen (arXiv 2305.15294), Section 3, joins question and draft like this.

    Errors: none; a warning when every text is empty.

    YAML::

        steps:
          wider: {use: query.join, parts: [question, {value: "survey"}]}
          found: {use: retrieve.hybrid, query: wider}
        output: found

    Python::

        from ragkit.components.query.join import Join
        from ragkit.types import Parts

        joined = Join(Join.Params()).run(Parts(["", "What is adaptive-k?", " a draft "])).value
        assert joined == "What is adaptive-k? a draft"
    """

    class Params(Parameters):
        """Parameters of ``query.join``."""

        separator: str = Field(" ", description="what stands between two texts")

    params: Params

    def run(self, parts: Parts[str]) -> Result[str]:
        """Joins the texts."""
        texts = [stripped for part in parts if (stripped := part.strip())]
        warnings = () if texts else (f"all {len(parts)} texts to join are empty",)
        return Result(self.params.separator.join(texts), warnings=warnings)
