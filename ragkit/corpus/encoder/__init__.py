"""The encoder of a corpus: text to vectors, the same for passages when an index is built and for questions."""
