"""The log in plain words: every kind that the code can write has its own, and facts are said as people say them."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.entries import Told
from app.governance.decision import RULES, Action, rule_name
from app.governance.policy import Mode
from app.governance.reviews import Outcome
from app.host import Leave, Purpose
from app.store import second_reviews, sources
from app.web import log_names
from app.web.log_facts import facts
from app.web.log_words import HAPPENED, ON_A_TICKET, happened, matter

ROOT = Path(__file__).parents[2]
KIND = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
# What is put together where it is written, and what may stand in its place.
PUT_TOGETHER = {
    "{row.purpose}": list(Purpose), "{order.purpose}": list(Purpose),
    "{kind}": [second_reviews.SECOND, second_reviews.SETTLED],
    "{change}": [sources.NEW, sources.CHANGED, sources.RENEWED, sources.RETIRED],
    "{found.leave}": [one for one in Leave if one is not Leave.ALLOWED],
}  # fmt: skip


def kinds_in(code: str) -> set[str]:
    """Every kind that this module can write into the log."""
    tree, found = ast.parse(code), set[str]()
    said = {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    calls = (one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) == "audit.append")
    for kind in (call.args[3] for call in calls):
        match kind:
            case ast.Constant():
                found.add(str(kind.value))
            case ast.JoinedStr():
                shape = ast.unparse(kind)[2:-1]
                place = re.findall(r"\{.*?\}", shape)[0]
                found |= {shape.replace(place, one) for one in PUT_TOGETHER[place]}
            case _:  # chosen before: all that look like one
                found |= {one for one in said if KIND.fullmatch(one)}
    return found


def kinds() -> set[str]:
    modules = (path.read_text("utf-8") for top in ("app", "integrations") for path in (ROOT / top).rglob("*.py"))
    return {kind for code in modules if "audit.append(" in code for kind in kinds_in(code)}


def test_every_kind_that_the_code_can_write_has_words_of_its_own():
    written = kinds()
    assert len(written) > 80
    assert written - set(HAPPENED) == set()


def test_a_kind_that_is_chosen_or_put_together_is_found_too():
    assert kinds_in("audit.append(tx, now, by, f'review.{kind}', one, {})") == {"review.second", "review.settled"}
    assert kinds_in("kind = 'a.b' if so else 'a.c-d'\naudit.append(tx, now, by, kind, one, {})") == {"a.b", "a.c-d"}


def test_every_rule_and_every_word_of_ours_that_an_entry_may_name_is_said_in_words():
    assert {rule_name(rule) for rule, _ in RULES} - set(log_names.RULES) == set()
    raw = {
        "action": [one.name for one in Action], "mode": [one.name for one in Mode], "outcome": list(Outcome),
        "state": ["READY", "SENT", "HUMAN"],
    }  # fmt: skip
    said = [str(facts({name: str(value)})) for name, values in raw.items() for value in values]
    assert [one for one in said if "_" in one or one.isupper() or not one] == []
    assert len(set(said)) == len(said)


def test_each_thing_that_happens_on_a_ticket_is_told():
    def told(*events: tuple[str, dict[str, object]]) -> str:
        return happened("ticket.noted", {"events": [{"kind": kind, "facts": told} for kind, told in events]})

    assert [told((kind, {})) for kind in ON_A_TICKET] == [
        "The ticket began", "The customer wrote", "A person answered", "The ticket is in work",
        "The customer was not content", "The ticket was deleted",
    ]  # fmt: skip
    assert told(("opened", {}), ("message", {}), ("message", {}), ("answered", {"send_id": "a"})) == (
        "The ticket began; the customer wrote; our reply is on the ticket"
    )
    assert told(("status", {"after": "solved", "by": "person"})) == "The ticket was solved"
    assert told(("rated", {"good": True})) == "The customer was content"
    assert told(("message", {"kind": "thanks", "confused": False})) == "The customer said thanks"


def test_what_happens_on_tickets_is_all_that_is_written_down_of_them():
    code = (ROOT / "app/history.py").read_text("utf-8") + (ROOT / "app/store/events.py").read_text("utf-8")
    assert set(re.findall(r'Noted\("(\w+)"', code)) == set(ON_A_TICKET)


def test_a_time_is_one_that_the_page_puts_into_the_readers_zone():
    told = facts({"due": "2026-11-25T02:28:30.125000+00:00"})
    assert told == 'due <time datetime="2026-11-25T02:28:30.125000+00:00">25 Nov 02:28 UTC</time>'


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            {"action": "OFFER_DRAFT", "mode": "assisted", "category": "returns-window", "tier": 1,
             "rules": ["unapproved", "held-out"], "policy_version": 3, "sources": ["0a"]},
            (
                "a draft is offered · assisted mode · Returns window · tier 1 · "
                "waits for a person&#39;s yes; kept for a person to compare with · policy version 3"
            ),
        ),
        ({"outcome": "own answer", "how": "by hand", "kinds": []}, "a person wrote their own answer · sent by hand"),
        ({"outcome": "unreviewed", "how": "nobody", "reason": "superseded"}, "nobody judged it · superseded"),
        ({"gen": 2, "stopped": 1}, "1 reply kept back"),
        ({"metric": "reopened", "bad": 3, "of": 40}, "Reopened · 3 of 40"),
        ({"bad": "<b>", "made_for": "<b>Ana</b>", "of": 2}, "for &lt;b&gt;Ana&lt;/b&gt; · &lt;b&gt; of 2"),
        ({"due": "some day", "tier": 2}, "tier 2 · some day"),
        ({"row": 7, "fence": "x"}, ""),
    ],
)  # fmt: skip
def test_facts_are_said_as_people_say_them(header, said):
    """Also those that an older release wrote in another shape."""
    assert facts(header) == said


def test_people_are_named_where_they_are_known():
    assert facts({"asked_by": "zendesk:7", "owner": "0af3"}, {"zendesk:7": "Ana Alvarez"}) == "asked for by Ana Alvarez"


@pytest.mark.parametrize(
    ("action", "about", "said"),
    [
        ("freeze.opened", "freeze:3", "Freeze 3"),
        ("policy.published", "4", "Version 4"),
        ("policy.requested", "2", "Request 2"),
        ("evidence.planned", "returns-window", "Returns window"),
        ("source.changed", "shipping-times.en", "Shipping times"),
        ("switch.off", "*", "Everything"),
        ("switch.off", "Support", "Support"),
        ("person.shown", "0a" * 16, "A customer"),
        ("person.named", "Ana Alvarez", "Ana Alvarez"),
        ("replies.reconciled", "gmail:support@acme.example", "support@acme.example"),
        ("ticket.noted", "zendesk:" + "0a" * 16, "A ticket whose data are gone"),
        ("log.pruned", "log", "The log"),
    ],
)
def test_what_an_entry_is_about_has_a_name(action, about, said):
    assert matter(Told(1, datetime(2026, 11, 24, tzinfo=UTC), "countersign", action, about, {})) == said
