"""Why an LM did not answer, in one sentence, and what may help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dspy

from ragkit.errors import LMError, LMUnavailable
from ragkit.lm.retry import first_line

_SAID: tuple[tuple[type[Exception], str, str], ...] = (
    (dspy.LMRateLimitError, "refuses requests for now", "ask it less at a time: `concurrency` under `lms`"),
    (dspy.LMBillingError, "refuses for want of credit", "look into the account at the provider"),
    (
        dspy.LMAuthError,
        "refuses the key",
        "set the key in the environment; `api_key_env` under `lms` names the variable",
    ),
    (dspy.LMNotConfiguredError, "has no key", "set the provider's key in the environment"),
    (dspy.ContextWindowExceededError, "does not take a prompt of this length", "pass fewer passages, or other ones"),
    (dspy.LMUnsupportedModelError, "does not know the model", "look at the name under `lm`"),
    (dspy.LMTimeoutError, "did not answer in time", "raise `timeout` under `lms`"),
    (dspy.LMStreamAssemblyError, "broke off in the middle of its reply", "ask again; --no-stream asks for it in one"),
    (dspy.LMTransportError, "could not be reached, or broke off", "look whether the server runs, and at `api_base`"),
    (dspy.LMServerError, "failed", "ask again later; `fallback` under `lms` names another LM for such times"),
    (dspy.LMUnsupportedFeatureError, "cannot do what the step asks for", "choose another LM for this step"),
    (dspy.LMInvalidRequestError, "does not take the request", "look at the settings of the LM and of the step"),
    (dspy.LMProviderError, "sent what cannot be read", "look whether a proxy stands between, and at `api_base`"),
)
_OF_THE_QUESTION = ("ContextWindowExceededError", "LMUnsupportedFeatureError", "LMInvalidRequestError")
"""Failures that hang on what was asked; the others of the list are the server's."""
_TIMED_OUT = "timed out"
_NO_PROVIDER = "LLM Provider NOT provided"
_NO_REASON = "the server gives no reason that can be read"
_ELSEWHERE = (404, 405)
_ADDRESS = "look at `api_base`: of most servers it ends in /v1"
_ENDS: Mapping[str, tuple[str, str]] = {
    "length": ("was cut off: it reached the most tokens it may have", "raise `max_tokens` of the step or under `lms`"),
    "content_filter": ("was held back by the provider's filter", "ask otherwise, or another LM"),
    "tool_call": ("is a call of a tool, and none was offered", "choose another LM for this step"),
}
"""By the reason for which a reply ended: what that says of a reply without the fields, and what may help."""


def explained(error: Exception, where: str, failures: Sequence[Mapping[str, Any]]) -> LMError:
    """The error of a step whose LM did not answer.

    Args:
        error: The last failure, an error of DSPy.
        where: The model and its address.
        failures: Every failed attempt.
    """
    said = first_line(error)
    kind, (told, hint) = "", ("failed", "see the trace for what was sent")
    for of, what, help_ in _SAID:
        if isinstance(error, of):
            kind, (told, hint) = of.__name__, (what, help_)
            break
    if kind == "LMTransportError" and _TIMED_OUT in said:
        told, hint = "did not answer in time", "raise `timeout` under `lms`"
        said = said.partition(";")[0]  # the rest speaks of a setting that ragkit calls otherwise
    if _NO_PROVIDER in said:
        told, hint = "is of no provider that DSPy knows", "write `lm` as provider/model: openai/…, anthropic/…"
        said = "the word before the slash names none"
    said = said.partition(", or pass api_key=")[0]  # a way that files do not have
    status = getattr(error, "status", None)
    if not getattr(error, "message", said):  # DSPy reads no other form of error than that of OpenAI's API
        said, hint = _NO_REASON, _ADDRESS if status in _ELSEWHERE else hint
    if kind == "" and failures and isinstance(error.__cause__, (TypeError, ValueError)):
        kind, told, hint = "LMProviderError", *_SAID[-1][1:]
    if getattr(error, "feature", None) == "n":
        kind, told, hint = "LMProviderError", *_SAID[-1][1:]
        said = "more replies than the one that was asked for"
    code = f" ({status})" if status else ""
    seconds = sum(one["seconds"] + one.get("waited", 0.0) for one in failures)
    times = f", {len(failures)} times in {seconds:.1f} s" if len(failures) > 1 else ""
    servers = bool(kind) and (kind not in _OF_THE_QUESTION or status in _ELSEWHERE)
    cls = LMUnavailable if servers else LMError
    return cls(f"the LM {where} {told}{code}{times}: {said}", hint=hint)


def unreadable(error: Any, where: str, wanted: Sequence[str], last: Mapping[str, Any]) -> LMError:
    """The error of a step whose LM answered, but not with the fields that were asked for.

    Args:
        error: What the adapter said.
        where: The model and its address.
        wanted: The names of the fields.
        last: The request, as the trace has it.
    """
    written = str(last.get("reply") or "")
    reply = " ".join(written.split())
    fields = ", ".join(repr(name) for name in wanted)
    shown = reply if len(reply) <= 200 else f"{reply[:200]}…"
    if last.get("refusal"):
        return LMError(f"the LM {where} refuses to answer: {last['refusal']}", hint="ask otherwise, or another LM")
    end = str(last.get("finish_reason"))
    if end in _ENDS:
        told, hint = _ENDS[end]
        rest = f": {shown!r}" if reply else f", and {fields} was asked for"
        return LMError(f"the reply of the LM {where} {told}{rest}", hint=hint)
    if not reply:
        return LMError(f"the LM {where} gave an empty reply, and {fields} was asked for", hint="ask again")
    missing = [name for name in wanted if name not in (error.parsed_result or {}) and not _names(written, name)]
    what = (
        f"the reply of the LM {where} lacks {', '.join(map(repr, missing))}"
        if missing
        else (f"the reply of the LM {where} does not fit {fields}")
    )
    return LMError(f"{what}: {shown!r}", hint="choose a model that keeps to formats, or show it `demos`")


def _names(reply: str, field: str) -> bool:
    """Whether a reply has the field, in whatever form: then its value does not fit."""
    return f"[[ ## {field} ## ]]" in reply or f'"{field}":' in reply
