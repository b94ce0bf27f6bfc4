"""What a mailbox is set up with: its addresses, its labels, who works in it, and what else answers from it by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from app.host import AccessLost, HostError, Installation, Leave, NotAllowed, Person, Sender
from integrations.gmail.client import GmailClient
from integrations.gmail.thread import Mail
from integrations.gmail.ticket import OUR_LABELS, WITH, Mailbox

KEPT = 600.0  # seconds for which addresses are believed
ESCALATED = f"{OUR_LABELS}Escalated"
EDITED = f"{OUR_LABELS}Edited draft"


class Account:
    """One mailbox. `team`: who works in it, by verified address; `revoke`: gives back what we act with."""

    def __init__(
        self,
        client: GmailClient,
        address: str,
        team: Callable[[], Sequence[Person]],
        revoke: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._address = address.lower()
        self._team = team
        self._revoke = revoke
        self._clock = clock
        self._names: tuple[float, dict[str, str]] = (0.0, {})
        self._labels: dict[str, str] = {}

    def mailbox(self) -> Mailbox:
        """As it is set up now."""
        until, names = self._names
        if self._clock() >= until:
            names = {
                str(doc.get("sendAsEmail", "")).lower(): str(doc.get("displayName") or "")
                for doc in self._client.aliases()
            }
            self._names = (self._clock() + KEPT, names)
        return Mailbox(self._address, names, self._team())

    # --- labels ------------------------------------------------------------------------------------------------------
    def labels(self, told: Sequence[Mail]) -> Mapping[str, str]:
        """The names of labels by id, read anew where the mails bear one that is not known."""
        if any(label.startswith("Label_") and label not in self._labels for mail in told for label in mail.labels):
            self._read_labels()
        return self._labels

    def label(self, name: str) -> str:
        """Its id, made at first use."""
        if name not in self._labels.values():
            self._read_labels()
        if name not in self._labels.values():
            made = self._client.create_label(name)
            self._labels = {**self._labels, str(made["id"]): name}
        return next(label for label, known in self._labels.items() if known == name)

    def _read_labels(self) -> None:
        self._labels = {str(doc["id"]): str(doc.get("name", "")) for doc in self._client.labels()}

    def with_whom(self, told: Sequence[Mail]) -> list[str]:
        """The labels on those mails that say who is on them."""
        names = self.labels(told)
        return sorted({label for mail in told for label in mail.labels if names.get(label, "").startswith(WITH)})

    # --- the installation --------------------------------------------------------------------------------------------
    def installation(self) -> Installation:
        """Whether the grant stands, and whether it is for this mailbox. Raises AccessLost."""
        try:
            found = self._client.profile()
        except AccessLost:
            raise
        except NotAllowed as error:
            return Installation(Leave.GONE, str(error))
        if str(found.get("emailAddress", "")).lower() != self._address:
            return Installation(Leave.GONE, f"the grant is not for {self._address}")
        return Installation(Leave.ALLOWED)

    def senders(self) -> tuple[Sender, ...]:
        """Gmail itself brings our replies; its vacation responder writes to customers too."""
        found = [Sender("mailbox", self._address, brings=True)]
        if self._client.vacation().get("enableAutoReply") is True:
            found.append(Sender("vacation responder", self._address, brings=False))
        return tuple(found)

    def revoke(self) -> None:
        """For good, and looked at afterwards."""
        if self._revoke is None:
            raise HostError("take the grant back in the Google account: Security > Third-party access", permanent=True)
        self._revoke()
        try:
            self._client.profile()
        except AccessLost:
            return
        raise HostError("Gmail still accepts our token: take the grant back in the Google account by hand")
