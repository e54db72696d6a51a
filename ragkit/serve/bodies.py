"""What requests may say. Keys that ragkit's own endpoints do not know are errors."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ragkit.types import Turn

MAX_QUESTION = 20_000
"""The most characters of a question."""


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "it is blank")
    return text


Text = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION), AfterValidator(_said)]


class Body(BaseModel):
    """A request's body. JSON can hold half a character, which no text can: it would fail wherever it is first sent."""

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, found: Any) -> Any:
        if not isinstance(found, dict):
            return found  # refused as no object
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = str(error.object)[error.start]
            raise PydanticCustomError(
                "half-character", "a text holds half of a character, {half}", {"half": f"\\u{ord(half):x}"}
            ) from error
        except RecursionError as error:
            raise PydanticCustomError("too-deep", "it is nested too deep") from error
        return found


class TurnBody(BaseModel):
    """One turn of the conversation before the question."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    text: str

    def turn(self) -> Turn:
        """The turn."""
        return Turn(self.role, self.text)


class RunBody(Body):
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


class InputsBody(BaseModel):
    """What OpenAI's API has no place for: values for the inputs that the pipeline declares."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = Field(default_factory=dict)


class ChatBody(Body):
    """A request for a chat completion; ``model`` is a pipeline's name. Other keys of OpenAI's API have no effect."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[MessageBody] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1
    ragkit: InputsBody = Field(default_factory=InputsBody)
