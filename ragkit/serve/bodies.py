"""What requests may say. Keys that ragkit's own endpoints do not know are errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ragkit.types import Turn

MAX_QUESTION = 20_000
"""The most characters of a question."""
Text = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]


class TurnBody(BaseModel):
    """One turn of the conversation before the question."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    text: str

    def turn(self) -> Turn:
        """The turn."""
        return Turn(self.role, self.text)


class RunBody(BaseModel):
    """A question to a pipeline; ``stream`` asks for server-sent events."""

    model_config = ConfigDict(extra="forbid")

    question: Text
    history: list[TurnBody] = Field(default_factory=list, max_length=1000)
    inputs: dict[str, Any] = Field(default_factory=dict)
    stream: bool = False


class PartBody(BaseModel):
    """A part of a message's content."""

    type: str
    text: str = ""


class MessageBody(BaseModel):
    """One message of a chat, as OpenAI's API has it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartBody] | None = None


class StreamOptions(BaseModel):
    """``include_usage`` asks for the usage in a last chunk."""

    include_usage: bool = False


class ChatBody(BaseModel):
    """A request for a chat completion; ``model`` is a pipeline's name. Other keys of OpenAI's API have no effect."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[MessageBody] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1
