"""Documents that a person uploads: a corpus of their own in the project, and a pipeline that asks it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from ragkit.corpus.config import corpus_file, corpus_names, read_corpus
from ragkit.errors import RagkitError, UsageError
from ragkit.project import Project
from ragkit.shipped import shipped

SUFFIXES = ("csv", "htm", "html", "jsonl", "markdown", "md", "pdf", "txt")
"""What ``source: {kind: folder}`` reads without more being said."""
MOST_FILES, MOST_MEGABYTES, MOST_MEGABYTES_EACH = 200, 200, 25
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LONGEST = 100
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_CORPUS = """\
name: %s
description: Documents that were uploaded in the app.
source:
  kind: folder               # each file is read by its suffix
  path: %s
  damaged: skip              # a file that cannot be read is left out, with a warning
chunks:
  kind: recursive            # along headings, then paragraphs, then sentences
"""
_ENCODER = "encoder: %s   # as in the project's other corpora\n"
_PIPELINE = "adaptive-k.yaml"


def check_name(project: Project, name: str) -> None:
    """Whether a corpus can be called so.

    Raises:
        UsageError: It is no name, or a corpus, a folder or a pipeline has it.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a corpus cannot be called {name!r}: it takes a small letter, then small letters, digits and '-', "
            "40 at most",
            hint="my-documents",
        )
    taken = name in corpus_names(project.corpora) or (project.corpora / name).exists()
    if taken or (project.pipelines / f"{name}.yaml").exists():
        raise UsageError(f"there is a corpus or a pipeline {name!r} already", hint=f"{name}-2")


def file_name(given: str) -> str:
    """A name for a file as it was uploaded: no folders, nothing hidden, nothing that a system takes for something else.

    Raises:
        UsageError: Its kind is none that a corpus reads.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    stem, dot, suffix = last.rpartition(".")
    if not dot or suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{given!r} is of no kind that is read", hint=f"files that end in {', '.join('.' + s for s in SUFFIXES)}"
        )
    clean = re.sub(r"[^\w.() -]", "_", stem).strip(" .")[:_LONGEST] or "document"
    if _RESERVED.fullmatch(clean):
        clean = f"_{clean}"
    return f"{clean}.{suffix.lower()}"


def check_files(files: Sequence[tuple[str, int]]) -> None:
    """Whether these files can be taken, by name and size in bytes.

    Raises:
        UsageError: There are none, too many, too big ones, or ones of another kind.
    """
    if not files:
        raise UsageError("no file was chosen", hint="choose some, or drop them on the field")
    if len(files) > MOST_FILES:
        raise UsageError(
            f"{len(files)} files were chosen; {MOST_FILES} is the most",
            hint="a bigger folder becomes a corpus with `ragkit init --documents FOLDER`",
        )
    for name, size in files:
        file_name(name)
        if size > MOST_MEGABYTES_EACH * 10**6:
            raise UsageError(f"{name!r} has {size / 1e6:.0f} MB; a file may have {MOST_MEGABYTES_EACH}")
    total = sum(size for _, size in files)
    if total > MOST_MEGABYTES * 10**6:
        raise UsageError(f"the files have {total / 1e6:.0f} MB together; {MOST_MEGABYTES} is the most")


def write(project: Project, name: str, files: Iterable[tuple[str, bytes]]) -> str:
    """Writes the documents, the corpus file, and a pipeline over it. The corpus is there whole or not at all.

    Args:
        project: The project.
        name: The corpus's name.
        files: Names as they were uploaded, and contents.

    Returns:
        The name of the pipeline's file.

    Raises:
        UsageError: The name or a file cannot be taken, or the project's folders cannot be written to.
    """
    held, quoted = list(files), json.dumps(name)  # a JSON string is a YAML string, whatever YAML takes the word for
    check_name(project, name)
    check_files([(given, len(content)) for given, content in held])
    corpora = project.corpora
    text = _CORPUS % (quoted, quoted) + _encoder(project)
    new = corpora / f".{name}-{secrets.token_hex(4)}"
    try:
        new.mkdir(parents=True)
        for given, content in held:
            target = _free(new, file_name(given))
            target.write_bytes(content)
        os.rename(new, corpora / name)
        _create(corpora / f"{name}.yaml", text)
        project.pipelines.mkdir(parents=True, exist_ok=True)
        _create(project.pipelines / f"{name}.yaml", pipeline_text(name))
    except OSError as error:
        raise UsageError(f"the documents cannot be written: {error.strerror}", place=str(corpora)) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return f"{name}.yaml"


def take_back(project: Project, name: str) -> None:
    """Removes what ``write`` wrote: documents, corpus file, pipeline. A pipeline that was changed since stays.

    Args:
        project: The project.
        name: The corpus's name.
    """
    pipeline = project.pipelines / f"{name}.yaml"
    with contextlib.suppress(OSError):
        if pipeline.read_text(encoding="utf-8") == pipeline_text(name):
            pipeline.unlink()
    (project.corpora / f"{name}.yaml").unlink(missing_ok=True)
    shutil.rmtree(project.corpora / name, ignore_errors=True)


def pipeline_text(corpus: str) -> str:
    """The shipped adaptive pipeline, over another corpus."""
    text = (shipped("pipelines") / _PIPELINE).read_text(encoding="utf-8")
    body = text[text.index("version: 1") :]
    body = re.sub(r"(?m)^name: .*$", f"name: {json.dumps(corpus)}", body, count=1)
    return re.sub(r"(?m)^corpus: .*$", f"corpus: {json.dumps(corpus)}", body, count=1)


def _encoder(project: Project) -> str:
    """The encoder of all corpora of the project, for it is ready; nothing where they differ or take the usual one."""
    found = set()
    for name in corpus_names(project.corpora):
        try:
            encoder = read_corpus(corpus_file(name, project.corpora)).encoder
        except RagkitError:  # a file with errors says nothing
            continue
        found.add(json.dumps(encoder.model_dump(mode="json", exclude_defaults=True)))
    return "" if len(found) != 1 or found == {"{}"} else _ENCODER % found.pop()


def _create(path: Path, text: str) -> None:
    """Writes a file that is not there yet."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def _free(folder: Path, name: str) -> Path:
    """A path for a name in a folder: a second file of that name, in any case, gets a number."""
    taken = {path.name.casefold() for path in folder.iterdir()}
    stem, _, suffix = name.rpartition(".")
    number, chosen = 1, name
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{stem}-{number}.{suffix}"
    return folder / chosen
