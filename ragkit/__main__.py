"""``python -m ragkit``: the command line."""

from __future__ import annotations

from ragkit.cli.main import main

if __name__ == "__main__":
    main()
