"""What ragkit brings along beside its code: pipelines, corpora and the UI.

In the repository they stand beside the package, where people edit them; a wheel carries them in ``ragkit/_shipped``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ragkit.errors import RagkitError

_PACKAGE = Path(__file__).parent


def shipped(name: Literal["pipelines", "corpora", "ui"]) -> Path:
    """The folder of that name, in the repository or in the installed package. Read it; it may not be writable.

    Raises:
        RagkitError: It is in neither place: the installation is damaged.
    """
    for parent in (_PACKAGE / "_shipped", _PACKAGE.parent):
        if (parent / name).is_dir() and (parent != _PACKAGE.parent or in_checkout()):
            return parent / name
    raise RagkitError(
        f"this installation of ragkit in {_PACKAGE} has no folder {name!r}",
        hint="install ragkit again: pip install --force-reinstall ragkit",
    )


def in_checkout() -> bool:
    """True when this package runs from its repository, not from site-packages."""
    return (_PACKAGE.parent / "pyproject.toml").is_file()
