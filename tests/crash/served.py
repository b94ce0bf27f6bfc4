"""`python -m tests.crash.served postgres|redis`: a private server in this network namespace, until its input ends."""

from __future__ import annotations

import sys

from tests import servers

if __name__ == "__main__":
    made = servers.postgres_server() if sys.argv[1] == "postgres" else servers.redis_server()
    with made as url:
        print(url, flush=True)  # noqa: T201 - whoever started us reads it
        sys.stdin.read()
