"""Finding the files of a source: one file, a folder, or globs, always in the same order.

Ids of documents are made from paths, so they follow the path as the corpus file writes it, never the machine: of
``../data/guides/**/*.md`` the file ``setup/a.md`` has the id ``data/guides/setup/a.md``; of an absolute path only the
last name is kept.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ragkit.corpus.loaders.notes import Notes
from ragkit.errors import DocumentError, did_you_mean

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    Attributes:
        path: Where it lies.
        id: The id of its document, or the start of the ids of its documents.
        place: How messages and ``Document.source`` name it.
    """

    path: Path
    id: str
    place: str

    @property
    def stem(self) -> str:
        """The name without its suffix: the title of a file that has none of its own."""
        return PurePath(self.id).stem


def find_files(base: Path, paths: Sequence[str], suffixes: Sequence[str], notes: Notes) -> list[InputFile]:
    """The files that ``paths`` name, each once, in the order of ``paths`` and within one of them by name.

    Args:
        base: The folder that relative paths start from: that of the corpus file.
        paths: Files, folders (every file below with one of ``suffixes``) and globs (``*``, ``?``, ``[…]``, ``**``).
        suffixes: In lower case, with the dot.
        notes: Where files that were left out are counted.

    Raises:
        DocumentError: A path names nothing, or a folder or glob holds no such file.
    """
    found: dict[str, InputFile] = {}
    for written in paths:
        for file in _of_path(base, written, suffixes, notes):
            found.setdefault(os.path.realpath(file.path), file)
    return list(found.values())


def _of_path(base: Path, written: str, suffixes: Sequence[str], notes: Notes) -> list[InputFile]:
    target = base / written
    if target.is_file():
        return [InputFile(target, _id_of(_prefix(written)), written)]
    if target.is_dir():
        files = walk(target, written, notes, lambda name: name.lower().endswith(tuple(suffixes)))
        if not files:
            raise DocumentError(f"the folder holds no file that ends in {' or '.join(suffixes)}", place=written)
        return files
    if _MAGIC.search(written):
        root, pattern = split_glob(written)
        if (base / root).is_dir():
            matches = re.compile(glob_regex(pattern)).match
            files = walk(base / root, root, notes, lambda name: matches(name) is not None)
            if files:
                return files
        raise DocumentError(f"no file matches {pattern!r} in the folder {root!r}", place=written)
    parent = target.parent
    guess = (
        did_you_mean(target.name, os.listdir(parent)) if parent.is_dir() else f"; there is no folder {str(parent)!r}"
    )
    raise DocumentError(f"there is no file or folder {written!r}{guess}", place=written)


def walk(
    root: Path, written: str, notes: Notes, wanted: Callable[[str], bool], *, hidden: bool = False
) -> list[InputFile]:
    """The wanted files below a folder, sorted by their path.

    Names that start with a dot are skipped unless ``hidden``. A link to a folder is not followed, and a link to a file
    only when the file lies below the same folder; both are counted in ``notes`` when they would have been read.

    Args:
        root: The folder.
        written: The same folder as the corpus file writes it.
        notes: Where links that were not followed are counted.
        wanted: Tells by the path below the folder (with ``/``) whether the file is read.
        hidden: Whether names that start with a dot are read too.

    Raises:
        DocumentError: A folder cannot be listed.
    """
    inside = root.resolve()
    prefix = _prefix(written)
    found = []
    for folder, folders, files in os.walk(root, onerror=_unreadable):
        below = Path(folder).relative_to(root)
        if not hidden:
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = [name for name in files if not name.startswith(".")]
        folders.sort()
        for name in folders:
            if (root / below / name).is_symlink():
                notes.add(
                    "a link to a folder was not followed",
                    "links to folders were not followed",
                    PurePath(written, below, name).as_posix(),
                )
        for name in sorted(files):
            path = (below / name).as_posix()
            place = PurePath(written, path).as_posix()
            if wanted(path) and _is_inside(root / path, inside, place, notes):
                found.append((path, InputFile(root / path, _id_of(f"{prefix}/{path}" if prefix else path), place)))
    return [file for _, file in sorted(found, key=lambda pair: pair[0])]


def _is_inside(path: Path, inside: Path, place: str, notes: Notes) -> bool:
    """Whether a path is a file, or a link to one below the folder ``inside``; a link that is not is told."""
    if not path.is_symlink():
        return path.is_file()
    # realpath, since resolve() raises on a link that leads to itself.
    if not Path(os.path.realpath(path)).is_relative_to(inside):
        one, many = "a link that leads out of the folder was", "links that lead out of the folder were"
        notes.add(f"{one} not followed", f"{many} not followed", place)
        return False
    if not path.exists():
        notes.add("a link leads nowhere", "links lead nowhere", place)
    return path.is_file()


def _unreadable(error: OSError) -> None:
    raise DocumentError(f"the folder cannot be read: {error.strerror}", place=str(error.filename)) from error


def split_glob(pattern: str) -> tuple[str, str]:
    """The folder that a glob starts in, and the glob below it: ``a/b/*.md`` is ``a/b`` and ``*.md``."""
    parts = PurePath(pattern).parts
    first = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    return PurePath(*parts[:first]).as_posix(), "/".join(parts[first:])


def glob_regex(pattern: str) -> str:
    """The regular expression of a glob over paths with ``/``.

    ``*`` and ``?`` stay within one name, ``**`` as a whole part stands for any number of folders, ``[ab]`` and
    ``[!ab]`` for one character.
    """
    parts = pattern.split("/")
    written = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            written += ".*" if last else "(?:[^/]+/)*"
            continue
        written += _part_regex(part) + ("" if last else "/")
    return rf"(?s:{written})\Z"


def _part_regex(part: str) -> str:
    written, at = "", 0
    while at < len(part):
        letter = part[at]
        closing = part.find("]", at + 2 if part[at + 1 : at + 2] != "!" else at + 3) if letter == "[" else -1
        if letter == "*":
            written += "[^/]*"
        elif letter == "?":
            written += "[^/]"
        elif closing > 0:
            inner = part[at + 1 : closing]
            negated = inner.startswith("!")
            body = re.sub(r"([\\\[\]^&~|])", r"\\\1", inner[1:] if negated else inner)
            written += f"(?!/)[{'^' if negated else ''}{body}]"
            at = closing
        else:
            written += re.escape(letter)
        at += 1
    return written


def _prefix(written: str) -> str:
    path = PurePath(written)
    if path.is_absolute():
        return path.name
    parts = [part for part in PurePath(os.path.normpath(written)).parts if part not in ("..", ".")]
    return "/".join(parts)


def _id_of(path: str) -> str:
    # File systems differ in how they compose accents; an id must not.
    return unicodedata.normalize("NFC", path)
