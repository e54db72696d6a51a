"""Listing pages of papers: a title on one line, its abstract on the next, and the furniture of a web page around.

How a page is read
==================

Blank lines are nothing. **Furniture** is what such pages print around their papers, and is nothing too (``_FURNITURE``
says each kind and why). ``Subscribe`` may be glued to the title that follows the button: it is cut off where the line
before it is no abstract, so that a paper called ``SubscribeNet`` further down keeps its name.

Of the lines that remain, one that is longer than any title (``title_length``) is an abstract, and the line before it
its title. An abstract may be short too: then it must read like sentences, its title must not, and no long line may
follow. A long line after an abstract is its second paragraph. All else is left out and told as a warning: so furniture
of a kind that nobody foresaw costs a warning, and cannot become a paper.

A paper that stands in several listings is one document; ``metadata["sources"]`` says in which.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.decoding import read_text
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Encoding, Reader

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_FURNITURE = re.compile(
    "|".join(
        (
            r"new|hot|trending|(?:daily|trending|weekly|monthly) papers",  # badges and the page's own name
            r"subscribe|sign (?:up|in)|log ?in|upvote|view all|next|previous",  # buttons
            r"get (?:trending|daily|new|the latest)\b.{0,60}\b(?:e-?mail|inbox)\b.{0,20}",  # invitations
            r"by ?\S+ and the research community",  # whose page it is, with the link's name glued to "by" or not
            rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?",  # dates: Apr 29; April 29, 2025
            rf"\d{{1,2}}\.? {_MONTH}(?:,? \d{{4}})?",  # 29 Apr 2025
            r"\d{4}-\d\d-\d\d",  # 2025-04-29
            r"[\d.,]+ ?k?",  # counts of votes and comments
        )
    ),
    re.IGNORECASE,
)
_GLUED = re.compile(r"^Subscribe(?=[A-Z0-9])")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*$")
_INNER_END = re.compile(r"[.!?][\"'”’)\]]*\s+\S")
_LONG_TITLE = 120
_ID_LENGTH = 60


@dataclass(slots=True)
class _Paper:
    title: str
    text: str
    place: str
    slug: str
    sources: set[str] = field(default_factory=set)


class ListingsReader(Reader):
    """Reads listing pages of papers; see the module docstring for the rules."""

    kind: Literal["listings"] = Field(description="listing pages of papers: a title line, then its abstract")
    encoding: Encoding = "utf-8"
    title_length: int = Field(
        default=250, ge=20, description="characters; no title is longer, so a longer line is always an abstract"
    )
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """The papers of one page; see ``Reader.read``."""
        yield from self.read_all([file], notes)

    def read_all(self, files: list[InputFile], notes: Notes) -> Iterator[Document]:
        """The papers of several pages, each paper once, in the order in which they first appear.

        Raises:
            DocumentError: A page cannot be read.
        """
        papers: dict[str, _Paper] = {}
        for file in files:
            for paper in self._papers(file, notes):
                known = papers.setdefault(paper.slug, paper)
                known.sources.add(Path(file.id).name[:3])
                if known.text != paper.text:
                    notes.add(
                        f"an abstract differs from the one in {known.place}, which was kept",
                        "abstracts differ from those of the same papers in earlier listings, which were kept",
                        paper.place,
                    )
        taken: set[str] = set()
        for paper in papers.values():
            name = paper_id(paper.title)
            if name in taken:
                # Two papers whose long titles begin alike: both stay, the later one marked by its whole title.
                digest = hashlib.sha256(paper.slug.encode()).hexdigest()[:8]
                name = f"{name[: _ID_LENGTH - 9]}-{digest}"
                notes.add(
                    "a title begins like another paper's, so its id ends in a digest",
                    "titles begin like other papers', so their ids end in a digest",
                    paper.place,
                )
            taken.add(name)
            yield Document(name, paper.title, paper.text, {"sources": sorted(paper.sources)}, paper.place)

    def _papers(self, file: InputFile, notes: Notes) -> Iterator[_Paper]:
        lines = self._lines(file)
        at = 0
        while at < len(lines):
            place, title = lines[at]
            follows = [line for _, line in lines[at + 1 : at + 3]]
            if self._is_abstract_of(title, follows):
                at += 2
                paragraphs = [follows[0]]
                while at < len(lines) and self._is_long(lines[at][1]):
                    paragraphs.append(lines[at][1])
                    at += 1
                yield _Paper(title, "\n".join(paragraphs), place, _slug(title))
                continue
            what = "that is neither a title with its abstract nor known furniture"
            notes.add(f"a line {what} was left out", f"lines {what.replace('is', 'are', 1)} were left out", place)
            at += 1

    def _lines(self, file: InputFile) -> list[tuple[str, str]]:
        """The lines that are neither blank nor furniture, each with its place."""
        found = []
        before = ""
        for number, raw in enumerate(read_text(file, self.encoding).split("\n"), start=1):
            line = raw.strip()
            if not line:
                continue
            if not self._is_long(before) and not _reads_like_sentences(before):
                line = _GLUED.sub("", line, count=1)
            before = line
            if not _FURNITURE.fullmatch(line):
                found.append((f"{file.place}:{number}", line))
        return found

    def _is_long(self, line: str) -> bool:
        return len(line) > self.title_length

    def _is_abstract_of(self, title: str, follows: list[str]) -> bool:
        """Whether the first of the two lines that follow is the abstract of this title."""
        if self._is_long(title) or not follows:
            return False
        if self._is_long(follows[0]):
            return True
        ends = len(follows) < 2 or not self._is_long(follows[1])
        return ends and _reads_like_sentences(follows[0]) and not _reads_like_sentences(title)


def _reads_like_sentences(line: str) -> bool:
    return _SENTENCE_END.search(line) is not None and (len(line) > _LONG_TITLE or _INNER_END.search(line) is not None)


def paper_id(title: str) -> str:
    """The id of a paper: its title in ASCII, lower case, each run of other characters a hyphen, at most 60 characters.

    A title without any letter or digit of ASCII gives the first 16 digits of its SHA-256.
    """
    return _slug(title)[:_ID_LENGTH].strip("-")


def _slug(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-") or hashlib.sha256(title.encode()).hexdigest()[:16]
