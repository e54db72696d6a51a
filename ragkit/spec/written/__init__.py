"""From nodes to a pipeline as written: every step read by itself, names not yet followed."""
