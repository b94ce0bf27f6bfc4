"""The process types of the Procfile: web, worker and clock, each until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from gunicorn.app.base import BaseApplication

from app import (
    anchor,
    announcing,
    bringing,
    clearing,
    create_app,
    deliver,
    drills,
    escalating,
    freezing,
    guardrails,
    handled,
    log_lines,
    notices,
    polling,
    reconcile,
    retention,
    sweep,
    tallying,
    traces,
    watch,
    wiring,
)
from app.config import Settings
from app.deps import Deps
from app.doorbell import Doorbell
from app.store import engine, heartbeats
from app.store.keys import KeyLost

SWEEP_EVERY = timedelta(seconds=5)
TICK = 0.25


def _opened(settings: Settings) -> Deps:
    """A process that cannot open the database ends at once and says so, before it takes any work."""
    log_lines.mask_all()
    deps = wiring.deps(settings)
    try:
        deps.keys.check()
    except KeyLost as error:
        raise SystemExit(str(error)) from error
    return deps


class _Web(BaseApplication):
    def __init__(self, deps: Deps, port: int, threads: int) -> None:
        self.deps, self.port, self.threads = deps, port, threads
        super().__init__()

    def load_config(self) -> None:
        """gthread: a slow client or a slow host never blocks the others."""
        address = f"127.0.0.1:{self.port}" if self.deps.settings.sandbox else f"0.0.0.0:{self.port}"
        chosen: dict[str, Any] = {
            "bind": [address],
            "worker_class": "gthread",
            "threads": self.threads,
            "workers": 1,
            "loglevel": "warning",
            "graceful_timeout": 5,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The Flask application, made in the worker process."""
        traces.begin(self.deps.settings.traces, "web")
        return create_app(self.deps)


def web(settings: Settings, port: int, threads: int = 8) -> None:
    """Serve HTTP."""
    _Web(_opened(settings), port, threads).run()


def worker(settings: Settings, names: Sequence[str]) -> None:
    """Serve the named job queues, in that order. Models are loaded only where messages are prepared."""
    from app import jobs  # brings the AI stages along

    deps = _opened(settings)
    traces.begin(settings.traces, "worker")
    minds = wiring.minds(deps) if "handle" in names else None
    jobs.work(jobs.Workshop(deps, minds), names, settings.redis_url)


def one_row(settings: Settings, row_id: int) -> None:
    """One row through the door, and no more: the sender that a drill kills in the middle of it."""
    deliver.deliver(_opened(settings), row_id)


def clock(settings: Settings) -> None:
    """Ring what is due several times a second; sweep and poll at their intervals."""
    deps = _opened(settings)
    traces.begin(settings.traces, "clock")
    stop = _on_signal()
    ringer = sweep.Ringer(held=deps.ring.held) if isinstance(deps.ring, Doorbell) else sweep.Ringer()
    with ThreadPoolExecutor() as beside:
        due = _Intervals(deps, beside)
        while not stop.wait(TICK):
            ringer.ring(deps)
            due.run(deps)


def _on_signal() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop


class _Intervals:
    """What the clock does now and then, and when it did it last.

    What may take long goes on beside the rest: neither a host that answers late nor a long log keeps a stop from its
    CONFIRMED.
    """

    def __init__(self, deps: Deps, beside: ThreadPoolExecutor) -> None:
        self._tasks: list[tuple[timedelta, Callable[[Deps], object]]] = [
            (timedelta(seconds=1), _end_if_outdated),
            (SWEEP_EVERY, sweep.sweep),
            (timedelta(seconds=1), sweep.drain),
            (SWEEP_EVERY, _look_at_redis),
            (timedelta(seconds=15), _Beside(beside, escalating.look)),
            (SWEEP_EVERY, _Beside(beside, notices.tell)),
            (timedelta(minutes=1), freezing.keep_clean),
            (timedelta(minutes=1), drills.tidy),
            (
                timedelta(minutes=10),
                _Beside(beside, sweep.leave_unreviewed),
            ),  # it looks at the name of all there ever was
            (guardrails.EVERY, _Beside(beside, _Sparing(tallying.tally))),
            (timedelta(minutes=1), _Beside(beside, anchor.anchor)),
            (timedelta(minutes=10), _Beside(beside, anchor.verify_nightly)),
            (timedelta(minutes=1), _Beside(beside, _Hourly(retention.expire))),
            (timedelta(minutes=1), _Beside(beside, _Hourly(handled.tidy))),
            *(task for name in deps.hosts for task in _of_host(deps, name, beside)),
        ]
        self._last = [deps.clock.now() - every for every, _ in self._tasks]

    def run(self, deps: Deps) -> None:
        """What is due; a task that fails keeps no other waiting, and then ends the process for all to see."""
        now = deps.clock.now()
        due = [place for place, (every, _) in enumerate(self._tasks) if sweep.over(now - self._last[place], every)]
        for place in due:
            self._last[place] = now
        sweep.each(due, lambda place: self._tasks[place][1](deps))


def _of_host(deps: Deps, name: str, beside: ThreadPoolExecutor) -> Sequence[tuple[timedelta, Callable[[Deps], object]]]:
    return (
        (timedelta(seconds=deps.settings.poll_seconds), _Beside(beside, lambda deps: polling.poll(deps, name))),
        (timedelta(minutes=1), _Beside(beside, lambda deps: reconcile.reconcile(deps, name))),
        (bringing.EVERY, _Beside(beside, lambda deps: bringing.look(deps, name))),
        (announcing.EVERY, _Beside(beside, lambda deps: announcing.look(deps, name))),
        (watch.EVERY, _Beside(beside, lambda deps: watch.look(deps, name))),
        (clearing.EVERY, _Beside(beside, clearing.Clearing(name))),
    )


class _Beside:
    """A task in a thread of its own, never twice at once; what it raised is raised when it would come next."""

    def __init__(self, pool: ThreadPoolExecutor, task: Callable[[Deps], object]) -> None:
        self._pool, self._task = pool, task
        self._running: Future[object] | None = None

    def __call__(self, deps: Deps) -> None:
        if self._running is not None and not self._running.done():
            return
        before, self._running = self._running, self._pool.submit(self._task, deps)
        if before is not None:
            before.result()


class _Sparing:
    """A task that reads months of answers: it takes no more than a tenth of the time, so it comes less often as they grow."""

    def __init__(self, task: Callable[[Deps], object]) -> None:
        self._task, self._next = task, 0.0

    def __call__(self, deps: Deps) -> None:
        began = time.monotonic()
        if began < self._next:
            return
        try:
            self._task(deps)
        finally:
            self._next = began + 10 * (time.monotonic() - began)


class _Hourly:
    """A task that comes once an hour, and again at the next call as long as it says that there is more."""

    def __init__(self, task: Callable[[Deps], bool]) -> None:
        self._task, self._next = task, 0.0

    def __call__(self, deps: Deps) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + (0 if self._task(deps) else 3600)


def _end_if_outdated(deps: Deps) -> None:
    """Raises OtherRelease or KeyLost, which ends this process: the next one knows the new schema and the new key."""
    with deps.readers.begin() as tx:
        engine.of_this_release(tx)
    deps.keys.check()


def _look_at_redis(deps: Deps) -> None:
    away = isinstance(deps.ring, Doorbell) and not deps.ring.answers()
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, "redis", deps.clock.now(), "work waits until it is back" if away else None)
