"""Settings: read once, at start, all missing names in one message."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app import accounts
from app.accounts import GmailSettings, Reader, ZendeskSettings

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "manifest"


OWN_SECRETS = {"COUNTERSIGN_KEY": "key", "COUNTERSIGN_DEPLOYMENT": "deployment"}
MAIL = "mail"
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


class SettingsError(Exception):
    """What is missing or unreadable, all of it in one message."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often in a minute; 0: as often as they like. A stop is never counted."""

    sign_ins: int = 120  # from one address
    calls: int = 1200  # by one person
    deliveries: int = 6000  # by one host
    proxies: int = 0  # of ours in front: how many of X-Forwarded-For may be believed


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. `sandbox`: local hosts, a person picker in place of sign-in."""

    home: Path
    database_url: str
    redis_url: str
    app_url: str
    key: bytes
    deployment: str
    sandbox: bool
    zaf_sdk_url: str
    model: str
    model_fallbacks: tuple[str, ...]
    undo_seconds: float
    poll_seconds: float
    smtp_url: str  # empty: nobody is mailed
    mail_from: str
    keeper: Path | None  # where signed checkpoints go, out of this deployment's reach
    zendesk: ZendeskSettings | None
    gmail: GmailSettings | None = None
    keeper_mail: bool = False  # they are mailed to the policy's log keeper instead
    lookup_hosts: str = field(default="", repr=False)  # whom look-ups may ask, with their tokens
    limits: Limits = Limits()
    traces: str = ""  # the collector; empty: nobody collects

    @property
    def anchored(self) -> bool:
        """Does anybody outside get the checkpoints?"""
        return self.keeper is not None or self.keeper_mail

    def __repr__(self) -> str:
        return f"Settings(home={self.home}, sandbox={self.sandbox})"  # never the key

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises SettingsError with every missing name."""
        return _Reader(os.environ if env is None else env).settings()


def home(env: Mapping[str, str] | None = None) -> Path:
    """Where all state lives: COUNTERSIGN_HOME, else `var/` beside the code."""
    named = (os.environ if env is None else env).get("COUNTERSIGN_HOME")
    return Path(named).resolve() if named else ROOT / "var"


def environment() -> dict[str, str]:
    """The process's environment, over what this deployment made for itself.

    What `run --sandbox` wrote down counts only while nothing of a real account is set: the two must never mix.
    """
    made = {name: _kept(home() / file) for name, file in OWN_SECRETS.items() if not given(name)}
    real = any(name.startswith(("ZENDESK_", "GMAIL_")) for name in os.environ) or given("COUNTERSIGN_KEY")
    sandbox = {} if real else json.loads(_kept(home() / "sandbox.json") or "{}")
    return {**{name: value for name, value in made.items() if value}, **sandbox, **os.environ}


def _kept(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def given(name: str, env: Mapping[str, str] = os.environ) -> bool:
    """Did whoever started this process set that name?"""
    return bool(env.get(name) or env.get(f"{name}_FILE"))


def keep(values: Mapping[str, str]) -> None:
    """Write down the sandbox's settings, so that the commands beside it find them."""
    write_private(home() / "sandbox.json", json.dumps(dict(values), indent=1))


def write_private(file: Path, text: str) -> None:
    """For its owner's eyes only, and whole or not at all."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def quiet_litellm() -> None:
    """At import litellm asks the network for prices, and waits where there is none; it has a table of its own."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"


class _Reader(Reader):
    def settings(self) -> Settings:
        place = home(self.env)
        settings = Settings(
            home=place,
            database_url=self.env.get("DATABASE_URL") or f"sqlite:///{place / 'countersign.db'}",
            redis_url=self.env.get("REDIS_URL") or f"unix://{place / 'redis.sock'}",
            app_url=self.env.get("COUNTERSIGN_URL", "http://localhost:8000").rstrip("/"),
            key=self.key(),
            deployment=self.needed("COUNTERSIGN_DEPLOYMENT"),
            sandbox=self.env.get("COUNTERSIGN_SANDBOX") == "1",
            zaf_sdk_url=self.env.get("ZAF_SDK_URL", _ZAF_SDK),
            model=self.env.get("COUNTERSIGN_MODEL", ""),
            model_fallbacks=tuple(filter(None, self.env.get("COUNTERSIGN_MODEL_FALLBACKS", "").split(","))),
            undo_seconds=self.number("COUNTERSIGN_UNDO_SECONDS", 5, 0, 60),
            poll_seconds=self.number("COUNTERSIGN_POLL_SECONDS", 60, 1, 3600),
            smtp_url=self.smtp_url(),
            mail_from=self.env.get("COUNTERSIGN_MAIL_FROM", "countersign@localhost"),
            keeper=Path(keeper).resolve()
            if (keeper := self.env.get("COUNTERSIGN_KEEPER", "")) not in ("", MAIL)
            else None,
            keeper_mail=keeper == MAIL,
            lookup_hosts=self.needed(name) if given(name := "COUNTERSIGN_LOOKUP_HOSTS", self.env) else "",
            limits=self.limits(),
            traces=self.env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            zendesk=accounts.zendesk(self),
            gmail=accounts.gmail(self),
        )
        if settings.sandbox and not self.is_local(settings):
            self.problems.append("COUNTERSIGN_SANDBOX is for local hosts only: a person picker is no sign-in")
        if settings.keeper_mail and not settings.smtp_url:
            self.problems.append("COUNTERSIGN_KEEPER=mail wants COUNTERSIGN_SMTP_URL")
        if self.problems:
            raise SettingsError("settings: " + "; ".join(self.problems))
        return settings

    def is_local(self, settings: Settings) -> bool:
        named = (settings.zendesk, settings.gmail)
        hosts = [settings.app_url, *(account.base_url for account in named if account)]
        return all(f"{host}:".startswith(_LOOPBACK) for host in hosts)

    def smtp_url(self) -> str:
        """Its password is a secret: COUNTERSIGN_SMTP_URL_FILE may name a file."""
        url = self.needed("COUNTERSIGN_SMTP_URL") if given("COUNTERSIGN_SMTP_URL", self.env) else ""
        if url and not re.fullmatch(r"smtps?://[^/\s]+/?", url):
            self.problems.append("COUNTERSIGN_SMTP_URL wants smtp://user:password@host:587, or smtps://…")
        return url

    def number(self, name: str, default: float, low: float, high: float) -> float:
        text = self.env.get(name, "")
        try:
            value = float(text) if text else default
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.problems.append(f"{name} wants a number from {low:g} to {high:g}")
        return value

    def limits(self) -> Limits:
        most, usual = 1_000_000, Limits()
        return Limits(
            int(self.number("COUNTERSIGN_SIGN_INS_PER_MINUTE", usual.sign_ins, 0, most)),
            int(self.number("COUNTERSIGN_CALLS_PER_MINUTE", usual.calls, 0, most)),
            int(self.number("COUNTERSIGN_DELIVERIES_PER_MINUTE", usual.deliveries, 0, most)),
            int(self.number("COUNTERSIGN_PROXIES", usual.proxies, 0, 5)),
        )

    def key(self) -> bytes:
        text = self.needed("COUNTERSIGN_KEY")
        if text and not re.fullmatch(r"[0-9a-f]{64}", text):
            self.problems.append("COUNTERSIGN_KEY wants 64 hexadecimal digits")
            return bytes(32)
        return bytes.fromhex(text) if text else bytes(32)


_ZAF_SDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
