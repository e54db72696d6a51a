"""From what is written to a plan: names followed, types matched, costs bounded."""
