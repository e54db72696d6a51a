"""Lists of words, written as text."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text that is written between blanks."""
    return frozenset(text.split())


FUNCTION_WORDS = word_set(
    """a an the this that these those it its they them their we our us he she his her him you your i my me is are was
    were be been being has have had do does did can could may might must will would shall should and or but nor if
    then than so as at by for from in into of off on onto out over to up with within without about across after
    again against all along among any around because before behind below between beyond both during each either even
    ever every few how however just least less more most much neither no not now often only other others own per
    rather same some still such through thus too toward towards under until upon very what when where whether which
    while who whom whose why yet including"""
)
"""English words that only bind others."""
