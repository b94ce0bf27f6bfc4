"""Fetching: one GET to an address that two people and the operator allowed; no redirect, no surprise behind the name."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import SplitResult, quote, urlsplit

from app.governance.foreign import from_json

LARGEST = 64 * 1024  # bytes of an answer
SECONDS = 3.0  # for all of it, once its name is known

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Unfetched(Exception):
    """No usable answer; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who may be asked: exact hosts with the token each wants, and the networks inside which they may be."""

    hosts: Mapping[str, str] = field(default_factory=dict, repr=False)
    networks: tuple[_Network, ...] = ()
    context: ssl.SSLContext | None = None

    @classmethod
    def of(cls, text: str) -> Allowed:
        """Entries between commas or line ends: `host`, `host:port`, either with a token behind it, or a private network.

        Raises ValueError.
        """
        hosts, networks = dict[str, str](), list[_Network]()
        for entry in filter(None, (part.strip() for part in text.replace("\n", ",").split(","))):
            name, _, token = entry.partition(" ")
            try:
                networks.append(ipaddress.ip_network(name))
            except ValueError:
                if "/" in name or "@" in name or "*" in name:
                    raise ValueError(f"{name} is neither a host nor a network") from None
                hosts[name.lower()] = token.strip()
        return cls(hosts, tuple(networks))

    def may_reach(self, address: str) -> bool:
        """The open internet, or a network that the operator named. What wraps another address is neither."""
        found = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(found, ipaddress.IPv6Address):
            if found.sixtofour or found.teredo or found in _NAT64:
                return False
            found = found.ipv4_mapped or found
        return (found.is_global and not found.is_multicast) or any(found in network for network in self.networks)


def fetched(template: str, values: Mapping[str, str], allowed: Allowed) -> dict[str, Any]:
    """The JSON object at that address, the values put in quoted; empty where it has none. Raises Unfetched."""
    address = template
    for name, value in values.items():
        address = address.replace(f"{{{name}}}", quote(value, safe=""))
    place = urlsplit(address)
    if place.scheme != "https" or place.netloc.lower() not in allowed.hosts:
        raise Unfetched("that host is not on the allow-list of this deployment")
    try:
        line = _Pinned(place.hostname or "", _resolved(place, allowed), allowed.context or ssl.create_default_context())
        with line:
            return _object(line.asked(f"{place.path}?{place.query}".rstrip("?"), allowed.hosts[place.netloc.lower()]))
    except TimeoutError as error:
        raise Unfetched("no answer in time") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unfetched(f"it cannot be reached ({type(error).__name__})") from error


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked, whatever its name says a moment later; cut when its time is over."""

    def __init__(self, host: str, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(host, address[1], timeout=SECONDS, context=context)
        self._address, self._tls = address, context
        self._is_over = threading.Event()
        self._watch = threading.Timer(SECONDS, self._cut)

    def __enter__(self) -> Self:
        """From here on time runs."""
        self._watch.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._watch.cancel()
        self._watch.join()
        self.close()
        if self._is_over.is_set() and isinstance(error, (OSError, http.client.HTTPException, Unfetched)):
            raise TimeoutError from error

    def _cut(self) -> None:
        """One who sends a byte now and then would else keep us for ever. The system's own call: TLS may be half done."""
        self._is_over.set()
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def connect(self) -> None:
        """TLS proves the name, not the address."""
        self.sock = socket.create_connection(self._address, SECONDS)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def asked(self, path: str, token: str) -> bytes:
        """The body; nothing of it where there is no such record."""
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self.request("GET", path, headers=headers)
        answer = self.getresponse()
        if answer.status == http.client.NOT_FOUND:
            return b"{}"
        if answer.status != http.client.OK:
            raise Unfetched(f"it answered {answer.status}")
        found = answer.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise Unfetched("its answer is too large")
        return found


def _resolved(place: SplitResult, allowed: Allowed) -> tuple[str, int]:
    """Every address behind the name must be one that we may reach, else none of them is used."""
    port = place.port or http.client.HTTPS_PORT
    found = socket.getaddrinfo(place.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(map(allowed.may_reach, addresses)):
        raise Unfetched("that name leads to a private address")
    return addresses[0], port


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = from_json(raw)
    except ValueError as error:
        raise Unfetched("its answer is no JSON") from error
    if not isinstance(value, dict):
        raise Unfetched("its answer is no single record")
    return value
