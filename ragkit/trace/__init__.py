"""Spans, their store and what can be made of them: a story for a terminal, a comparison, an export."""
