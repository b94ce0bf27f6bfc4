"""What each call is played by. Its name is the method's id in Google's description; what is missing here answers 501."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.gmail import calls_account, calls_drafts, calls_mail
from sandbox.gmail.call import Call
from sandbox.gmail.state import Doc

CALLS: dict[str, Callable[[Call], Doc | None]] = {
    "getProfile": calls_account.get_profile, "watch": calls_account.watch, "stop": calls_account.stop,
    "messages.list": calls_mail.list_messages, "messages.get": calls_mail.get_message, "messages.modify": calls_mail.modify_message,
    "messages.trash": calls_mail.trash_message, "messages.delete": calls_mail.delete_message, "messages.send": calls_mail.send_message,
    "messages.attachments.get": calls_mail.get_attachment,
    "threads.list": calls_mail.list_threads, "threads.get": calls_mail.get_thread, "threads.modify": calls_mail.modify_thread,
    "drafts.create": calls_drafts.create_draft, "drafts.update": calls_drafts.update_draft, "drafts.get": calls_drafts.get_draft, "drafts.list": calls_drafts.list_drafts,
    "drafts.delete": calls_drafts.delete_draft, "drafts.send": calls_drafts.send_draft,
    "labels.list": calls_account.list_labels, "labels.get": calls_account.get_label, "labels.create": calls_account.create_label,
    "history.list": calls_account.list_history, "settings.sendAs.list": calls_account.list_aliases,
    "settings.getVacation": calls_account.get_vacation,
}  # fmt: skip
