"""Tuning what LM steps are told and shown: DSPy's optimisers over a pipeline, towards ragkit's own objective."""
