"""Google's way of saying no."""

from __future__ import annotations

from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
_CHALLENGE = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'


class GoogleError(Exception):
    """A refusal, raised anywhere below a route."""

    def __init__(self, code: int, message: str, reason: str, domain: str = "global", **headers: str) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        detail = {"message": message, "domain": domain, "reason": reason}
        self.body: dict[str, Any] = {
            "error": {"code": code, "message": message, "errors": [detail], "status": _STATUS.get(code, "INTERNAL")}
        }


def invalid(message: str) -> GoogleError:
    return GoogleError(400, message, "invalidArgument")


def not_found() -> GoogleError:
    return GoogleError(404, "Requested entity was not found.", "notFound")


def login_required() -> GoogleError:
    return GoogleError(
        401, "Login Required.", "required", WWW_Authenticate='Bearer realm="https://accounts.google.com/"'
    )


def invalid_credentials() -> GoogleError:
    return GoogleError(401, "Invalid Credentials", "authError", WWW_Authenticate=_CHALLENGE)


def delegation_denied(email: str) -> GoogleError:
    return GoogleError(403, f"Delegation denied for {email}", "forbidden")


def insufficient_scopes() -> GoogleError:
    return GoogleError(403, "Request had insufficient authentication scopes.", "insufficientPermissions")


def too_fast() -> GoogleError:
    return GoogleError(403, "User-rate limit exceeded.", "userRateLimitExceeded", "usageLimits")


def sending_limit() -> GoogleError:
    return GoogleError(429, "User-rate limit exceeded (Mail sending)", "rateLimitExceeded", "usageLimits")


def unavailable() -> GoogleError:
    return GoogleError(503, "The service is currently unavailable.", "backendError")


def not_played(method: str) -> GoogleError:
    return GoogleError(501, f"the sandbox does not play {method}", "notImplemented")
