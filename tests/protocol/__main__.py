"""`python -m tests.protocol [--quick]`: explore the sending protocol, whole and weakened; exit 1 unless all is as expected."""

from __future__ import annotations

import sys
import time

from tests.protocol.explore import Explorer, Found
from tests.protocol.model import Weakening
from tests.protocol.stories import FALLS, told


def main(arguments: list[str]) -> int:
    disturbances = 1 if "--quick" in arguments else 2
    say(f"whole protocol: 2 workers, a sweeper, 2 messages, 2 attempts each, {disturbances} kills or human edits")
    found, seconds = explored(None, disturbances)
    bad = len(found.stories) + len(found.dead_ends)
    say(
        f"  {found.states:,} states, {len(found.stories)} violations, {len(found.dead_ends)} dead ends; {seconds:.0f} s"
    )
    for line in told(found):
        say(line)
    unexpected = [weak for weak in FALLS if not weakened(weak)]
    say(f"{len(FALLS) - len(unexpected)} of {len(FALLS)} weakenings have their counterexamples")
    return 1 if bad or unexpected else 0


def weakened(weak: Weakening) -> bool:
    """Tell how it goes wrong. True: in all the ways that it should."""
    found, seconds = explored(weak, 1, FALLS[weak])
    say(f"\nweakened: {weak} (after {found.states:,} states, {seconds:.0f} s)")
    for line in told(found):
        say(line)
    return found.stories.keys() == FALLS[weak]


def explored(weak: Weakening | None, disturbances: int, until: set[int] | None = None) -> tuple[Found, float]:
    began = time.monotonic()
    return Explorer(weak, disturbances).explore(until=until or ()), time.monotonic() - began


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - a command speaks


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
