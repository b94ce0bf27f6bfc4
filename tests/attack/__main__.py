"""`python -m tests.attack api [EXAMPLES]`: prints what was sent, what came back and every fault; ends with 1 if there is one."""

from __future__ import annotations

import sys
import threading
import time

import structlog

from tests.attack import api


def main(examples: int) -> int:
    errors: set[str] = set()
    structlog.configure(processors=[lambda _logger, _name, line: _noted(line, errors)])
    threading.excepthook = lambda _: None  # what a stop left running finds its deployment gone
    began = time.monotonic()
    tally = api.run(examples)
    told = ", ".join(f"{status}: {count}" for status, count in sorted(tally.statuses.items()))
    lines = [f"FAULT {fault}\n    {example}" for fault, example in sorted(tally.faults.items())]
    lines += [f"logged: {error}" for error in sorted(errors)]
    lines.append(
        f"{tally.cases} requests in {time.monotonic() - began:.0f} s ({told}); {len(tally.faults)} kinds of fault"
    )
    print("\n".join(lines), flush=True)  # noqa: T201 - a command speaks
    return 1 if tally.faults else 0


def _noted(line: dict[str, object], errors: set[str]) -> dict[str, object]:
    if line.get("event") == "web.error":
        errors.add(f"{line['kind']} at {line['where']}, route {line['route']}")
    raise structlog.DropEvent


sys.exit(main(int(sys.argv[2]) if len(sys.argv) > 2 else 25))
