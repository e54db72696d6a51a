"""The index of a corpus: built in one piece, checked, published by a pointer, and never written again."""
