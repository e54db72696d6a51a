"""Items of a batch that run one after the other."""

from __future__ import annotations

from ragkit.components.batches import each_alone


def test_each_item_has_its_own_outcome():
    whole, failed, other = each_alone(lambda a, b: a // b, [{"a": 6, "b": 2}, {"a": 1, "b": 0}, {"b": 5, "a": 5}])
    assert (whole, other) == (3, 1)
    assert isinstance(failed, ZeroDivisionError)
