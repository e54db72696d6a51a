"""DSPy's optimisers, one a file: what each sends at most, how thorough it can be, and how it is run."""
