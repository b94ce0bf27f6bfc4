"""The header `Idempotency-Key`, which counts for creating tickets and for nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from sandbox.zendesk.errors import ApiError
from sandbox.zendesk.state import Doc, Store, dump

SECONDS = 7200
LONGEST = 255


def once(store: Store, key: str | None, body: Doc, make: Callable[[], Doc]) -> tuple[Doc, str | None]:
    """The answer, and `miss` or `hit`. The same key with another body is refused; after two hours it is new again."""
    if key is None:
        return make(), None
    if len(key) > LONGEST:
        raise _refused("The idempotency key is too long")
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    with store.write():
        store.execute("DELETE FROM idempotency WHERE at <= ?", store.now() - SECONDS)
        kept = store.doc("SELECT doc FROM idempotency WHERE key=?", key)
        if kept is None:
            answer = make()
            kept_now = dump({"digest": digest, "answer": answer})
            store.execute("INSERT INTO idempotency VALUES (?, ?, ?)", key, store.now(), kept_now)
            return answer, "miss"
    if kept["digest"] != digest:
        raise _refused("Request parameters don't match the given idempotency key")
    return kept["answer"], "hit"


def _refused(description: str) -> ApiError:
    return ApiError(400, {"error": "IdempotentRequestError", "description": description})
