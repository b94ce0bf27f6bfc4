"""What a place where people prove who they are is to us: a host that both the browser and we can ask (OAuth)."""

from __future__ import annotations

from typing import Protocol


class SignIn(Protocol):
    """Sign-in at one host. It tells who somebody is; what they may do is read from the host apart, each time."""

    title: str  # for the button: Zendesk

    def address(self, state: str, challenge: str, back: str) -> str:
        """Where the browser is led. `challenge` is the SHA-256 of a secret that `who` will show; `back` is our own page."""
        ...

    def who(self, code: str, verifier: str, back: str) -> str:
        """The host's id of the person who came back with that code. Raises HostError; permanent: the code is not good."""
        ...
