"""What questions are made from: documents with their sentences, their names and what they abbreviate."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from ragkit.corpus.index.ranking import best
from ragkit.evaluate.documents import Documents, IndexedDocument
from ragkit.evaluate.synth.abbreviations import Abbreviation, abbreviations
from ragkit.evaluate.synth.names import Description, definition, document_name
from ragkit.evaluate.synth.statements import Statement, statements
from ragkit.evaluate.synth.vocabulary import Vocabulary, share
from ragkit.types import Passage

if TYPE_CHECKING:
    from ragkit.corpus.encoder.vectors import Vectors
    from ragkit.corpus.reader import Reader

MOST = 4000
"""At most so many documents are read for ideas; what is claimed of them is checked against all."""
_STEMS_KEPT = 20_000
_NAMED_IN_MOST = 6
_SEARCHED, _SHORT_IN_MOST = 5, 40
_EXPLAINED_BY = 3
_NO_KIND = re.compile(
    r"(?<!s)s$|^(?:family|set|collection|group|pair|part|type|kind|form|sort|name|term|word|first|version|use|work)$"
)
_PEOPLE = re.compile(
    r"(?:\w+(?:ist|ician)|actor|actress|singer|songwriter|rapper|drummer|composer|dancer|player|footballer|cricketer"
    r"|golfer|boxer|wrestler|swimmer|skater|sprinter|runner|writer|author|poet|painter|sculptor|director|producer"
    r"|filmmaker|screenwriter|playwright|photographer|politician|statesman|senator|lawyer|judge|professor|engineer"
    r"|mathematician|historian|philosopher|theologian|bishop|priest|king|queen|prince|princess|emperor|president|mayor"
    r"|chairman|chairwoman|entrepreneur|businessman|businesswoman|executive|manager|coach|officer|soldier|commander"
    r"|admiral|editor|critic|presenter|broadcaster|comedian|architect|surgeon|physician|nurse|explorer|aviator|pilot"
    r"|astronaut|driver|racer|jockey|sportswriter|sportsman|adventurer|host|personality|celebrity|personage|woman|man)"
)


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document to ask about.

    ``name`` is what it is about, ``kind`` the noun for that ("framework"), ``description`` how ``described_in`` tells
    what it is; None where the text has none. ``label`` is what a person calls the document.
    """

    number: int
    id: str
    title: str
    text: str
    sentences: tuple[str, ...]
    name: str | None
    kind: str | None
    description: Description | None
    described_in: str
    person: bool
    statements: tuple[Statement, ...]
    abbreviations: tuple[Abbreviation, ...]

    @property
    def label(self) -> str:
        """The name where the title has it, else the title, else the name or the id."""
        if self.name and self.name in self.title:
            return self.name
        return self.title or self.name or self.id


