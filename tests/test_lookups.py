"""Records: one that is theirs, read in time, from where two people and the operator allowed; anything else is no fact."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import fetching
from app.fetching import Allowed
from app.governance.lookups import Asker, LookUp, NoFact
from app.lookups import LookUps

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CASEY = Asker("Casey@customer.example", {"user.plan": "Plus"})
ORDERS = LookUp(
    origin="table", place="orders.csv", named=("order",), key="order", requester="email", holds=timedelta(hours=1)
)
TABLE = "order,email,status\n1001,casey@customer.example,Sent\n1002,other@customer.example,Packed\n"


class Shelf:
    """A folder of tables and a clock that a test moves."""

    def __init__(self, folder: Path, allowed: Allowed) -> None:
        self.folder, self.at = folder, NOW
        self.records = LookUps(folder, allowed, lambda: self.at)

    def write(self, text: str | bytes) -> None:
        (self.folder / "orders.csv").write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, key: str | None = "1001", look_up: LookUp = ORDERS, asker: Asker = CASEY) -> Any:
        return self.records.read(look_up, key, asker)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path, Allowed())
    made.write(TABLE)
    return made


# --- tables ------------------------------------------------------------------------------------------------------------
def test_the_row_of_that_number_and_customer_is_the_fact(shelf: Shelf) -> None:
    found = shelf.read()
    assert (found.facts["status"], found.read_at) == ("Sent", NOW)


@pytest.mark.parametrize("key", ["1002", "1003"])
@pytest.mark.threat("foreign-id")
def test_another_ones_order_and_none_at_all_read_the_same(shelf: Shelf, key: str) -> None:
    with pytest.raises(NoFact, match="no record of this customer has that number"):
        shelf.read(key)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (TABLE + "1001,casey@customer.example,Packed\n", "2 records"),
        ("order,mail,status\n1001,casey@customer.example,Sent\n", "no column email"),
        ("order,email,email\n1001,a,b\n", "names a column twice"),
        ("order,email,status\n1001,casey@customer.example\n", "record 2: another number of cells"),
        ("order,email,status\n1001,casey@customer.example,Sent,twice\n", "record 2: another number of cells"),
        (b"order,email,status\n1001,\xff,Sent\n", "cannot be read"),
        ('order,email,status\n1001,"casey', "cannot be read"),
        ("", "no record"),
    ],
)
def test_a_table_that_is_not_clear_gives_no_fact(shelf: Shelf, table: str | bytes, words: str) -> None:
    shelf.write(table)
    with pytest.raises(NoFact, match=words):
        shelf.read()


def test_a_table_that_is_not_there_gives_no_fact(shelf: Shelf) -> None:
    with pytest.raises(NoFact, match="cannot be read"):
        shelf.read(look_up=replace(ORDERS, place="away.csv"))


def test_an_answer_is_remembered_for_a_minute_and_not_longer(shelf: Shelf) -> None:
    shelf.read()
    shelf.write(TABLE.replace("Sent", "Delivered"))
    shelf.at += timedelta(seconds=59)
    assert (shelf.read().facts["status"], shelf.read().read_at) == ("Sent", NOW)
    shelf.at += timedelta(seconds=2)
    assert shelf.read().facts["status"] == "Delivered"


def test_what_is_remembered_is_told_to_nobody_else(shelf: Shelf) -> None:
    shelf.read()
    with pytest.raises(NoFact):
        shelf.read(asker=Asker("other@customer.example", {}))


def test_a_tickets_own_fields_need_no_table(shelf: Shelf) -> None:
    own = replace(ORDERS, origin="ticket", place="", key="", requester="")
    assert shelf.read(None, own).facts == {"user.plan": "Plus"}


# --- addresses ---------------------------------------------------------------------------------------------------------
@dataclass
class Desk:
    """What the endpoint answers, and what it was asked."""

    status: int
    body: bytes
    asked: list[tuple[str, str | None]]
    port: int
    context: ssl.SSLContext
    slow: threading.Event | None = None


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """For `localhost`, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
    )
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file, ssl.create_default_context(cafile=str(file))


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Desk]:
    file, trusting = certificate(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    made = Desk(
        200, json.dumps({"order": 1001, "email": "casey@customer.example", "status": "Sent"}).encode(), [], 0, trusting
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers.get("Authorization")))
            if made.slow is not None:
                made.slow.wait(30)
                return
            self.send_response(made.status)
            self.send_header("Location", "https://localhost/elsewhere")
            self.send_header("Content-Length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A caller that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = served.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    made.port = server.server_port
    yield made
    if made.slow is not None:
        made.slow.set()
    server.shutdown()
    serving.join()
    server.server_close()


def web(endpoint: Desk, path: str = "/orders/{key}") -> LookUp:
    return replace(ORDERS, origin="https", place=f"https://localhost:{endpoint.port}{path}")


def asking(endpoint: Desk, **changes: Any) -> Shelf:
    near = Allowed(
        {f"localhost:{endpoint.port}": "let-me-in"}, (ip_network("127.0.0.0/8"), ip_network("::1")), endpoint.context
    )
    return Shelf(Path("/nowhere"), replace(near, **changes))


def test_an_allowed_host_is_asked_with_its_token(endpoint: Desk) -> None:
    found = asking(endpoint).read(look_up=web(endpoint, "/orders/{key}?of={requester}"))
    assert found.facts["status"] == "Sent"
    assert endpoint.asked == [("/orders/1001?of=Casey%40customer.example", "Bearer let-me-in")]


@pytest.mark.parametrize("hosts", [{}, {"localhost": ""}, {"evil.example": ""}])
@pytest.mark.threat("ssrf")
def test_a_host_that_the_operator_did_not_name_is_not_asked(endpoint: Desk, hosts: dict[str, str]) -> None:
    with pytest.raises(NoFact, match="allow-list"):
        asking(endpoint, hosts=hosts).read(look_up=web(endpoint))
    assert endpoint.asked == []


@pytest.mark.threat("ssrf")
def test_a_name_that_leads_inside_is_not_followed(endpoint: Desk) -> None:
    with pytest.raises(NoFact, match="private address"):
        asking(endpoint, networks=()).read(look_up=web(endpoint))
    assert endpoint.asked == []


def test_a_certificate_that_nobody_vouches_for_is_no_answer(endpoint: Desk) -> None:
    with pytest.raises(NoFact, match="cannot be reached"):
        asking(endpoint, context=None).read(look_up=web(endpoint))
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (302, b"{}", "answered 302"),
        (500, b"{}", "answered 500"),
        (404, b"gone", "no record"),
        (200, b"<html>", "no JSON"),
        (200, b"[" * 60_000, "no JSON"),
        (200, b"[]", "no single record"),
        (200, b'{"email": "other@customer.example", "status": "Sent"}', "no record of this customer"),
        (200, b"x" * (fetching.LARGEST + 1), "too large"),
    ],
)
def test_an_answer_that_is_not_theirs_or_not_clear_is_no_fact(
    endpoint: Desk, status: int, body: bytes, words: str
) -> None:
    endpoint.status, endpoint.body = status, body
    with pytest.raises(NoFact, match=words):
        asking(endpoint).read(look_up=web(endpoint))
    assert len(endpoint.asked) == 1


