"""What can be wrong with a question set, found without running a pipeline."""
