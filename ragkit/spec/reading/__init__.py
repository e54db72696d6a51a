"""From text to a tree of nodes: the YAML dialect."""
