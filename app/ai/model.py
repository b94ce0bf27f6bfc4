"""The one call to a language model: budgeted, timed, masked, and never trusted."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ai.masks import FOR_NOBODY
from app.ai.redact import redacted, redactions

MOST_PROMPT = 24_000  # characters


class ModelFailed(Exception):
    """No usable answer; the text says why, for people."""


@dataclass(slots=True)
class Budget:
    """What one message may cost. Spent as it goes; nothing refills it."""

    calls: int = 2
    tokens: int = 8_000
    seconds: float = 30.0

    def refuse_if_spent(self) -> None:
        """Raises ModelFailed."""
        spent = [name for name in ("calls", "tokens", "seconds") if getattr(self, name) <= 0]
        if spent:
            raise ModelFailed(f"the budget for this message is spent: {', '.join(spent)}")


@dataclass(frozen=True, slots=True)
class Model:
    """A litellm model name with its fallbacks. `options` go to litellm as they are (api_base, api_key)."""

    name: str
    fallbacks: tuple[str, ...] = ()
    budget: Callable[[], Budget] = Budget
    timeout: float = 20.0
    options: Mapping[str, Any] = field(default_factory=dict)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)  # of the placeholders it is shown

    def ask(self, prompt: str, shape: Mapping[str, Any], budget: Budget) -> dict[str, Any]:
        """The answer as an object of that JSON Schema. Tries each model once. Raises ModelFailed."""
        reasons = []
        for name in (self.name, *self.fallbacks):
            budget.refuse_if_spent()
            try:
                return _shaped(self._answer(name, prompt, shape, budget), shape)
            except ModelFailed as failure:
                reasons.append(f"{name}: {failure}")
        raise ModelFailed("; ".join(reasons))

    def _answer(self, name: str, prompt: str, shape: Mapping[str, Any], budget: Budget) -> str:
        import litellm

        budget.calls -= 1
        started = time.monotonic()
        try:
            answer: Any = litellm.completion(
                model=name,
                messages=[{"role": "user", "content": masked(prompt)[:MOST_PROMPT]}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "strict": True, "schema": dict(shape)},
                },
                temperature=0,
                max_tokens=min(budget.tokens, 1_500),
                timeout=min(self.timeout, budget.seconds),
                num_retries=0,
                drop_params=True,
                **self.options,
            )
        except litellm.exceptions.Timeout as error:
            raise ModelFailed("no answer in time") from error
        except _failures(litellm) as error:
            raise ModelFailed(type(error).__name__) from error
        finally:
            budget.seconds -= time.monotonic() - started
        return _content(answer, budget)


def _failures(litellm: Any) -> tuple[type[Exception], ...]:
    """Every way in which litellm says that a call came to nothing; its error classes are OpenAI's or stand alone."""
    import httpx
    import openai

    return (openai.OpenAIError, litellm.exceptions.BudgetExceededError, httpx.HTTPError, ValueError)


def _content(answer: Any, budget: Budget) -> str:
    used = getattr(answer, "usage", None)
    budget.tokens -= int(getattr(used, "total_tokens", 0) or 0)
    choice = answer.choices[0] if answer.choices else None
    if choice is None or _refused(choice):
        raise ModelFailed("the model refused")
    if choice.finish_reason == "length":
        raise ModelFailed("the answer was cut off")
    if not isinstance(choice.message.content, str) or not choice.message.content.strip():
        raise ModelFailed("an empty answer")
    return choice.message.content


def _refused(choice: Any) -> bool:
    """Where litellm puts it: a refusal lies among the provider's own fields."""
    said = getattr(choice.message, "refusal", None) or (
        getattr(choice.message, "provider_specific_fields", None) or {}
    ).get("refusal")
    return bool(said) or choice.finish_reason == "content_filter"


def _shaped(content: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    """The object, if it is one and has what the shape requires."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        raise ModelFailed("malformed: no JSON") from error
    if problem := _misfit(value, shape, "answer"):
        raise ModelFailed(f"malformed: {problem}")
    found: dict[str, Any] = value
    return found


_KINDS: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}


def _misfit(value: Any, shape: Mapping[str, Any], place: str) -> str | None:
    """What does not fit, for the few words of JSON Schema that our shapes use."""
    kind: str = shape["type"]
    if type(value) is not _KINDS[kind]:
        return f"{place} is no {kind}"
    parts: Any = value
    if kind == "object" and set(parts) != set(shape["properties"]):
        return f"{place} has the wrong keys"
    inner: Iterable[tuple[str, Any, Mapping[str, Any]]] = (
        ((f"{place}[{at}]", item, shape["items"]) for at, item in enumerate(parts))
        if kind == "array"
        else ((f"{place}.{key}", parts[key], part) for key, part in shape.get("properties", {}).items())
    )
    return next(filter(None, (_misfit(item, part, where) for where, item, part in inner)), None)


def masked(text: str) -> str:
    """Cards, accounts, documents and passwords replaced by their kind: the last look at what leaves the machine."""
    return redacted(text, [span for span in redactions(text) if span.kind in FOR_NOBODY])
