"""Zendesk's four ways of saying no."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal with its status, body and headers; raised anywhere below a route."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body.get('error', body)}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def unauthenticated() -> ApiError:
    return ApiError(401, {"error": "Couldn't authenticate you"})


def forbidden(message: str) -> ApiError:
    return ApiError(403, {"error": {"title": "Forbidden", "message": message}})


def missing_scopes(names: str) -> ApiError:
    text = f"You are missing the following required scopes: {names}"
    return ApiError(403, {"error": "Forbidden", "description": text})


def dead_token() -> ApiError:
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return ApiError(401, {"error": "invalid_token", "error_description": text})


def oauth_refusal(error: str, description: str, status: int = 400) -> ApiError:
    return ApiError(status, {"error": error, "error_description": description})


def record_not_found() -> ApiError:
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid_endpoint() -> ApiError:
    return ApiError(404, {"error": "InvalidEndpoint", "description": "Not found"})


def conflict() -> ApiError:
    text = "Safe Update prevented the update due to outdated ticket data."
    return ApiError(409, {"error": "UpdateConflict", "description": text})


def invalid(field: str, description: str, **more: object) -> ApiError:
    details = {field: [{"description": description, **more}]}
    return ApiError(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def too_many() -> ApiError:
    text = "Parameter  cannot specify more than 100 values"
    return ApiError(400, {"error": "TooManyValues", "description": text, "max_count": 100})


def bad_request(description: str) -> ApiError:
    return ApiError(400, {"error": "BadRequest", "description": description})


def rate_limited(seconds: int) -> ApiError:
    text = "Number of allowed API requests per minute exceeded"
    return ApiError(429, {"error": "APIRateLimitExceeded", "description": text}, {"Retry-After": str(seconds)})


def unavailable(seconds: int | None) -> ApiError:
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return ApiError(
        503, {"error": "ServiceUnavailable", "description": "The service is temporarily unavailable"}, headers
    )
