"""Post: one mail over SMTP, one line to a chat. Nothing here knows what it carries."""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote, urlsplit

TIMEOUT = 10.0


class Undelivered(Exception):
    """It did not leave; why, without the address or the words."""


def mail(smtp_url: str, sender: str, to: str, subject: str, body: str) -> None:
    """Send one plain mail. `smtp_url`: smtp://[user:password@]host[:port] (STARTTLS where offered) or smtps://…

    Raises Undelivered, also where sender, address or subject are unusable.
    """
    place = urlsplit(smtp_url)
    try:
        message = _message(sender, to, subject, body)
        with _connected(place.scheme, place.hostname or "localhost", place.port) as server:
            if place.username:
                server.login(unquote(place.username), unquote(place.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"the mail server refused or did not answer ({type(error).__name__})") from error
    except ValueError as error:
        raise Undelivered(
            "an address cannot be used: look at the policy's owners and at COUNTERSIGN_SMTP_URL"
        ) from error


def _message(sender: str, to: str, subject: str, body: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Auto-Submitted"] = "auto-generated"  # no auto-reply of theirs answers it
    message.set_content(body)
    return message


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A chat that sends us elsewhere is not the chat that the policy names."""

    def redirect_request(self, *_: Any) -> None:
        """None: the redirect is an error."""


def chat(webhook: str, text: str) -> None:
    """Post `{"text": …}`, which the common chats understand. Only https, or this machine; no redirects. Raises Undelivered."""
    place = urlsplit(webhook)
    if place.scheme != "https" and place.hostname not in {"localhost", "127.0.0.1"}:
        raise Undelivered("the chat's address must be https")
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at a line ago
        webhook, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}
    )
    try:
        urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT).close()
    except (OSError, urllib.error.URLError, HTTPException) as error:
        raise Undelivered(f"the chat refused or did not answer ({type(error).__name__})") from error
