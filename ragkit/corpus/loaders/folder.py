"""A folder of mixed files: each is read by the reader of its suffix."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.csv import CsvReader
from ragkit.corpus.loaders.files import InputFile, glob_regex, walk
from ragkit.corpus.loaders.html import HtmlReader
from ragkit.corpus.loaders.jsonl import JsonlReader
from ragkit.corpus.loaders.markdown import MarkdownReader
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.pdf import PdfReader
from ragkit.corpus.loaders.source import Source
from ragkit.corpus.loaders.text import TextReader
from ragkit.errors import DocumentError

ReaderSpec = Annotated[
    CsvReader | HtmlReader | JsonlReader | MarkdownReader | PdfReader | TextReader, Field(discriminator="kind")
]
_Glob = Annotated[str, Field(min_length=1)]
_LEFT_OUT = ("a file that cannot be read was left out", "files that cannot be read were left out")
_TOLD = 20
"""How many files that cannot be read an error names."""


class FolderSource(Source):
    """Every file below a folder that a glob names, sorted by path, each read by its suffix.

    Hidden files, links that lead out and files of no known suffix are left out; the latter two are told.

    YAML::

        source:
            kind: folder
            path: handbook
            include: ["**/*.md", "**/*.pdf"]
            exclude: [drafts]
            readers: {.md: {kind: markdown, encoding: cp1252}}
            damaged: skip
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["folder"] = Field(description="a folder of files of several kinds")
    path: str = Field(min_length=1, description="the folder, relative to the corpus file")
    include: list[_Glob] = Field(
        default=["**/*"], min_length=1, description="globs below the folder; ** stands for any number of folders"
    )
    exclude: list[_Glob] = Field(
        default_factory=list, description="globs of files, or of folders with all that is in them, to leave out"
    )
    hidden: bool = Field(default=False, description="whether names that start with a dot are read too")
    readers: dict[str, ReaderSpec] = Field(
        default_factory=dict, description="a reader for a suffix, in the place of its usual one: {.log: {kind: text}}"
    )
    damaged: Literal["error", "skip"] = Field(
        default="error", description="what a file that cannot be read is: an error, or left out and told"
    )

    @field_validator("include", "exclude")
    @classmethod
    def _below(cls, globs: list[str]) -> list[str]:
        for glob in globs:
            if glob.startswith("/") or ".." in glob.split("/") or "\\" in glob:
                raise ValueError(f"the glob {glob!r} must stay below the folder: no leading '/', no '..', no backslash")
        return [glob.removeprefix("./").rstrip("/") for glob in globs]

    @field_validator("readers")
    @classmethod
    def _suffixes(cls, readers: dict[str, ReaderSpec]) -> dict[str, ReaderSpec]:
        for suffix in readers:
            if not re.fullmatch(r"\.[^./\sA-Z]+", suffix):
                raise ValueError(f"{suffix!r} is no suffix: one starts with a dot and is lower case, as '.md'")
        return readers

    def files(self, base: Path, notes: Notes) -> list[InputFile]:
        """See ``Source.files``."""
        root = base / self.path
        if not root.is_dir():
            found = "is a file" if root.exists() else "does not exist"
            raise DocumentError(f"the folder {self.path!r} {found}", place=self.path)
        include = {glob: re.compile(glob_regex(glob)).match for glob in self.include}
        exclude = [re.compile(glob_regex(glob)).match for glob in self.exclude]
        used: set[str] = set()

        def wanted(path: str) -> bool:
            matched = [glob for glob, match in include.items() if match(path)]
            above = [path, *(parent.as_posix() for parent in PurePosixPath(path).parents)]
            if not matched or any(match(name) for match in exclude for name in above):
                return False
            used.update(matched)
            return True

        readers = self._readers()
        kept = []
        for file in walk(root, self.path, notes, wanted, hidden=self.hidden):
            if file.path.suffix.lower() in readers:
                fault = _fault(file) if self.damaged == "skip" else None
                if fault is not None:
                    # The build looks at every file before it reads one, so it must not be handed this one.
                    notes.add(*_LEFT_OUT, f"{_shown(file)}: {fault}")
                    continue
                kept.append(file)
            else:
                notes.add(
                    "a file of no known kind was left out", "files of no known kind were left out", file.place
                )  # fmt: skip
        for glob in include:
            if glob not in used:
                notes.add("a glob matches no file", "globs match no file", repr(glob))
        if not kept:
            raise DocumentError(
                f"the folder holds no file to read: {', '.join(sorted(readers))} are the known kinds, "
                f"{', '.join(map(repr, self.include))} the globs",
                place=self.path,
            )
        return kept

    def documents(self, base: Path, notes: Notes) -> Iterator[Document]:
        """See ``Source.documents``."""
        readers = self._readers()
        broken = []
        for file in self.files(base, notes):
            reading = readers[file.path.suffix.lower()].read(file, notes)
            try:
                fault = _fault(file)
                if fault is not None:
                    raise DocumentError(fault, place=_shown(file))
                # A file that may be left out is read whole first: half of its documents would be no file left out.
                yield from reading if self.damaged == "error" else list(reading)
            except DocumentError as error:
                if self.damaged == "error":
                    broken.append(error)
                    continue
                notes.add(*_LEFT_OUT, f"{error.place or file.place}: {error}")
        if broken:
            raise self._all(broken)

    def _all(self, broken: Sequence[DocumentError]) -> DocumentError:
        """One error for all files that cannot be read, so that they can be mended at once."""
        skip = "'damaged: skip' below 'source:' leaves such files out and tells it"
        if any(error.hint for error in broken):
            skip = f"settings of a reader stand in 'readers:', as {{.txt: {{kind: text, encoding: cp1252}}}}; {skip}"
        if len(broken) == 1:
            (error,) = broken
            return DocumentError(error.message, place=error.place, hint=f"{error.hint}; {skip}" if error.hint else skip)
        listed = [
            f"  {error.place}: {error.message}{f' ({error.hint})' if error.hint else ''}" for error in broken[:_TOLD]
        ]
        if len(broken) > _TOLD:
            listed.append(f"  and {len(broken) - _TOLD:,} more")
        text = "\n".join([f"{len(broken):,} files of the folder cannot be read:", *listed])
        return DocumentError(text, place=self.path, hint=f"mend them, or leave them out by 'exclude:'; {skip}")

    def _readers(self) -> Mapping[str, ReaderSpec]:
        usual: list[ReaderSpec] = [
            CsvReader(kind="csv"), HtmlReader(kind="html"), JsonlReader(kind="jsonl"), MarkdownReader(kind="markdown"),
            PdfReader(kind="pdf"), TextReader(kind="text"),
        ]  # fmt: skip
        return {**{suffix: reader for reader in usual for suffix in reader.suffixes}, **self.readers}


def _fault(file: InputFile) -> str | None:
    """Why a file cannot be read whatever is in it; no store could keep an id whose bytes are no UTF-8."""
    try:
        file.id.encode()
    except UnicodeEncodeError:
        return "the file's name is not UTF-8"
    return None if os.access(file.path, os.R_OK) else "permission denied"


def _shown(file: InputFile) -> str:
    return file.place.encode(errors="backslashreplace").decode()
