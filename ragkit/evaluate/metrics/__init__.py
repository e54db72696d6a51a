"""The metrics of one question: what reached the answer, what was answered, what was cited, what was spent."""
