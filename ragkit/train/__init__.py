"""Fitting what a pipeline learns: selectors, routers, gates; each to a trained file that the pipeline names."""
