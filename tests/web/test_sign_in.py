"""Sign-in at a host: only the browser that began it can finish it, once, and it leads nowhere but to pages of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from app import first_admin
from app.host import HostError
from app.review import Refused
from app.store import sessions, staff
from app.store.tables import audit
from tests.fakes import ANA, CASEY, ROSA, FakeSignIn
from tests.web.stage import BEN, Stage

AT = {"Sec-Fetch-Site": "cross-site"}  # the way back from Zendesk comes from another site


@dataclass
class Visitor:
    """A browser before the real sign-in page."""

    client: Any
    zendesk: FakeSignIn

    def begins(self, wanted: str = "") -> str:
        """Press the button; the state that Zendesk is told."""
        answer = self.client.get("/sign-in/zendesk", query_string={"next": wanted})
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer.location).query)["state"][0]

    def returns(self, state: str, code: str = "good", **more: str) -> Any:
        asked = {"state": state, "code": code, **more}
        return self.client.get("/sign-in/zendesk/callback", query_string=asked, headers=AT)

    def signs_in(self, wanted: str = "") -> Any:
        return self.returns(self.begins(wanted))


@pytest.fixture
def real(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Stage]:
    """No sandbox: nobody can pick a person."""
    stage = Stage.build(tmp_path, sqlite_database, clock, sandbox=False)
    stage.deps = replace(stage.deps, sign_ins={"zendesk": FakeSignIn()})
    yield stage
    stage.close()


@pytest.fixture
def app(real: Stage) -> Any:
    return real.app()


@pytest.fixture
def zendesk(real: Stage) -> FakeSignIn:
    found = real.deps.sign_ins["zendesk"]
    assert isinstance(found, FakeSignIn)
    return found


@pytest.fixture
def visitor(app: Any, zendesk: FakeSignIn) -> Visitor:
    return Visitor(app.test_client(), zendesk)


def log(stage: Stage) -> list[str]:
    with stage.deps.readers.connect() as tx:
        rows = tx.execute(sa.select(audit.c.action).order_by(audit.c.seq))
        return [row.action for row in rows if row.action.startswith(("session", "role.", "staff."))]


def says(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition('class="toast"')[0]).split())


def test_an_agent_signs_in_and_is_where_they_wanted_to_be(real, visitor):
    answer = visitor.signs_in("/escalations")
    assert (answer.status_code, answer.location) == (302, "/escalations")
    assert "Rosa Romano" in visitor.client.get("/escalations").text
    assert log(real) == ["session.opened"]


def test_zendesk_is_asked_with_a_challenge_and_our_own_address(real, visitor, zendesk):
    visitor.begins()
    assert zendesk.asked["back"] == "http://localhost:8000/sign-in/zendesk/callback"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", zendesk.asked["challenge"])


def test_the_sign_in_page_leads_there_by_a_link(visitor):
    page = visitor.client.get("/sign-in?next=/escalations").text
    assert 'href="/sign-in/zendesk?next=/escalations"' in page
    assert "Sign in with Zendesk" in page


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://evil.example/escalations", "//evil.example/escalations"),
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example"),
        *("http:evil.example", "javascript:alert(1)", "/%2f%2fevil.example", "/sign-out", "/api/v1/queue", "/nowhere"),
    ],
)
@pytest.mark.threat("login-csrf")
def test_signing_in_leads_to_no_other_place(visitor, elsewhere):
    assert visitor.signs_in(elsewhere).location == "/"


@pytest.mark.threat("login-csrf")
def test_a_sign_in_that_another_browser_began_is_refused(app, visitor):
    """Else somebody signs a victim in as themselves and reads what the victim does."""
    victim = Visitor(app.test_client(), visitor.zendesk)
    answer = victim.returns(visitor.begins())
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "not started in this browser" in says(answer)
    assert 'href="/sign-in"' in answer.text
    assert victim.client.get("/api/v1/queue").status_code == 401


@pytest.mark.threat("login-csrf")
def test_a_state_is_good_once(visitor):
    state = visitor.begins()
    assert visitor.returns("guessed").status_code == 403
    assert visitor.returns(state).status_code == 403


def test_a_code_is_good_once(app, visitor):
    visitor.signs_in()
    other = Visitor(app.test_client(), visitor.zendesk)
    assert other.signs_in().status_code == 403


def test_a_sign_in_that_took_too_long_is_begun_again(clock, visitor):
    state = visitor.begins()
    clock.tick(601)
    answer = visitor.returns(state)
    assert (answer.status_code, "ten minutes" in says(answer)) == (403, True)


def test_whoever_says_no_at_zendesk_is_told_so(visitor):
    answer = visitor.returns(visitor.begins(), error="access_denied")
    assert (answer.status_code, "did not allow it" in says(answer)) == (403, True)


def test_a_customer_of_the_account_is_nobody_here(visitor, zendesk):
    zendesk.person = CASEY.id
    answer = visitor.signs_in()
    assert (answer.status_code, "agent of this account" in says(answer)) == (403, True)
    assert visitor.client.get("/api/v1/queue").status_code == 401


def test_a_zendesk_that_does_not_answer_is_said_in_words(visitor, zendesk):
    zendesk.trouble = HostError("Zendesk did not answer the sign-in")
    answer = visitor.signs_in()
    assert (answer.status_code, "did not answer" in says(answer)) == (503, True)


def test_an_unknown_host_signs_nobody_in(visitor):
    assert visitor.client.get("/sign-in/gmail").status_code == 404


def test_signing_in_begins_a_new_session(visitor):
    """A cookie that somebody planted before is worth nothing afterwards."""
    visitor.client.get("/sign-in/zendesk")
    with visitor.client.session_transaction() as before:
        before["form_token"] = "planted"
    visitor.signs_in()
    with visitor.client.session_transaction() as after:
        assert after["form_token"] != "planted"


def signed_in(visitor: Visitor) -> str:
    visitor.signs_in()
    with visitor.client.session_transaction() as session:
        return str(session["form_token"])


@pytest.mark.threat("token-stolen")
def test_signing_out_ends_the_session_and_every_copy_of_its_cookie(app, real, visitor):
    token = signed_in(visitor)
    cookie = visitor.client.get_cookie("countersign")
    assert visitor.client.post("/sign-out", data={"form_token": token}).location == "/sign-in"
    thief = app.test_client()
    thief.set_cookie("countersign", cookie.value)
    assert thief.get("/api/v1/queue").status_code == 401
    assert log(real) == ["session.opened", "session.ended"]


@pytest.mark.threat("token-stolen")
def test_a_session_that_nobody_uses_ends_after_an_hour(clock, visitor):
    signed_in(visitor)
    clock.tick(3600)
    assert visitor.client.get("/api/v1/queue").status_code == 401


def test_a_session_in_use_ends_after_eight_hours(clock, visitor):
    signed_in(visitor)
    for _ in range(47):
        clock.tick(600)
        assert visitor.client.get("/api/v1/queue").status_code == 200
    clock.tick(600)
    assert visitor.client.get("/api/v1/queue").status_code == 401


def test_a_removed_agent_is_out_of_every_browser_and_stays_out(clock, real, app, visitor):
    other = Visitor(app.test_client(), FakeSignIn())
    real.deps.sign_ins["zendesk"] = visitor.zendesk
    signed_in(visitor)
    visitor.zendesk.spent.clear()
    signed_in(other)
    real.host.people[ROSA.id] = replace(ROSA, role="customer")
    clock.tick(301)
    assert visitor.client.get("/api/v1/queue").status_code == 401
    assert other.client.get("/api/v1/queue").status_code == 401
    real.host.people[ROSA.id] = ROSA
    assert other.client.get("/api/v1/queue").status_code == 401
    assert log(real).count("staff.left") == 1
    visitor.zendesk.spent.clear()
    assert visitor.signs_in().location == "/"


@pytest.mark.threat("token-stolen")
def test_the_cookie_alone_says_nothing_of_the_person(visitor):
    signed_in(visitor)
    with visitor.client.session_transaction() as session:
        assert set(session) == {"_permanent", "key", "form_token"}


# --- the first admin ------------------------------------------------------------------------------------------------------
@pytest.fixture
def young(real: Stage) -> Stage:
    """Nobody is admin yet: only agents have been seen."""
    for person in (ANA, BEN):
        real.host.people[person.id] = replace(person, role="agent")
        with real.deps.engine.begin() as tx:
            staff.meet(tx, "zendesk", real.host.people[person.id], real.deps.clock.now())
    return real


def key_of(stage: Stage) -> str:
    link = first_admin.link(stage.deps)
    assert link
    return urlsplit(link).path + "?" + urlsplit(link).query


def test_the_link_makes_whoever_signs_in_with_it_admin(young, visitor):
    page = visitor.client.get(key_of(young))
    assert "You will be the first admin" in page.text
    visitor.client.get("/first-admin", query_string=urlsplit(key_of(young)).query)
    assert visitor.signs_in("/settings/people").location == "/settings/people"
    assert "Rosa Romano" in visitor.client.get("/settings/people").text
    assert log(young) == ["role.set", "session.opened"]


def test_the_link_works_once(app, young, visitor):
    link = key_of(young)
    other = Visitor(app.test_client(), visitor.zendesk)
    other.client.get(link)
    visitor.client.get(link)
    visitor.signs_in()
    visitor.zendesk.person, visitor.zendesk.spent = BEN.id, set()
    answer = other.signs_in()
    assert (answer.status_code, "was used" in says(answer)) == (422, True)
    again = other.client.get(link)
    assert (again.status_code, "ask them" in says(again)) == (422, True)
    assert young.member(BEN).role == "agent"


def test_a_used_link_stays_used_when_its_admin_is_gone(clock, young, visitor):
    link = key_of(young)
    visitor.client.get(link)
    visitor.signs_in()
    with young.deps.engine.begin() as tx:
        staff.leave(tx, "zendesk", ROSA.id, clock.now())
    assert first_admin.link(young.deps)
    assert visitor.client.get(link).status_code == 422
    with pytest.raises(Refused):
        first_admin.become(young.deps, link.partition("key=")[2], young.member(BEN))


def test_looking_at_the_link_does_not_use_it_up(young, visitor):
    link = key_of(young)
    for _ in range(3):
        assert visitor.client.get(link).status_code == 200
    assert visitor.signs_in().status_code == 302
    assert young.member(ROSA).role == "admin"


def test_the_link_ends_after_an_hour(clock, young, visitor):
    link = key_of(young)
    clock.tick(3600)
    answer = visitor.client.get(link)
    assert (answer.status_code, "too old" in says(answer)) == (422, True)


@pytest.mark.parametrize("key", ["", "x", "a.b.c"])
def test_a_made_up_link_is_refused(young, visitor, key):
    answer = visitor.client.get("/first-admin", query_string={"key": key})
    assert (answer.status_code, "countersign login --bootstrap" in says(answer)) == (422, True)


def test_there_is_no_link_where_somebody_is_admin_nor_in_a_sandbox(real, stage):
    assert first_admin.link(real.deps) is None
    assert first_admin.link(stage.deps) is None


def test_an_admin_of_zendesk_needs_no_link(young, visitor):
    visitor.client.get(key_of(young))
    young.host.people[ANA.id] = ANA
    visitor.zendesk.person = ANA.id
    assert visitor.signs_in().status_code == 302
    assert log(young) == ["session.opened"]


# --- the command line -----------------------------------------------------------------------------------------------------
@pytest.fixture
def asked(real: Stage) -> tuple[str, str]:
    """A command line waits: its secret and its code."""
    with real.deps.engine.begin() as tx:
        return sessions.ask(tx, "rosa on laptop", real.deps.clock.now())


def whose(stage: Stage, secret: str) -> str | None:
    with stage.deps.readers.connect() as tx:
        found = sessions.read(tx, secret, sessions.COMMAND_LINE, stage.deps.clock.now())
    return found.member.email if found else None


def test_a_command_line_acts_for_whoever_confirms_its_code(real, visitor, asked):
    secret, code = asked
    assert visitor.client.get(f"/command-line?code={code}").location == f"/sign-in?next=/command-line?code%3D{code}"
    token = signed_in(visitor)
    page = visitor.client.get(f"/command-line?code={code}").text
    assert (code in page, "rosa on laptop" in page) == (True, True)
    assert whose(real, secret) is None
    answer = visitor.client.post("/command-line", data={"code": code, "form_token": token})
    assert (answer.status_code, "Done" in answer.text) == (200, True)
    assert whose(real, secret) == ROSA.email


def test_after_signing_in_the_code_is_still_there(visitor, asked):
    assert visitor.signs_in(f"/command-line?code={asked[1]}").location == f"/command-line?code={asked[1]}"


@pytest.mark.threat("foreign-command-line")
def test_another_site_cannot_confirm_for_anybody(real, visitor, asked):
    token = signed_in(visitor)
    form = {"code": asked[1], "form_token": token}
    assert visitor.client.post("/command-line", data=form, headers=AT).status_code == 403
    assert visitor.client.post("/command-line", data={**form, "form_token": "guess"}).status_code == 403
    assert whose(real, asked[0]) is None


@pytest.mark.threat("foreign-command-line")
def test_a_code_waits_for_ten_minutes_and_is_confirmed_once(clock, real, visitor, asked):
    form = {"code": asked[1], "form_token": signed_in(visitor)}
    assert visitor.client.post("/command-line", data=form).status_code == 200
    answer = visitor.client.post("/command-line", data=form)
    assert (answer.status_code, "countersign login" in says(answer)) == (404, True)
    with real.deps.engine.begin() as tx:
        _, late = sessions.ask(tx, "late", clock.now())
    clock.tick(600)
    assert visitor.client.post("/command-line", data={**form, "code": late}).status_code == 404


def test_a_command_line_is_no_browser_and_a_browser_no_command_line(app, real, visitor, asked):
    token = signed_in(visitor)
    visitor.client.post("/command-line", data={"code": asked[1], "form_token": token})
    thief = app.test_client()
    with thief.session_transaction() as session:
        session["key"] = asked[0]
    assert thief.get("/api/v1/queue").status_code == 401
    with visitor.client.session_transaction() as session:
        assert whose(real, session["key"]) is None


def test_a_command_line_is_signed_out_after_eight_hours(clock, real, visitor, asked):
    visitor.client.post("/command-line", data={"code": asked[1], "form_token": signed_in(visitor)})
    clock.tick(8 * 3600 - 1)
    assert whose(real, asked[0]) == ROSA.email
    clock.tick(1)
    assert whose(real, asked[0]) is None
