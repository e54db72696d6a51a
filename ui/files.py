"""The pipeline files that the app may write: in the project's folder of pipelines, and never over somebody's work."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import shutil
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from ragkit.errors import UsageError, did_you_mean

MOST_BYTES = 1_000_000
_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_.-]*/)*[A-Za-z0-9][A-Za-z0-9_.-]*\.yaml")
_WRITING = threading.Lock()


class FileChanged(UsageError):
    """The file on disk is not the one that was opened."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was when it was opened: its text with plain line ends, and the digest of its bytes.

    ``crlf`` and ``mark`` (a byte-order mark) say what is given back when it is saved.
    """

    name: str
    text: str
    digest: str
    crlf: bool = False
    mark: bool = False


class PipelineFiles:
    """The pipelines of a project, by their paths in its folder.

    Args:
        folder: The folder; a link in it that leads out of it is no file of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Every YAML file, overlays too."""
        files = (file for file in self.folder.glob("**/*.yaml") if file.is_file() and self._inside(file))
        return sorted(file.relative_to(self.folder).as_posix() for file in files)

    def path(self, name: str) -> Path:
        """The file of that name.

        Raises:
            UsageError: There is none in this folder.
        """
        known = self.names()
        if name not in known:
            raise UsageError(f"there is no pipeline file {name!r}{did_you_mean(name, known)}")
        return self.folder / name

    def open(self, name: str) -> Opened:
        """Reads a file.

        Raises:
            UsageError: There is none of that name, or it is no text that an editor could give back as it was.
        """
        path = self.path(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{name!r} cannot be read: {error.strerror}") from error
        if len(data) > MOST_BYTES:
            raise UsageError(f"{name!r} has {len(data):,} bytes; at most {MOST_BYTES:,} can be edited here")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(f"{name!r} is not UTF-8 text, so it cannot be edited here") from error
        plain = text.replace("\r\n", "\n")
        if "\r" in plain:
            raise UsageError(f"{name!r} has line ends of an old Mac, which an editor would change; convert it first")
        crlf = plain != text
        if crlf and text.count("\n") != text.count("\r\n"):
            raise UsageError(f"{name!r} mixes two kinds of line ends, which an editor would change; convert it first")
        return Opened(name, plain, _digest(data), crlf, data.startswith(codecs.BOM_UTF8))

    def changed(self, opened: Opened) -> bool:
        """Whether the file on disk is another one by now, or is gone."""
        try:
            return _digest((self.folder / opened.name).read_bytes()) != opened.digest
        except OSError:
            return True

    def save(self, opened: Opened, text: str) -> Opened:
        """Writes a text over the file that was opened, whole or not at all.

        Raises:
            FileChanged: The file has changed since it was opened; nothing is written.
            UsageError: It cannot be written.
        """
        target = self.path(opened.name).resolve()  # a link inside the folder stays one: what it leads to is written
        with _WRITING:
            if self.changed(opened):
                raise FileChanged(
                    f"{opened.name!r} was changed on disk since it was opened here; nothing was written",
                    hint="load it again, or save under another name",
                )
            data = _bytes(text, opened)
            try:
                half = _written_beside(target, data)
                shutil.copymode(target, half)
                half.replace(target)
            except OSError as error:
                raise UsageError(f"{opened.name!r} cannot be written: {error.strerror}") from error
        return replace(opened, text=text, digest=_digest(data))

    def create(self, name: str, text: str) -> Opened:
        """Writes a new file.

        Raises:
            UsageError: The name is no path of a YAML file inside the folder, a file is there, or it cannot be written.
        """
        if _NAME.fullmatch(name) is None or ".." in name:
            raise UsageError(
                f"{name!r} cannot be the name of a pipeline file",
                hint="letters, digits, '-', '_' and '.', ending in .yaml: my-pipeline.yaml, or a folder and a name",
            )
        target = self.folder / name
        if not self._inside(target.parent):
            raise UsageError(f"{name!r} lies outside the project")
        data = text.encode("utf-8")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            half = _written_beside(target, data)
            try:
                os.link(half, target)  # unlike a rename, it never replaces
            finally:
                half.unlink()
        except FileExistsError as error:
            raise UsageError(f"{name!r} is there already; nothing was written", hint="choose another name") from error
        except OSError as error:
            raise UsageError(f"{name!r} cannot be written: {error.strerror}") from error
        return Opened(name, text, _digest(data))

    def _inside(self, file: Path) -> bool:
        return file.resolve().is_relative_to(self.folder.resolve())


def _written_beside(target: Path, data: bytes) -> Path:
    """The data in a new file of the target's folder, on disk."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path = Path(name)
    path.chmod(0o666 & ~_umask())
    return path


def _umask() -> int:
    """The mode that a new file would not have; there is no way to read it but to set it."""
    now = os.umask(0o077)
    os.umask(now)
    return now


def _bytes(text: str, opened: Opened) -> bytes:
    return (text.replace("\n", "\r\n") if opened.crlf else text).encode("utf-8-sig" if opened.mark else "utf-8")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
