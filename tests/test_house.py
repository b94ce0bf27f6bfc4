"""The tests' own ground: it is what it says it is."""

import socket
import urllib.request
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).with_name("conftest.py")


def test_a_test_that_looks_up_a_foreign_name_fails():
    with pytest.raises(RuntimeError, match="stay on this machine"):
        urllib.request.urlopen("https://example.com/")


def test_a_test_that_connects_to_a_foreign_address_fails():
    with socket.socket() as out, pytest.raises(RuntimeError, match="stay on this machine"):
        out.connect(("192.0.2.1", 80))


def test_a_datagram_to_a_foreign_address_fails():
    with socket.socket(type=socket.SOCK_DGRAM) as out, pytest.raises(RuntimeError, match="stay on this machine"):
        out.sendto(b"hello", ("192.0.2.1", 53))


def test_a_test_may_talk_to_its_own_machine():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_the_clock_moves_only_when_told(clock):
    before = clock.now()
    assert clock.now() == before
    assert (clock.tick(5) - before).total_seconds() == 5


def test_redis_answers(redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


def test_postgresql_answers(postgres_create):
    import sqlalchemy as sa

    engine = sa.create_engine(postgres_create())
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select 1")) == 1
    engine.dispose()


def test_chromium_is_there(chromium):
    assert chromium.endswith("chromium")


SKIPPING = """
import pytest

def test_one():
    pytest.skip("no browser here")

@pytest.mark.xfail(reason="known")
def test_two():
    raise AssertionError
"""


@pytest.mark.parametrize(("ci", "outcome"), [("true", {"failed": 1, "xfailed": 1}), ("", {"skipped": 1, "xfailed": 1})])
def test_under_ci_a_skipped_test_has_failed(pytester, monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile(SKIPPING)
    pytester.runpytest().assert_outcomes(**outcome)


def test_under_ci_a_module_that_skips_itself_has_failed(pytester, monkeypatch):
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile("import pytest\npytest.importorskip('no_such_module')\ndef test_one(): pass")
    assert pytester.runpytest().ret != pytest.ExitCode.OK
