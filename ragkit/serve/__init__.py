"""Pipelines for programs: a small HTTP server, one pipeline a model (``ragkit serve``)."""
