"""`python -m tests.crash.supervised N`: N senders under the supervisor of `countersign run`."""

from __future__ import annotations

import os
import sys

from app.supervise import Process, Supervisor
from tests.crash.deployment import SENDER

if __name__ == "__main__":
    processes = [Process(f"sender {number}", SENDER) for number in range(int(sys.argv[1]))]
    supervisor = Supervisor(processes, os.environ, lambda words: print(words, flush=True))  # noqa: T201
    supervisor.start_all()
    try:
        supervisor.watch()
    finally:
        supervisor.stop()
