"""``gate.*``: whether to retrieve at all, decided by how sure an answer without documents is, or by the question."""
