"""Numbers by which an LM refers to things."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.references import check_numbers, read_numbers


@given(numbers=st.lists(st.integers(-3, 12)), count=st.integers(0, 8))
def test_each_number_is_known_once_or_unknown(numbers, count):
    read = check_numbers(numbers, count)
    assert set(read.numbers) | set(read.unknown) == set(numbers)
    assert len(set(read.numbers)) == len(read.numbers)
    assert all(1 <= number <= count for number in read.numbers)
    assert not any(1 <= number <= count for number in read.unknown)
    assert list(read.numbers) == [n for n in dict.fromkeys(numbers) if 1 <= n <= count], "in the LM's order"
    assert bool(read.told(count, "passage")) == bool(read.unknown)


def test_numbers_are_read_whatever_stands_between_them():
    assert read_numbers("[3] > [1]>[2] > [9]", 3) == ((3, 1, 2), (9,))
    assert read_numbers("3, 1; 1 and 2.", 3).numbers == (3, 1, 2)
    assert read_numbers("I cannot say", 3) == ((), ())
    assert read_numbers(f"{'9' * 5000} > 2", 3).numbers == (2,), "Python reads no number of so many digits"


def test_what_is_told():
    assert check_numbers([4, 7], 1).told(1, "passage") == (
        "the LM named passage 4, 7, and there is 1 passage: not taken into account",
    )
