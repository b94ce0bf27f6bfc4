"""OAuth as the real one: consent, codes, rotation, expiry, revocation, scopes that are not what they seem."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.conftest import PARCEL, Client, Listener

SCOPE = "tickets:read tickets:write users:read"
CREDENTIALS = {"client_id": "countersign", "client_secret": "sandbox-client-secret"}


class Flow:
    """A person in front of the consent page, and the server behind the address they are sent to."""

    def __init__(self, zendesk: Client, app: Listener) -> None:
        self.zendesk = zendesk
        self.address = f"{app.url}/connected"

    def consent(self, decision: str = "allow", scope: str = SCOPE, **more: str) -> dict[str, str]:
        form = {"client_id": "countersign", "redirect_uri": self.address, "scope": scope, "state": "s1", **more}
        form |= {"decision": decision, "user_id": str(self.zendesk.staff("ana"))}
        url = f"{self.zendesk.url}/oauth/authorizations"
        answer = requests.post(url, data=form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith(f"{self.address}?")
        return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def token(self, grant: str, **more: Any) -> requests.Response:
        body = {"grant_type": grant, **CREDENTIALS, **more}
        return requests.post(f"{self.zendesk.url}/oauth/tokens", json=body, timeout=5)

    def by_code(self, **more: Any) -> Any:
        code = self.consent()["code"]
        answer = self.token("authorization_code", code=code, redirect_uri=self.address, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def flow(zendesk: Client, app: Listener) -> Flow:
    return Flow(zendesk, app)


def test_a_consent_becomes_a_token_that_acts_as_the_person(flow: Flow) -> None:
    told = flow.by_code()
    assert (told["token_type"], told["scope"], told["expires_in"]) == ("bearer", SCOPE, 1800)
    assert told["refresh_token_expires_in"] == 30 * 86400
    me = flow.zendesk.get("users/me.json", token=told["access_token"])["user"]
    assert me["email"] == "ana@acme.example"


def test_the_consent_page_names_the_client_and_lets_one_choose_who_one_is(flow: Flow) -> None:
    page = requests.get(
        f"{flow.zendesk.url}/oauth/authorizations/new",
        params={"response_type": "code", "client_id": "countersign", "redirect_uri": flow.address, "scope": SCOPE},
        timeout=5,
    )
    assert "Allow Countersign to use your account?" in page.text
    assert "Rosa Lind" in page.text
    assert f"form-action 'self' {flow.address.removesuffix('/connected')};" in page.headers["Content-Security-Policy"]


def test_the_state_comes_back_and_a_denial_says_so(flow: Flow) -> None:
    assert flow.consent()["state"] == "s1"
    denied = flow.consent("deny")
    assert (denied["error"], denied["state"]) == ("access_denied", "s1")
    assert "code" not in denied


def test_nobody_is_sent_to_an_address_that_the_client_never_named(flow: Flow) -> None:
    form = {"client_id": "countersign", "redirect_uri": "https://evil.example/", "decision": "allow", "user_id": "1"}
    answer = requests.post(f"{flow.zendesk.url}/oauth/authorizations", data=form, allow_redirects=False, timeout=5)
    assert answer.status_code == 400
    flow.zendesk.control("oauth/clients/countersign", {"redirect_uri": [f"{flow.address}/exactly"]}, "PUT")
    with pytest.raises(AssertionError, match="redirect_uri"):
        flow.consent()


def test_another_site_may_not_answer_the_consent_page(flow: Flow) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{flow.zendesk.url}/oauth/authorizations", headers=headers, timeout=5)
    assert answer.status_code == 403


def test_a_code_is_good_once_and_for_two_minutes(flow: Flow) -> None:
    code = flow.consent()["code"]
    asked = {"code": code, "redirect_uri": flow.address}
    assert flow.token("authorization_code", **asked).status_code == 200
    assert flow.token("authorization_code", **asked).json()["error"] == "invalid_grant"
    late = flow.consent()["code"]
    flow.zendesk.control("clock", {"ahead": 121})
    assert flow.token("authorization_code", code=late, redirect_uri=flow.address).status_code == 400


def test_a_code_needs_the_same_address_the_secret_and_the_proof(flow: Flow) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).decode().rstrip("=")
    code = flow.consent(code_challenge=challenge, code_challenge_method="S256")["code"]
    good = {"code": code, "redirect_uri": flow.address, "code_verifier": "verifier"}
    assert flow.token("authorization_code", **good, client_secret="wrong").status_code == 401
    for wrong in ({"redirect_uri": f"{flow.address}2"}, {"code_verifier": "other"}):
        assert flow.token("authorization_code", **{**good, **wrong}).json()["error"] == "invalid_grant"
    assert flow.token("authorization_code", **good).status_code == 200


def test_a_refresh_kills_the_old_pair_and_a_replay_kills_nothing_more(flow: Flow) -> None:
    first = flow.by_code()
    second = flow.token("refresh_token", refresh_token=first["refresh_token"]).json()
    old = flow.zendesk.call("GET", "/api/v2/users/me.json", token=first["access_token"])
    assert (old.status_code, old.json()["error"]) == (401, "invalid_token")
    replay = flow.token("refresh_token", refresh_token=first["refresh_token"])
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert flow.zendesk.get("users/me.json", token=second["access_token"])["user"]["email"] == "ana@acme.example"
    assert second["scope"] == SCOPE


def test_tokens_end_when_their_time_is_over(flow: Flow) -> None:
    told = flow.by_code(expires_in=300, refresh_token_expires_in=604_800)
    assert (told["expires_in"], told["refresh_token_expires_in"]) == (300, 604_800)
    assert flow.zendesk.control("oauth/expire", {"token": told["access_token"]}) == {"tokens": 1}
    assert flow.zendesk.call("GET", "/api/v2/tickets.json", token=told["access_token"]).status_code == 401
    again = flow.token("refresh_token", refresh_token=told["refresh_token"]).json()
    flow.zendesk.control("oauth/expire", {"refresh_too": True})
    assert flow.token("refresh_token", refresh_token=again["refresh_token"]).status_code == 400


@pytest.mark.parametrize("asked", [{"expires_in": 299}, {"expires_in": 172_801}, {"refresh_token_expires_in": 60}])
def test_a_life_outside_of_the_bounds_is_refused(flow: Flow, asked: dict[str, int]) -> None:
    code = flow.consent()["code"]
    answer = flow.token("authorization_code", code=code, redirect_uri=flow.address, **asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_client_credentials_are_the_integration_itself_and_local_only(flow: Flow) -> None:
    told = flow.token("client_credentials", scope=SCOPE).json()
    assert "refresh_token" not in told
    assert flow.zendesk.get("users/me.json", token=told["access_token"])["user"]["email"] == "bot@acme.example"
    refused = flow.token("client_credentials", scope=SCOPE, client_id="zdg-countersign")
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


def test_a_global_client_gets_its_tokens_by_consent(flow: Flow) -> None:
    code = flow.consent(client_id="zdg-countersign")["code"]
    asked = {"code": code, "redirect_uri": flow.address}
    assert flow.token("authorization_code", **asked).json()["error"] == "invalid_grant"
    assert flow.token("authorization_code", **asked, client_id="zdg-countersign").status_code == 200


def test_a_token_looks_at_itself_and_revokes_itself(flow: Flow) -> None:
    told = flow.by_code()
    mine = flow.zendesk.get("oauth/tokens/current.json", token=told["access_token"])["token"]
    assert (mine["token"], mine["scopes"]) == (told["access_token"][:10], SCOPE.split())
    gone = flow.zendesk.call("DELETE", "/api/v2/oauth/tokens/current.json", token=told["access_token"])
    assert gone.status_code == 204
    assert flow.zendesk.call("GET", "/api/v2/users/me.json", token=told["access_token"]).status_code == 401
    assert flow.token("refresh_token", refresh_token=told["refresh_token"]).status_code == 400


def test_an_admin_revokes_the_token_of_another(flow: Flow) -> None:
    told = flow.token("client_credentials", scope=SCOPE).json()
    tokens = flow.zendesk.get("oauth/tokens.json?all=true", token="sandbox-ben")["tokens"]
    path = f"/api/v2/oauth/tokens/{tokens[0]['id']}.json"
    assert flow.zendesk.call("DELETE", path, token="sandbox-rosa").status_code == 404
    assert flow.zendesk.call("DELETE", path, token="sandbox-ben").status_code == 204
    assert flow.zendesk.call("GET", "/api/v2/tickets.json", token=told["access_token"]).status_code == 401


def test_all_tokens_can_be_taken_away_at_once(flow: Flow) -> None:
    told = flow.by_code()
    flow.zendesk.control("oauth/revoke")
    assert flow.zendesk.control("oauth", method="GET")["tokens"] == []
    assert flow.token("refresh_token", refresh_token=told["refresh_token"]).status_code == 400


def test_scopes_open_their_own_doors_only(flow: Flow) -> None:
    token = flow.token("client_credentials", scope="tickets:read users:read").json()["access_token"]
    assert flow.zendesk.call("GET", f"/api/v2/tickets/{PARCEL}.json", token=token).status_code == 200
    refused = flow.zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}", {"ticket": {"status": "open"}}, token)
    assert (refused.status_code, refused.json()) == (
        403,
        {"error": "Forbidden", "description": "You are missing the following required scopes: tickets:write, write"},
    )
    groups = flow.zendesk.call("GET", "/api/v2/groups.json", token=token)
    assert groups.json()["description"].endswith("groups:read, read")


def test_a_scope_that_nobody_knows_makes_a_token_that_opens_nothing(flow: Flow) -> None:
    told = flow.token("client_credentials", scope="tickets:read countersign:all").json()
    assert told["scope"] == "tickets:read"
    assert flow.zendesk.call("GET", "/api/v2/tickets.json", token=told["access_token"]).status_code == 403


def test_a_scope_is_dropped_without_a_word(flow: Flow) -> None:
    flow.zendesk.control("settings", {"dropped_scopes": ["tickets:write"]}, "PUT")
    told = flow.token("client_credentials", scope=SCOPE).json()
    assert told["scope"] == "tickets:read users:read"
    assert flow.zendesk.call("GET", "/api/v2/tickets.json", token=told["access_token"]).status_code == 200
    body = {"ticket": {"comment": {"body": "hello", "public": True}}}
    refused = flow.zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}.json", body, told["access_token"])
    assert (refused.status_code, flow.zendesk.ledger()) == (403, [])


@pytest.mark.parametrize("scope", ["tickets:read webhooks:write", "read tickets:read"])
def test_a_scope_beyond_the_ceiling_or_mixed_is_refused(flow: Flow, scope: str) -> None:
    ceiling = ["tickets:read", "tickets:write", "read"]
    flow.zendesk.control("oauth/clients/countersign", {"scopes": ceiling}, "PUT")
    refused = flow.token("client_credentials", scope=scope)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_a_public_client_proves_itself_and_refreshes_without_a_secret(flow: Flow) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v").digest()).decode().rstrip("=")
    who = {"client_id": "countersign-public", "client_secret": None}
    code = flow.consent(client_id="countersign-public", code_challenge=challenge, code_challenge_method="S256")["code"]
    asked = {"code": code, "redirect_uri": flow.address, "code_verifier": "v"}
    told = flow.token("authorization_code", **asked, **who).json()
    assert flow.token("refresh_token", refresh_token=told["refresh_token"], **who).status_code == 200


def test_an_admin_registers_a_client_of_the_account(flow: Flow) -> None:
    wanted = {"client": {"name": "Other", "identifier": "other", "redirect_uri": [flow.address]}}
    path = "/api/v2/oauth/clients.json"
    assert flow.zendesk.call("POST", path, wanted, "sandbox-rosa").status_code == 403
    made = flow.zendesk.call("POST", path, wanted, "sandbox-ben").json()["client"]
    assert len(made["secret"]) == 64
    shown = flow.zendesk.get("oauth/clients.json", token="sandbox-ben")["clients"]
    assert [client["identifier"] for client in shown if client["secret"] == made["secret"]] == []
    plain = {"client": {"name": "x", "identifier": "x", "redirect_uri": ["http://example.com/"]}}
    assert flow.zendesk.call("POST", path, plain, "sandbox-ben").status_code == 422
