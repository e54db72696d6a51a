"""Cut rules as pure functions: descending scores in, a ``Cut`` out; no passages, no state, no dependencies."""