class Material:
    """The documents of a corpus that questions are made from.

    Args:
        reader: The index.
        seed: Chooses the documents where the corpus has more than ``most``.
        most: How many are read at most.
    """

    def __init__(self, reader: Reader, seed: int, most: int = MOST) -> None:
        self.reader = reader
        self.indexed = Documents(reader)
        self.vocabulary = Vocabulary(reader, self.indexed)
        numbers = list(range(len(self.indexed)))
        if len(numbers) > most:
            numbers = sorted(random.Random(seed).sample(numbers, most))
        read = [self.indexed[number] for number in numbers]
        self.documents = [self._read(number, one) for number, one in zip(numbers, read, strict=True)]
        self.vocabulary.learn_case(document.text for document in self.documents)
        self.by_id: Mapping[str, SourceDocument] = {document.id: document for document in self.documents}
        self._vectors: Vectors = reader.vectors([one.first for one in read])
        self._places = {document.id: place for place, document in enumerate(self.documents)}
        self._stems: dict[int, frozenset[str]] = {}
        self.explained = self._explained()

    def neighbours(self, document: SourceDocument, most: int = 20) -> Iterator[SourceDocument]:
        """The documents that read most like this one by the vectors of their beginnings, nearest first."""
        place = self._places[document.id]
        nearest = best(self._vectors @ self._vectors[place], most + 1)
        yield from (self.documents[i] for i in nearest.indices.tolist() if i != place)

    def cosine(self, one: SourceDocument, two: SourceDocument) -> float:
        """How alike the beginnings of two documents are."""
        return float(self._vectors[self._places[one.id]] @ self._vectors[self._places[two.id]])

    def mentioning(self, phrase: str) -> frozenset[int]:
        """The numbers of all documents of the corpus whose title or text holds a phrase, whatever its endings."""
        wanted = self.vocabulary.stems(phrase)
        holding = self.vocabulary.holding_all(phrase)
        return frozenset(n for n in holding if follows(wanted, self.vocabulary.stems(self.whole(n))))

    def explaining(self, short: str) -> frozenset[int] | None:
        """The numbers of all documents of the corpus that explain an abbreviation; None where too many hold it."""
        holding = self.vocabulary.holding_all(short)
        if len(holding) > _SHORT_IN_MOST:
            return None
        return frozenset(n for n in holding if any(one.short == short for one in abbreviations(self.whole(n))))

    def search(self, question: str) -> list[Passage]:
        """The passages that words and vectors bring nearest to a question."""
        near = self.reader.dense(self.reader.encode([question]), _SEARCHED)[0]
        words = self.reader.bm25([question], _SEARCHED)[0]
        numbers = [number for pair in zip_longest(words.indices.tolist(), near.indices.tolist()) for number in pair]
        return self.reader.passages(list(dict.fromkeys(number for number in numbers if number is not None)))

    def share(self, weights: Mapping[str, float], number: int) -> float:
        """The share of these weights whose words stand in a document of the corpus, 0 to 1."""
        stems = self._stems.get(number)
        if stems is None:
            if len(self._stems) >= _STEMS_KEPT:
                self._stems.clear()
            stems = self._stems[number] = frozenset(self.vocabulary.stems(self.whole(number)))
        return share(weights, stems)

    def whole_of(self, id: str) -> str:
        """Title and text of a document by its id."""
        document = self.by_id[id]
        return f"{document.title}\n{document.text}"

    def whole(self, number: int) -> str:
        """Title and text of any document of the corpus."""
        document = self.indexed[number]
        return f"{document.title}\n{document.text}"

    def _read(self, number: int, document: IndexedDocument) -> SourceDocument:
        sentences = tuple(_sentences(self.reader, document))
        name = document_name(document.title, document.text)
        if name is not None and len(self.vocabulary.holding_all(name)) > max(_NAMED_IN_MOST, len(self.indexed) // 100):
            name = None  # what so many speak of is no name of one document
        found = definition(name, sentences) if name else None
        description, described_in = found if found is not None else (None, "")
        head = description.head if description is not None else None
        if head is None:
            person = any(sentence.startswith(("He ", "She ")) for sentence in sentences)
        else:
            person = is_person(head)
        kind = None if head is None or _NO_KIND.search(head) else head
        return SourceDocument(
            number, document.id, document.title, document.text, sentences, name, kind, description, described_in,
            person, tuple(statements(name, kind, sentences)), tuple(abbreviations(document.text)),
        )  # fmt: skip

    def _explained(self) -> Mapping[str, Mapping[str, Sequence[tuple[SourceDocument, Abbreviation]]]]:
        found: dict[str, dict[str, list[tuple[SourceDocument, Abbreviation]]]] = defaultdict(lambda: defaultdict(list))
        for document in self.documents:
            for one in document.abbreviations:
                long = " ".join(self.vocabulary.stems(one.long))
                found[one.short][long].append((document, one))
        return found


def is_person(noun: str) -> bool:
    """True for what a person is called by: "footballer", "novelist"."""
    return _PEOPLE.fullmatch(noun.lower()) is not None


def usual_abbreviations(material: Material) -> dict[str, str]:
    """Abbreviations that several documents explain, all in the same way: LLM, "large language model"."""
    found = {}
    for short, forms in material.explained.items():
        places = [place for same in forms.values() for place in same]
        if len(forms) == 1 and len({document.id for document, _ in places}) >= _EXPLAINED_BY:
            spelt = Counter(material.vocabulary.uncapitalised(one.long) for _, one in places)
            long = max(sorted(spelt), key=lambda text: (text.islower(), spelt[text]))
            found[short] = long[:-1] if long.endswith("s") and not long.endswith("ss") else long
    return found


def follows(wanted: Sequence[str], text: Sequence[str]) -> bool:
    """True where these stems stand in a text one after the other."""
    return f" {' '.join(wanted)} " in f" {' '.join(text)} "


def _sentences(reader: Reader, document: IndexedDocument) -> Iterator[str]:
    """The whole sentences of a document, each once, though its passages may overlap or cut one."""
    last = -1
    for passage in reader.passages(range(document.first, document.first + document.count)):
        spans, _ = reader.sentences(document.first + passage.ordinal)
        for start, end in spans:
            at = (passage.start or 0) + start
            text = " ".join(passage.text[start:end].split())
            if at > last and text.endswith((".", "!", "?", '."', ".”")):
                last = at
                yield text
