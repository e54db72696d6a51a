"""Each draws one thing from plain data."""
