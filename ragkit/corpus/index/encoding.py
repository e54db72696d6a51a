"""The encoding of a build: what has no vector yet, long texts first, each batch written down before the next."""

from __future__ import annotations

from collections.abc import Mapping

from ragkit.corpus.encoder.encoder import Encoder
from ragkit.corpus.index.journal import Journal
from ragkit.corpus.progress import StageClock


def encode_missing(texts: Mapping[bytes, str], journal: Journal, encoder: Encoder, clock: StageClock) -> int:
    """Encodes the texts that the journal has no vector of; returns how many those were.

    Texts of like length go together, so that little is padded; the longest go first, so that a batch that is too big
    for the memory fails at once and not at the end.
    """
    known = journal.known(list(texts))
    missing = sorted((key for key in texts if key not in known), key=lambda key: (-len(texts[key]), key))
    if not missing:
        return 0
    clock.begin("preparing", message=f"loading the encoder {encoder.name}")
    encoder.torch  # noqa: B018 - loaded here, so that its seconds are not counted as encoding
    clock.begin("encoding", len(missing), "texts")
    work = sum(len(texts[key]) for key in missing)
    finished = 0
    size = encoder.config.batch_size
    for start in range(0, len(missing), size):
        batch = missing[start : start + size]
        journal.add(batch, encoder.encode_passages([texts[key] for key in batch]))
        finished += sum(len(texts[key]) for key in batch)
        clock.step(start + len(batch), len(missing), "texts", share=finished / work)
    return len(missing)
