"""`python -m sandbox.gmail --port N --home DIR --app-url URL`: run the sandbox until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.gmail.server import SEEDS, Options, Running


def main(arguments: list[str]) -> int:
    running = Running(parsed(arguments))
    running.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=running.stop).start())
    print(f"sandbox Gmail: {running.url}", flush=True)  # noqa: T201
    running.serve()
    return 0


def parsed(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m sandbox.gmail", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes any free one")
    parser.add_argument("--home", type=Path, required=True, help="where everything is kept")
    parser.add_argument("--app-url", required=True, help="Countersign's address: http://localhost:8000")
    parser.add_argument("--seeds", type=Path, default=SEEDS, help="a folder of .eml files")
    return Options(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
