"""Records: what is written is what is understood, by any number of threads from the first moment on."""

from __future__ import annotations

import subprocess
import sys

from app.governance.decision import Reason
from app.store.record import Page, Record, understood, written
from tests.builders import proposal

FIRST_USE_BY_EIGHT = """
import sys, threading
sys.setswitchinterval(1e-6)
from app.store.record import Page, Record, understood, written
from tests.builders import proposal
plain, start = written(Record(proposal(), Page("Casey", "url"))), threading.Barrier(8)
def read():
    start.wait()
    for _ in range(20):
        understood(plain)
threads = [threading.Thread(target=read) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_a_record_survives_being_written() -> None:
    record = Record(proposal(), Page("Casey", "url"), (Reason("unapproved", "waits for a person"),))
    assert understood(written(record)) == record


def test_threads_that_read_first_and_at_once_do_not_crash_the_process() -> None:
    """The sweeper settles side by side; it died of this (37 of 40 tries) while each call named its type."""
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", FIRST_USE_BY_EIGHT], check=False).returncode == 0
