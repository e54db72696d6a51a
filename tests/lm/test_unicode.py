"""Halves of characters, wherever a server cut them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.lm.unicode import Joined, whole


@given(
    st.text(alphabet=st.sampled_from("aé\U0001f600\ud83d\ude00\ud800\udc00"), max_size=12), st.lists(st.integers(0, 12))
)
def test_pieces_are_the_whole_however_they_are_cut(text: str, cuts: list[int]) -> None:
    halves = text.encode("utf-16-le", "surrogatepass")
    units = "".join(chr(int.from_bytes(halves[at : at + 2], "little")) for at in range(0, len(halves), 2))
    joined, shown, at = Joined(), "", 0
    for cut in [*sorted(cut % (len(units) + 1) for cut in cuts), len(units)]:
        shown += joined.feed(units[at:cut])
        at = cut
    expected = whole(text)
    assert expected == expected.encode().decode()
    assert shown == expected or (expected.startswith(shown) and expected[len(shown) :] == "\ufffd")


def test_what_is_whole_stays() -> None:
    assert whole("é \U0001f600") == "é \U0001f600"
    assert whole("\ud83d\ude00") == "\U0001f600"
    assert whole("a\ud800b\udc00") == "a\ufffdb\ufffd"
