"""The two ways in that a person has: a browser on the standalone pages, and the iframe inside Zendesk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.host import Person
from tests.web.stage import Stage, signed_token


@dataclass
class Browser:
    """A person's browser on the standalone pages: cookie, form token, and the headers that a browser adds."""

    client: Any
    token: str

    @classmethod
    def of(cls, stage: Stage, web: Any, person: Person) -> Browser:
        """Sign a person in: Rosa picks herself on the sign-in page."""
        client = web.test_client()
        found = re.search(r'name="form_token" value="([^"]+)"', client.get("/sign-in").text)
        assert found
        answer = client.post("/sign-in", data={"person": stage.member(person).id, "form_token": found[1]})
        assert answer.status_code == 303, answer.text
        with client.session_transaction() as session:
            return cls(client, session["form_token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Countersign-Form": self.token, "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        asked = {} if body is None else body
        return self.client.post(path, json=asked, headers={**self.headers, **headers}, buffered=True)


@dataclass
class Iframe:
    """The iframe's script: a bearer and no cookie."""

    client: Any
    bearer: str

    @classmethod
    def of(cls, stage: Stage, web: Any, person: Person, path: str = "/zendesk/sidebar") -> Iframe:
        """Open a page in the iframe, as Zendesk would for Rosa."""
        client = web.test_client(use_cookies=False)
        location = "nav_bar" if path.endswith("desk") else "ticket_sidebar"
        answer = client.post(path, data={"token": signed_token(stage, person, location)})
        found = re.search(r'data-bearer="([^"]+)"', answer.text)
        assert found, answer.text
        return cls(client, found[1])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.bearer}", **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        asked = {} if body is None else body
        return self.client.post(path, json=asked, headers={**self.headers, **headers}, buffered=True)
