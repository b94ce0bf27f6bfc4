"""`python -m sandbox.zendesk --port N --home DIR --app-url URL`: run the sandbox until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.zendesk.server import SEEDS, Options, Running


def main(arguments: list[str]) -> int:
    options = parsed(arguments)
    running = Running(options)
    running.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=running.stop).start())
    print(f"sandbox Zendesk: {running.url}/agent", flush=True)  # noqa: T201
    running.serve()
    return 0


def parsed(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m sandbox.zendesk", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes any free one")
    parser.add_argument("--home", type=Path, required=True, help="where everything is kept")
    parser.add_argument(
        "--app-url", required=True, help="Countersign's address, on another site: http://localhost:8000"
    )
    parser.add_argument("--seeds", type=Path, default=SEEDS / "conversations.jsonl")
    parser.add_argument("--people", type=Path, default=SEEDS / "people.json")
    parser.add_argument("--webhook-secret-file", type=Path)
    parser.add_argument("--app-key-file", type=Path)
    parser.add_argument("--seed-seconds", type=float, default=0.3, help="between the announcements of two seeds")
    return Options(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
