from __future__ import annotations

import pytest

from ragkit.components.query.join import Join
from ragkit.types import Parts


@pytest.mark.parametrize(
    ("parts", "separator", "joined"),
    [
        (["a", "b"], " ", "a b"),
        (["", "b", "  "], " ", "b"),
        ([" a\n", "b"], "\n", "a\nb"),
        (["a"], " | ", "a"),
    ],
)
def test_join(parts, separator, joined):
    result = Join(Join.Params(separator=separator)).run(Parts(parts))
    assert result.value == joined
    assert result.warnings == ()


def test_nothing_to_join_is_an_empty_text_and_said():
    result = Join(Join.Params()).run(Parts(["", " "]))
    assert result.value == ""
    assert result.warnings == ("all 2 texts to join are empty",)
