"""Traces for other programs and other people: one JSON document, Markdown to paste, OpenTelemetry spans."""
