"""OpenAI's API, spoken by its own client."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import openai
import pytest

from .conftest import Script

Serving = Callable[..., httpx.Client]


@pytest.fixture
def client(serving: Serving) -> openai.OpenAI:
    address = serving(token="s3cret")
    return openai.OpenAI(base_url=f"{address.base_url}/v1", api_key="s3cret", max_retries=0)


def test_pipelines_are_the_models(client: openai.OpenAI) -> None:
    models = client.models.list().data
    assert [model.id for model in models] == ["asks", "more/chooses"]
    assert models[0].owned_by == "ragkit"
    assert client.models.retrieve("asks").model_extra["ragkit"] == {"description": "Answers by asking an LM."}


def test_a_completion_has_the_answer_and_the_rest_of_the_document(client: openai.OpenAI, script: Script) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is CRAG?"},
        {"role": "assistant", "content": "A method."},
        {"role": "user", "content": [{"type": "text", "text": "Whose?"}]},
    ]
    made = client.chat.completions.create(model="asks", messages=messages, temperature=0.5, user="me")
    assert made.choices[0].message.content == "In a plain tone: you asked Whose?"
    assert made.choices[0].finish_reason == "stop"
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens > 0
    more = made.model_extra["ragkit"]
    assert len(more["trace_id"]) == 32
    assert more["citations"] == []
    assert more["warnings"] == [
        "'temperature' has no effect: the pipeline's file says how its models are asked",
        "not read: 1 system message; pipelines have none",
    ]
    assert "user: What is CRAG?\nassistant: A method." in script.asked[0].field("history")


def test_a_stream_gives_pieces_then_the_rest_and_the_usage(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "Why is it so?"}]
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model="asks", messages=messages, stream=True, stream_options=options))
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(pieces) > 1
    assert "".join(pieces) == "In a plain tone: you asked Why is it so?"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert len(chunks[-2].model_extra["ragkit"]["trace_id"]) == 32
    assert chunks[-1].usage.total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_pipeline_without_an_answer_says_its_passages(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(model="more/chooses", messages=[{"role": "user", "content": "Why?"}])
    assert made.choices[0].message.content == ""
    assert made.usage.total_tokens == 0


def test_inputs_of_a_pipeline_stand_where_openai_has_no_place(client: openai.OpenAI, script: Script) -> None:
    def ask(more: object) -> openai.types.chat.ChatCompletion:
        messages = [{"role": "user", "content": "Why?"}]
        return client.chat.completions.create(model="asks", messages=messages, extra_body={"ragkit": more})

    assert ask({"inputs": {"tone": "warm"}}).choices[0].message.content == "In a warm tone: you asked Why?"
    with pytest.raises(openai.BadRequestError, match="the input tone is 5"):
        ask({"inputs": {"tone": 5}})
    with pytest.raises(openai.UnprocessableEntityError, match=r"ragkit\.input: Extra inputs"):
        ask({"input": {"tone": "warm"}})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"response_format": {"type": "json_object"}}, "'response_format' asks for 'json_object'"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}, "asks for 'json_schema'"),
        ({"tool_choice": "required", "tools": []}, "'tool_choice' asks for a call of a tool"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}, "tools": []}, "asks for a call of a tool"),
        ({"function_call": {"name": "f"}, "functions": []}, "'function_call' asks for a call"),
    ],
)
def test_what_plain_text_cannot_be_is_refused(client: openai.OpenAI, settings: dict, told: str) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match=told):
            client.chat.completions.create(
                model="asks", messages=[{"role": "user", "content": "Why?"}], stream=stream, **settings
            )


def test_what_asks_for_nothing_is_no_warning_and_what_is_not_read_is_one(client: openai.OpenAI, script: Script) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    made = client.chat.completions.create(
        model="asks", response_format={"type": "text"}, tool_choice="auto", tools=[], stop=["x"], max_tokens=5,
        messages=[
            {"role": "system", "content": "Be nice."},
            {"role": "user", "content": [{"type": "text", "text": "Who"}, {"type": "text", "text": "is it?"}]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "42"},
            {"role": "assistant", "content": "Me."},
            {"role": "user", "content": "Why?"},
        ],
    )  # fmt: skip
    assert sorted(one.split(":")[0] for one in made.ragkit["warnings"]) == [
        "'max_tokens' has no effect", "'stop' has no effect", "'tools' has no effect", "not read", "not read",
    ]  # fmt: skip
    assert script.asked[-1].field("history") == "user: Who is it?\nassistant: Me."


def test_errors_are_those_of_the_clients_own_kinds(client: openai.OpenAI) -> None:
    def ask(model: str = "asks", messages: object = ({"role": "user", "content": "Why?"},), **more: object) -> object:
        return client.chat.completions.create(model=model, messages=list(messages), **more)

    with pytest.raises(openai.NotFoundError, match="did you mean 'asks'"):
        ask("ask")
    with pytest.raises(openai.BadRequestError, match="the last message is the question"):
        ask(messages=[{"role": "assistant", "content": "Hello"}])
    with pytest.raises(openai.BadRequestError, match=r"messages\[0\] holds a part of type 'image_url'"):
        ask(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])
    with pytest.raises(openai.UnprocessableEntityError, match="n: Input should be 1"):
        ask(n=3)
    with pytest.raises(openai.UnprocessableEntityError, match="messages"):
        ask(messages=[])
    with pytest.raises(openai.InternalServerError, match="no such key") as failed:
        ask(messages=[{"role": "user", "content": "please fail"}])
    assert failed.value.body["step"] == "answer"
    with pytest.raises(openai.APIError, match="no such key"):
        list(ask(messages=[{"role": "user", "content": "please fail"}], stream=True))
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="other").models.list()
