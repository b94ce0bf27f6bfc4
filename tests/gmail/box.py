"""A mailbox that lives in memory: mail comes, is moved, thrown away and answered; its history forgets on demand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any


class MemoryBox:
    """`Box`, as Gmail answers: pages, ids with holes, lists left out where empty, records of messages long gone."""

    def __init__(self, page: int = 3) -> None:
        self.page = page
        self.messages: dict[str, dict[str, Any]] = {}
        self.records: list[dict[str, Any]] = []
        self.id, self.horizon, self.reads = 1000, 0, 0
        self.between = lambda: None  # what happens while pages are read

    # --- what people do --------------------------------------------------------------------------------------------------
    def comes(self, message: str, thread: str | None = None, labels: Sequence[str] = ("INBOX", "UNREAD")) -> None:
        self.messages[message] = {"id": message, "threadId": thread or message, "labelIds": list(labels)}
        self._note("messagesAdded", message)

    def is_labelled(self, message: str, *labels: str) -> None:
        self.messages[message]["labelIds"] += labels
        self._note("labelsAdded", message, labelIds=list(labels))

    def is_deleted(self, message: str) -> None:
        self._note("messagesDeleted", message)
        del self.messages[message]

    def _note(self, kind: str, message: str, **more: Any) -> None:
        self.id += 7
        told = {**self.messages[message], "labelIds": list(self.messages[message]["labelIds"])}
        self.records.append({"id": str(self.id), "messages": [told], kind: [{"message": told, **more}]})

    def forgets(self) -> None:
        self.horizon = self.id + 1

    # --- what is read ----------------------------------------------------------------------------------------------------
    def profile(self) -> dict[str, Any]:
        return {"emailAddress": "support@acme.example", "historyId": str(self.id)}

    def history(self, start: str, kinds: Sequence[str], page: str | None) -> dict[str, Any] | None:
        self.reads += 1
        if int(start) < self.horizon:
            return None
        asked = {"messageAdded": "messagesAdded", "messageDeleted": "messagesDeleted", "labelAdded": "labelsAdded"}
        wanted = {asked[kind] for kind in kinds}
        at, _, until = (page or f"0:{self.id}").partition(":")  # pages show what was there when the first was asked for
        found = [one for one in self.records if int(start) < int(one["id"]) <= int(until) and wanted & set(one)]
        newest = str(self.id)
        told = self._paged("history", found, at)
        if "nextPageToken" in told:
            told["nextPageToken"] += f":{until}"
        return {**told, "historyId": newest}

    def listed(self, label: str, after: datetime, page: str | None) -> dict[str, Any]:
        found = [{"id": one["id"], "threadId": one["threadId"]} for one in self.messages.values() if label in one["labelIds"]]  # fmt: skip
        return self._paged("messages", found, page)

    def _paged(self, key: str, found: list[dict[str, Any]], page: str | None) -> dict[str, Any]:
        at = int(page or 0)
        shown = found[at : at + self.page]
        more = {"nextPageToken": str(at + self.page)} if at + self.page < len(found) else {}
        self.between()
        return {**({key: shown} if shown else {}), **more}
