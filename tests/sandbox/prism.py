"""Prism, the reference checker of API descriptions, as a proxy in front of the sandbox."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox import published
from tests.servers import wait_for_port

VERSION = "5.14.2"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "countersign" / f"prism-{VERSION}"
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host"}

REFUSED = re.compile(r": response: .*status code")  # the file describes success only


def program() -> Path:
    """Prism's own, installed once. Without npm this cannot be tried, and says so."""
    found = CACHE / "node_modules/.bin/prism"
    if found.exists():
        return found
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is missing: prism {VERSION} CANNOT BE INSTALLED, nothing judged the sandbox's answers")
    CACHE.mkdir(parents=True, exist_ok=True)
    wanted = f"@stoplight/prism-cli@{VERSION}"
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(CACHE), wanted]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return found


@contextmanager
def proxy(upstream: str, port: int, folder: Path) -> Iterator[str]:
    """`sl-violations` in the head of each answer tells what prism holds against it, and against its request."""
    file = folder / "support_api.json"
    file.write_text(json.dumps(published.document()))
    command = [str(program()), "proxy", "-h", "127.0.0.1", "-p", str(port), str(file), upstream]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@dataclass
class Judge:
    """Stands where the sandbox is expected: takes off `.json`, asks by way of prism, and writes down its complaints.

    What the file does not know goes straight to the sandbox.
    """

    sandbox: str
    prism: str
    url: str = ""
    judged: int = 0
    straight: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    refusals: int = 0

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        place, question, query = path.partition("?")
        plain = place.removesuffix(".json") + question + query
        known = published.operation_of(method, plain) is not None
        if not known:
            self.straight.add(f"{method} {place}")
        base = self.prism if known else self.sandbox
        answer = requests.request(method, base + plain, headers=headers, data=body, timeout=30, allow_redirects=False)
        if known:
            self._write_down(method, place.removesuffix(".json"), answer)
        return answer

    def _write_down(self, method: str, place: str, answer: requests.Response) -> None:
        if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
            raise requests.ConnectionError("prism had no answer from the sandbox")
        self.judged += 1
        for one in json.loads(answer.headers.get("sl-violations", "[]")):
            told = f"{method} {place}: {'.'.join(map(str, one['location']))}: {one['message']}"
            if answer.status_code >= 400 and REFUSED.search(told):
                self.refusals += 1
            else:
                self.violations.append(told)

    def report(self) -> str:
        lines = [
            f"prism {VERSION} judged {self.judged} exchanges: {len(self.violations)} violations",
            *sorted(set(self.violations)),
            f"refusals, which the file does not describe: {self.refusals}",
            f"not in the file, straight to the sandbox: {', '.join(sorted(self.straight)) or 'nothing'}",
        ]
        return "\n".join(["", *lines])


@contextmanager
def judging(sandbox: str, port: int, folder: Path) -> Iterator[Judge]:
    with proxy(sandbox, port, folder) as prism:
        judge = Judge(sandbox, prism)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(judge))
        judge.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield judge
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler_for(judge: Judge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            try:
                answer = judge.ask(self.command, self.path, headers, body)
            except requests.RequestException:
                self.close_connection = True  # as the sandbox did
                return
            content = answer.content
            for base in (judge.sandbox, judge.prism):  # links lead back here
                content = content.replace(base.encode(), judge.url.encode())
            self.send_response_only(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = _relay  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence."""

    return Handler
