"""Listing pages of papers: a title on one line, its abstract on the next, and the furniture of a web page around.

How a line is read
==================

Blank lines are nothing. Of the others, **furniture** is what such pages print around their papers (`_FURNITURE` says
each kind and why). ``Subscribe`` may be glued to the title that follows the button: it is cut off where the line
before it is not an abstract, so that a paper called ``SubscribeNet`` further down keeps its name.

A line is **prose** when it is longer than any title (``title_length`` characters), or when it reads like sentences: it
ends like one, and has another sentence before or is longer than most titles. A paper is a line that is not prose,
followed by one that is. So furniture of a kind that nobody foresaw cannot become a paper: it is a short line before
another short line, is left out and is told as a warning. A long paragraph after an abstract belongs to the abstract.

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

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
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
_GLUED = re.compile(r"subscribe(?=[A-Z0-9])", re.IGNORECASE)
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
        title: tuple[str, str] | None = None
        paper: _Paper | None = None
        after_abstract = False
        for number, raw in enumerate(read_text(file, self.encoding).split("\n"), start=1):
            line = raw.strip()
            if not line:
                continue
            if not after_abstract:
                line = _GLUED.sub("", line, count=1) if _GLUED.match(line) else line
            after_abstract = False
            place = f"{file.place}:{number}"
            if _FURNITURE.fullmatch(line):
                continue
            if not self._is_prose(line):
                if title is not None:
                    _left_out(title[1], notes)
                title = (line, place)
                continue
            after_abstract = True
            if title is not None:
                if paper is not None:
                    yield paper
                paper = _Paper(title[0], line, title[1], _slug(title[0]))
                title = None
            elif paper is not None and len(line) > self.title_length:
                paper.text += "\n" + line
            else:
                notes.add("a paragraph without a title was left out", "paragraphs without a title were left out", place)
        if title is not None:
            _left_out(title[1], notes)
        if paper is not None:
            yield paper

    def _is_prose(self, line: str) -> bool:
        if len(line) > self.title_length:
            return True
        return _SENTENCE_END.search(line) is not None and (
            len(line) > _LONG_TITLE or _INNER_END.search(line) is not None
        )


def paper_id(title: str) -> str:
    """The id of a paper: its title in ASCII, lower case, each run of other characters a hyphen, at most 60 characters.

    A title without any letter or digit of ASCII gives the first 16 digits of its SHA-256.
    """
    return _slug(title)[:_ID_LENGTH].strip("-")


def _slug(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-") or hashlib.sha256(title.encode()).hexdigest()[:16]


def _left_out(place: str, notes: Notes) -> None:
    notes.add(
        "a line that no abstract follows was left out",
        "lines that no abstract follows were left out",
        place,
    )
