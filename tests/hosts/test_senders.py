"""What brings our replies to customers, what else writes to them, and what is told of it on a receipt."""

from __future__ import annotations

import pytest

from app.bringing import in_words
from app.host import Sender
from integrations.zendesk.account import senders
from integrations.zendesk.client import ZendeskClient
from tests.fakes import FixedToken
from tests.hosts.recorder import Answer
from tests.hosts.worlds import message, permit

PUBLIC = {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"}
CHANGE = {"field": "update_type", "operator": "is", "value": "Change"}
MAIL = {"field": "notification_user", "value": ["requester_and_ccs", "Re", "body"]}


def rule(*actions, conditions=(PUBLIC, CHANGE), some=(), **more):
    return {"title": "R", "active": True, "conditions": {"all": list(conditions), "any": list(some)}, "actions": list(actions)} | more  # fmt: skip


def found(recorder, triggers=(), automations=()):
    def answer(asked):
        kind = "triggers" if "triggers" in asked.line else "automations"
        return Answer(200, {kind: list(triggers if kind == "triggers" else automations), "meta": {"has_more": False}})

    recorder.answer = answer
    return senders(ZendeskClient(recorder.url, FixedToken("t")))


def test_a_host_tells_what_brings_our_replies(world):
    assert any(sender.brings for sender in world.host.senders())
    if world.brings(replies=False):
        assert not any(sender.brings for sender in world.host.senders())


RULES = {
    "the one that comes with the account": (rule(MAIL), True),
    "to the requester alone": (rule({"field": "notification_user", "value": ["requester_id", "s", "b"]}), True),
    "one action among others": (rule({"field": "status", "value": "open"}, MAIL), True),
    "only at creation": (rule(MAIL, conditions=(PUBLIC, CHANGE | {"value": "Create"})), False),
    "only for some tickets": (rule(MAIL, conditions=(PUBLIC, CHANGE, {"field": "group_id", "value": "1"})), False),
    "only if one of several holds": (rule(MAIL, some=({"field": "priority", "value": "high"},)), False),
}


@pytest.mark.parametrize(("trigger", "brings"), RULES.values(), ids=RULES)
def test_only_a_rule_that_fires_at_each_reply_counts(recorder, trigger, brings):
    assert found(recorder, [trigger]) == (Sender("trigger", "R", brings),)


SILENT = {
    "switched off": rule(MAIL, active=False),
    "to agents": rule({"field": "notification_user", "value": ["assignee_id", "s", "b"]}),
    "only sets a field": rule({"field": "status", "value": "open"}),
    "without actions": rule(),
    "broken": {"active": True, "actions": None, "conditions": None},
}


@pytest.mark.parametrize("trigger", SILENT.values(), ids=SILENT)
def test_what_writes_to_no_customer_is_not_listed(recorder, trigger):
    assert found(recorder, [trigger], [trigger]) == ()


def test_an_automation_never_brings_a_reply_and_a_webhook_may_do_anything(recorder):
    call = rule({"field": "notification_webhook", "value": ["w", "{}"]}, title="Bot")
    rating = rule({"field": "satisfaction_score", "value": "offered"}, title="Ask")
    assert found(recorder, [call], [rule(MAIL), rating]) == (
        Sender("webhook", "Bot", brings=False),
        Sender("automation", "R", brings=False),
        Sender("automation", "Ask", brings=False),
    )


def test_in_words_it_is_said_that_replies_may_reach_nobody():
    assert "may reach nobody" in in_words(())
    both = in_words((Sender("trigger", "Notify", brings=True), Sender("automation", "Ask", brings=False)))
    assert (
        both
        == "replies are brought by “Notify”; also writing to customers, and not stopped by the switch: automation “Ask”"
    )


# --- on the receipt ----------------------------------------------------------------------------------------------------
def sent(world, **more):
    ref = world.new_ticket("When does it come?")
    return world.host.send(permit(ref, world.host.prepare(message(ref, **more)).fence), message(ref, **more))


def test_the_receipt_says_by_which_rule_zendesk_told_the_customer(sandbox_world):
    told = sent(sandbox_world)
    assert told.warning is None
    assert told.delivery == "Zendesk notified 1 person by “Notify requester and CCs of comment update”"


def test_where_no_rule_fired_the_receipt_claims_nothing(sandbox_world):
    sandbox_world.brings(replies=False)
    try:
        assert sent(sandbox_world).delivery is None
    finally:
        sandbox_world.brings(replies=True)


def test_a_required_field_is_named_to_the_agent(sandbox_world):
    sandbox_world.fault("refuse-status")
    told = sent(sandbox_world, status="solved")
    sandbox_world.fault("none")
    assert "status not set to solved" in (told.warning or "")
    assert "is required when solving a ticket" in (told.warning or "")
