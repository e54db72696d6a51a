"""Search over what a pipeline leaves open: its numbers, choices and optional steps, towards an objective."""
