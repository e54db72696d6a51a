"""What a corpus file writes under ``encoder``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_MODEL = "all-MiniLM-L6-v2"


class Prompts(BaseModel):
    """Text put before what is encoded. Left out, the model's own prompts are used (an empty string is no prompt)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    query: str | None = Field(default=None, description="put before a question; left out: the model's own query prompt")
    passage: str | None = Field(
        default=None, description="put before a passage; left out: the model's own passage prompt"
    )


class EncoderConfig(BaseModel):
    """The encoder of a corpus: any sentence-transformers model, by name or folder.

    Vectors are always normalised, so a dot product is the cosine. ``dimensions`` keeps the first so many numbers of
    each vector and normalises again (for models trained that way, Matryoshka representations, arXiv 2205.13147).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: str = Field(
        default=DEFAULT_MODEL,
        min_length=1,
        description="a sentence-transformers model name, or a folder relative to the corpus file",
    )
    dimensions: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="keep the first so many dimensions; left out: all"
    )
    prompts: Prompts = Field(default_factory=Prompts, description="text put before questions and passages")
    batch_size: int = Field(
        default=32, ge=1, le=4096, description="how many texts are encoded at once when an index is built"
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="where an index is built: auto, cpu, cuda, cuda:1, mps; questions run on the CPU",
    )
    max_tokens: Annotated[int, Field(ge=8)] | None = Field(
        default=None,
        description="the longest input in tokens; left out: the model's own limit, which it may not exceed",
    )
