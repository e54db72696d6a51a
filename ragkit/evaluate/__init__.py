"""Evaluation: question sets, metrics with intervals, and the first cause that a trace proves for each failure."""
