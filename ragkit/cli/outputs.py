"""Files that verbs write beside their result."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ragkit.errors import UsageError


def keep_apart(option: str, target: Path | None, *read: Path | str | None) -> None:
    """Refuses a file to write that is one of those the verb reads: writing it would lose it.

    Args:
        option: The flag that named it.
        target: The file to write; None for none.
        read: What is read; None for what was not given.

    Raises:
        UsageError: They are the same file, by whatever paths.
    """
    if target is None or not target.exists():
        return
    for path in [Path(each) for each in read if each]:
        if path.exists() and target.samefile(path):
            raise UsageError(
                f"{option} {str(target)!r} is read here, and writing it would lose it", hint="name another file"
            )


def write(option: str, target: Path, text: str) -> None:
    """Writes a text file, whole or not at all: what stood there before stays where the disk is full.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        if target.is_symlink() or (target.exists() and not target.is_file()):
            target.write_text(text, encoding="utf-8", newline="\n")  # a device or a link, which a rename would replace
            return
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{option}: cannot write {str(target)!r}: {error.strerror}") from error
