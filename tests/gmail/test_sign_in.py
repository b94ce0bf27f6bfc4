"""Sign-in with Google: a verified address, and what we ourselves say of whoever has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app import first_admin, known, people
from app.host import HostError
from app.review import Actor, Refused
from app.store import staff
from integrations.gmail.oidc import GoogleTokens, Keys, Published
from integrations.gmail.sign_in import GoogleSignIn
from sandbox.gmail.signing import Signer
from tests.fakes import ANA, FakeHost
from tests.hosts.recorder import Answer, Recorder, recording
from tests.web.stage import Stage

CLIENT, BACK = "client.apps.example", "https://cs.example/sign-in/google/callback"
LEA = "lea@acme.example"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as made:
        yield made


@pytest.fixture
def google(recorder: Recorder, signer: Signer) -> GoogleSignIn:
    tokens = GoogleTokens(Keys(lambda: Published(signer.certs(), timedelta(days=1))))
    return GoogleSignIn((CLIENT, "s3cret"), "https://accounts.example/auth", f"{recorder.url}/token", tokens)


def test_google_says_which_address_it_is(google, recorder, signer):
    recorder.say(Answer(200, {"access_token": "a", "id_token": signer.token(CLIENT, "Lea@acme.example")}))
    assert google.who("c", "v", BACK) == LEA
    assert {"code=c", "code_verifier=v"} <= set(recorder.asked[0].raw.decode().split("&"))
    asked = parse_qs(urlsplit(google.address("s", "ch", BACK)).query)
    assert (asked["scope"], asked["state"], asked["code_challenge"]) == (["openid email"], ["s"], ["ch"])


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"email_verified": False}, {"iss": "https://evil.example"}])
def test_a_token_that_does_not_hold_lets_nobody_in(google, recorder, signer, claims):
    recorder.say(Answer(200, {"id_token": signer.token(claims.pop("aud", CLIENT), LEA, **claims)}))
    with pytest.raises(HostError) as found:
        google.who("c", "v", BACK)
    assert found.value.permanent


@pytest.mark.parametrize(
    "answer", [Answer(200, {}), Answer(200, {"id_token": 7}), Answer(400, {"error": "invalid_grant"})]
)
def test_no_token_is_no_sign_in(google, recorder, answer):
    recorder.say(answer)
    with pytest.raises(HostError) as found:
        google.who("c", "v", BACK)
    assert found.value.permanent


# --- whom we know --------------------------------------------------------------------------------------------------------
class Proven:
    """Google, where everybody proves the address they type."""

    title = "Google"

    def address(self, state: str, challenge: str, back: str) -> str:
        return f"https://accounts.example/?state={state}"

    def who(self, code: str, verifier: str, back: str) -> str:
        return code


@pytest.fixture
def stage(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Stage]:
    made = Stage.build(tmp_path, sqlite_database, clock, sandbox=False)
    hosts = {**made.deps.hosts, "gmail:support@acme.example": FakeHost("gmail:support@acme.example")}
    made.deps = replace(made.deps, sign_ins={staff.HERE: Proven()}, hosts=hosts)
    yield made
    made.close()


def signs_in(client: Any, address: str) -> Any:
    led_to = client.get("/sign-in/google").location
    state = parse_qs(urlsplit(led_to).query)["state"][0]
    return client.get("/sign-in/google/callback", query_string={"state": state, "code": address})


def admin(stage: Stage) -> Actor:
    with stage.deps.readers.begin() as tx:
        found = staff.by_email(tx, str(ANA.email))
    assert found is not None
    return Actor(found, "settings")


def test_whoever_an_admin_named_comes_in_and_goes_when_parted_with(stage):
    client = stage.app().test_client()
    assert signs_in(client, LEA).status_code == 403
    people.name(stage.deps, LEA, "Lea Lang", admin(stage))
    assert signs_in(client, LEA).status_code == 302
    assert "Lea Lang" in client.get("/").text
    people.part_with(stage.deps, LEA, admin(stage))
    assert client.get("/").status_code == 302
    assert signs_in(client, LEA).status_code == 403


def test_whom_zendesk_knows_is_the_same_person_and_zendesk_has_the_say(stage):
    member = known.ask(stage.deps, staff.HERE, str(ANA.email))
    assert member is not None
    assert (member.host, member.role) == ("zendesk", "admin")
    del stage.host.people[ANA.id]
    assert known.ask(stage.deps, staff.HERE, str(ANA.email)) is None
    with pytest.raises(Refused):
        people.name(stage.deps, str(ANA.email), "Ana", Actor(member, "settings"))


@pytest.mark.threat("shared-login")
def test_a_shared_mailbox_is_nobody(stage):
    box = "support@acme.example"
    with pytest.raises(Refused, match="nobody"):
        people.name(stage.deps, box, "", admin(stage))
    assert signs_in(stage.app().test_client(), box).status_code == 403


def test_the_first_admin_of_a_team_without_zendesk_comes_by_the_link(stage):
    with stage.deps.engine.begin() as tx:
        for member in staff.present(tx):
            staff.leave(tx, member.host, member.host_id, datetime.now(UTC))
    client, link = stage.app().test_client(), first_admin.link(stage.deps)
    assert link is not None
    client.get(link.removeprefix(stage.deps.settings.app_url))
    assert signs_in(client, LEA).status_code == 302
    with stage.deps.readers.begin() as tx:
        found = staff.by_email(tx, LEA)
    assert found is not None
    assert found.role == "admin"
    assert signs_in(stage.app().test_client(), "mallory@evil.example").status_code == 403


@pytest.mark.parametrize("address", ["lea", "lea@acme", "a b@acme.example", f"{'a' * 80}@acme.example"])
def test_what_is_no_address_is_not_named(stage, address):
    with pytest.raises(Refused, match="no address"):
        people.name(stage.deps, address, "", admin(stage))
