"""The project: the folder that holds ``ragkit.toml``, where its corpora and pipelines are, and where its state lives.

A setting is looked up in this order: flag, environment, the project's ``ragkit.toml``, the user's
(``$XDG_CONFIG_HOME/ragkit/ragkit.toml``, else ``~/.config/ragkit/ragkit.toml``), default. A file reads::

    [folders]
    corpora = "corpora"
    pipelines = "pipelines"

    [trace]
    content = true          # false: traces keep ids, sizes and scores, no questions and no texts
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragkit.errors import UsageError, did_you_mean

FILE = "ragkit.toml"
_FOLDER_KEYS = ("corpora", "pipelines")
_KEYS: Mapping[str, Mapping[str, type]] = {
    "folders": {name: str for name in _FOLDER_KEYS},
    "trace": {"content": bool},
}
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Project:
    """One project.

    Args:
        root: The project's folder. It need not hold a ``ragkit.toml``: then every setting is its default.

    Raises:
        UsageError: The ``ragkit.toml`` cannot be read, or has a key or a value that is not allowed.
    """

    __slots__ = ("_settings", "root")

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()
        self._settings = _read(self.root / FILE)

    def __repr__(self) -> str:
        return f"Project({str(self.root)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Project) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)

    @classmethod
    def find(cls, start: Path | str = ".", explicit: Path | str | None = None) -> Project:
        """The project named by ``explicit``, else by ``RAGKIT_PROJECT``, else the nearest folder upward from ``start``.

        Raises:
            UsageError: There is none; the hint says how to make one.
        """
        found = _named(explicit)
        if found is None:
            found = _upward(Path(start))
        if found is None:
            raise UsageError(
                f"no {FILE} in {_folder(Path(start))} or any folder above it",
                hint="`ragkit init` makes a project here; --project FOLDER names another",
            )
        return found

    @classmethod
    def around(cls, file: Path | str, explicit: Path | str | None = None) -> Project:
        """The project that a pipeline file belongs to: above the file, else above the current folder.

        Where there is none, the file's own folder, with every setting at its default: checking and drawing a file need
        no project.
        """
        found = _named(explicit) or _upward(Path(file)) or _upward(Path.cwd())
        return found if found is not None else cls(_folder(Path(file)))

    @property
    def declared(self) -> bool:
        """True when the folder holds a ``ragkit.toml``."""
        return (self.root / FILE).is_file()

    @property
    def corpora(self) -> Path:
        """The folder of the corpus definitions: ``corpus: papers`` is ``papers.yaml`` in it."""
        return self._folder("corpora")

    @property
    def pipelines(self) -> Path:
        """The folder of the pipelines."""
        return self._folder("pipelines")

    @property
    def state(self) -> Path:
        """Where indexes, traces and caches are: ``.ragkit`` in the project, or ``RAGKIT_HOME``. It may be missing."""
        home = os.environ.get("RAGKIT_HOME")
        return Path(home).expanduser().absolute() if home else self.root / ".ragkit"

    @property
    def trace_content(self) -> bool:
        """Whether traces keep questions, texts and answers.

        Raises:
            UsageError: ``RAGKIT_TRACE_CONTENT`` is set to something else than yes or no.
        """
        given = os.environ.get("RAGKIT_TRACE_CONTENT", "").strip().lower()
        if given:
            if given not in (*_TRUE, *_FALSE):
                raise UsageError(f"RAGKIT_TRACE_CONTENT is {given!r}; it takes on or off")
            return given in _TRUE
        for settings in (self._settings, _read(user_file())):
            if "content" in settings.get("trace", {}):
                return bool(settings["trace"]["content"])
        return True

    def _folder(self, name: str) -> Path:
        return self.root / str(self._settings.get("folders", {}).get(name, name))


def user_file() -> Path:
    """The file of the user's own settings; it need not exist."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "ragkit" / FILE


def _folder(start: Path) -> Path:
    start = start.absolute()
    return start if start.is_dir() else start.parent


def _upward(start: Path) -> Project | None:
    folder = _folder(start)
    for candidate in (folder, *folder.parents):
        if (candidate / FILE).is_file():
            return Project(candidate)
    return None


def _named(explicit: Path | str | None) -> Project | None:
    source = "--project"
    if explicit is None:
        explicit, source = os.environ.get("RAGKIT_PROJECT") or None, "RAGKIT_PROJECT"
    if explicit is None:
        return None
    folder = Path(explicit).expanduser()
    if folder.name == FILE and folder.is_file():
        folder = folder.parent
    if not folder.is_dir():
        raise UsageError(f"{source} names {str(explicit)!r}, which is not a folder")
    if not (folder / FILE).is_file():
        raise UsageError(
            f"{source} names {str(explicit)!r}, which holds no {FILE}", hint=f"ragkit init {explicit}"
        )  # fmt: skip
    return Project(folder)


def _read(file: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", place=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not TOML: {error}", place=str(file)) from error
    for table, keys in data.items():
        if table not in _KEYS:
            raise _unknown(file, table, _KEYS)
        if not isinstance(keys, dict):
            raise UsageError(f"{file}: {table!r} is a table: write [{table}]", place=str(file))
        for key, value in keys.items():
            expected = _KEYS[table].get(key)
            if expected is None:
                raise _unknown(file, f"{table}.{key}", [f"{table}.{name}" for name in _KEYS[table]])
            if not isinstance(value, expected):
                kind = {bool: "true or false", str: "a string"}[expected]
                raise UsageError(f"{file}: {table}.{key} is {value!r}; it takes {kind}", place=str(file))
    return data


def _unknown(file: Path, key: str, known: Any) -> UsageError:
    return UsageError(
        f"{file}: unknown key {key!r}{did_you_mean(key, known)}",
        place=str(file),
        hint=f"allowed: {', '.join(known)}",
    )
