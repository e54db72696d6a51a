"""The text of one field out of a reply that is still coming: whatever the pieces, the same text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.lm.stream import FieldStream

TEXT = st.text(alphabet=st.sampled_from("ab [#]\n.x"), max_size=60).map(str.strip)


def streamed(reply: str, cuts: list[int], field: str = "answer") -> list[str]:
    seen: list[str] = []
    stream = FieldStream(field, seen.append)
    at = 0
    for cut in [*sorted({cut % (len(reply) + 1) for cut in cuts}), len(reply)]:
        stream.feed(reply[at:cut])
        at = cut
    stream.end()
    return seen


@given(TEXT, TEXT, TEXT, st.lists(st.integers(0, 10_000), max_size=40))
def test_however_a_reply_is_cut_the_field_comes_whole_and_alone(before, answer, after, cuts):
    marked = f"[[ ## thoughts ## ]]\n{before}\n\n[[ ## answer ## ]]\n{answer}"
    for reply in (
        f"{marked}\n\n[[ ## rest ## ]]\n{after}\n\n[[ ## completed ## ]]",
        marked,
        f"{marked}\n[[ ## completed ## ]]",
    ):
        assert "".join(streamed(reply, cuts)) == answer


@given(st.text(max_size=200), st.lists(st.integers(0, 10_000), max_size=40))
def test_no_reply_breaks_it(reply, cuts):
    assert "".join(streamed(reply, cuts)) == "".join(streamed(reply, []))


MARKS = st.lists(
    st.sampled_from(["[[ ## answer ## ]]", "[[ ## x ## ]]", "[[", " ## ]]", "\n", " ", "word", "["]), max_size=12
)


@given(MARKS, st.lists(st.integers(0, 10_000), max_size=40))
def test_nor_one_that_is_full_of_marks(parts, cuts):
    reply = "".join(parts)
    assert "".join(streamed(reply, cuts)) == "".join(streamed(reply, []))


def test_words_are_shown_as_soon_as_they_are_sure():
    seen: list[str] = []
    stream = FieldStream("answer", seen.append)
    for piece in ("[[ ## ans", "wer ## ]]\n", "One", " two", " [", "[3]] th", "ree", "\n\n[[ ## com", "pleted ## ]]\n"):
        stream.feed(piece)
    assert seen[:2] == ["One", " two"]
    assert "".join(seen) == "One two [[3]] three"


def test_a_field_on_the_line_of_its_mark_is_read():
    assert "".join(streamed("[[ ## answer ## ]] One line\n[[ ## completed ## ]]", [3, 20, 25])) == "One line"


def test_other_fields_are_not_shown():
    assert streamed("[[ ## other ## ]]\nsecret\n\n[[ ## completed ## ]]", [5, 9]) == []


@given(TEXT, st.lists(st.integers(0, 10_000), max_size=40))
def test_thoughts_before_the_reply_are_not_shown_and_neither_are_bold_marks(answer, cuts):
    thoughts = "<think>\nPerhaps\n[[ ## answer ## ]]\nno\n</think>\n\n"
    reply = f"{thoughts}**[[ ## answer ## ]]**\n{answer}\n\n[[ ## completed ## ]]"
    assert "".join(streamed(reply, cuts)) == answer
    assert streamed("<think>\n[[ ## answer ## ]]\nno", cuts) == []
