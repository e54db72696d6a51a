"""What ``ragkit.evaluate.attribution`` is made of: how passages came to the answer, and what was lost or misread."""