def test_one_who_keeps_us_waiting_is_left(endpoint: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    endpoint.slow = threading.Event()
    with pytest.raises(NoFact, match="no answer in time"):
        asking(endpoint).read(look_up=web(endpoint))


def test_one_who_drips_is_cut_when_its_time_is_over(endpoint: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    stop = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def drip() -> None:
            line, _ = listening.accept()
            with line:
                while not stop.wait(0.05):  # the head of a handshake that never ends
                    try:
                        line.sendall(b"\x16")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip)
        dripping.start()
        endpoint.port = listening.getsockname()[1]
        try:
            with pytest.raises(NoFact, match=r"in time|cannot be reached"):
                asking(endpoint).read(look_up=web(endpoint))
        finally:
            stop.set()
            dripping.join()


def test_nobody_there_is_no_fact(endpoint: Desk) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        endpoint.port = free.getsockname()[1]
    with pytest.raises(NoFact, match="cannot be reached"):
        asking(endpoint).read(look_up=web(endpoint))


INSIDE = ["10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.0.1", "::1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1",
          "64:ff9b::a00:1", "2002:a00:1::1", "::", "224.0.0.1", "100.64.0.1"]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.threat("ssrf")
def test_an_address_inside_is_reached_only_where_the_operator_named_its_network(address: str) -> None:
    assert not Allowed().may_reach(address)


def test_the_internet_and_a_named_network_may_be_reached() -> None:
    assert Allowed().may_reach("93.184.216.34")
    assert Allowed.of("orders.acme.example abc, 10.1.0.0/16").may_reach("10.1.2.3")
    assert not Allowed.of("10.1.0.0/16").may_reach(str(ip_address("10.2.0.1")))


@pytest.mark.parametrize("entry", ["https://orders.acme.example", "*.acme.example", "user@acme.example"])
def test_an_entry_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host nor a network"):
        Allowed.of(entry)


def test_tokens_never_show_themselves() -> None:
    assert "let-me-in" not in repr(Allowed.of("orders.acme.example let-me-in"))
