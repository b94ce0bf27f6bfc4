"""A deployment whose processes are on machines of their own: network namespaces, any of which can be cut off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.crash.deployment import Deployment

MACHINES = ("database", "redis", "zendesk", "web", "clock", "sender1", "sender2")
RUNS_ON = {"sandbox.zendesk": "zendesk", "web": "web", "clock": "clock"}  # a word of the command: the machine


class Network:
    """One bridge; we sit at its first address. Names and addresses carry our pid: several may exist side by side."""

    def __init__(self) -> None:
        self._tag, self._net = f"c{os.getpid()}", f"10.{77 + os.getpid() // 250 % 150}.{os.getpid() % 250}"

    def address(self, machine: str) -> str:
        return f"{self._net}.{MACHINES.index(machine) + 2}"

    def on(self, machine: str) -> list[str]:
        """What goes before a command that is to run there."""
        return ["ip", "netns", "exec", f"{self._tag}-{machine}"]

    def build(self) -> None:
        """Raises CalledProcessError where this machine does not let us."""
        ip("link", "add", self._tag, "type", "bridge")
        ip("address", "add", f"{self._net}.1/24", "dev", self._tag)
        ip("link", "set", self._tag, "up")
        for machine in MACHINES:
            space, cable = f"{self._tag}-{machine}", self._cable(machine)
            ip("netns", "add", space)
            ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", cable, "master", self._tag, "up")
            ip("-n", space, "address", "add", f"{self.address(machine)}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
            ip("-n", space, "link", "set", "lo", "up")

    def cut(self, machine: str) -> None:
        """Nothing gets in or out, and nobody is told: packets are lost, connections stay open."""
        ip("link", "set", self._cable(machine), "down")

    def heal(self, machine: str) -> None:
        ip("link", "set", self._cable(machine), "up")

    def take_down(self) -> None:
        for machine in MACHINES:
            subprocess.run(["ip", "netns", "delete", f"{self._tag}-{machine}"], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", self._tag], check=False, capture_output=True)

    def _cable(self, machine: str) -> str:
        return f"{self._tag}-{MACHINES.index(machine)}"


class Apart(Deployment):
    """Everybody finds everybody at a loopback address, behind which a wire leads to the machine where it runs."""

    def __init__(self, home: Path, ports: tuple[int, int], network: Network, urls: dict[str, str]) -> None:
        super().__init__(home, ports, urls["redis"])
        self.network = network
        self.env["DATABASE_URL"] = urls["database"]
        own = {"web": ports[0], "zendesk": ports[1]}
        self._ports = {name: urlsplit(url).port for name, url in urls.items()} | own

    def wire(self) -> None:
        """From each machine and from here to each server."""
        for machine in (*MACHINES, None):
            roads = [self._road(machine, server) for server in self._ports]
            where = self.network.on(machine) if machine else []
            self.child([*where, sys.executable, "-m", "tests.crash.wire", *roads])

    def _road(self, machine: str | None, server: str) -> str:
        port, address = self._ports[server], self.network.address(server)
        ends = (f"{address}:{port}", f"127.0.0.1:{port}")
        return "=".join(ends if machine == server else reversed(ends))

    def child(self, command: list[str], **more: str) -> subprocess.Popen[bytes]:
        """On the machine that is meant for it."""
        machine = next((machine for word, machine in RUNS_ON.items() if word in command), None)
        return super().child([*(self.network.on(machine) if machine else []), *command], **more)

    def sender(self, machine: str) -> None:
        """One sender there, started again whenever it ends."""
        self.child([*self.network.on(machine), sys.executable, "-m", "tests.crash.supervised", "1"])

    def command_on(self, machine: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`countersign` on that machine's command line."""
        command = [*self.network.on(machine), sys.executable, "-m", "app", *words]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, timeout=180)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def served(network: Network, machine: str, kind: str) -> Iterator[str]:
    """That server's address there."""
    command = [*network.on(machine), sys.executable, "-m", "tests.crash.served", kind]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait(30)
        child.stdout.close()


@contextmanager
def apart(home: Path, free_port: Callable[[], int]) -> Iterator[Apart]:
    """Seven machines, everything running. Raises CalledProcessError where no namespaces can be made."""
    network = Network()
    with ExitStack() as stack:
        stack.callback(network.take_down)
        network.build()
        urls = {
            "database": stack.enter_context(served(network, "database", "postgres")),
            "redis": stack.enter_context(served(network, "redis", "redis")),
        }
        made = Apart(home, (free_port(), free_port()), network, urls)
        stack.callback(made.stop)
        made.wire()
        made.start()
        for machine in ("sender1", "sender2"):
            made.sender(machine)
        yield made
        for engine in (made.desk.deps.engine, made.desk.deps.readers):
            engine.dispose()
