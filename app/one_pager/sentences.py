"""The sentences of the one-pager, each with what enforces it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.governance.spoken import listed
from app.one_pager.facts import Facts
from app.one_pager.on_sources import on_sources
from app.one_pager.sentence import Sentence

# --- what may happen ---------------------------------------------------------------------------------------------------


def modes(_: Facts) -> Iterator[Sentence]:
    """Who sends."""
    yield Sentence(
        "Draft: AI writes a draft, a person sends it with the help desk's own button.",
        (
            "rule:human-sends",
            "test:tests/governance/test_decision.py::test_nothing_is_sent_without_a_yes_or_without_evidence",
        ),
    )
    yield Sentence(
        "Assisted: a named person approves exactly the words, recipients and rules that they see; any change voids it.",
        ("rule:unapproved", "test:tests/governance/test_seen.py::test_a_change_voids_what_was_seen"),
    )
    yield Sentence(
        "Auto: nobody clicks. It is off until a category has earned it with reviewed drafts, and it falls back at once without them.",
        ("rule:evidence-missing", "test:tests/governance/test_decision.py::test_the_mode_never_exceeds_the_ceiling"),
    )
    yield Sentence(
        "Whatever no rule of the policy allows is denied, a forbid always wins, and what is unknown, unreadable or late counts as no.",
        ("rule:above-ceiling", "test:tests/governance/test_decision.py::test_unread_controls_mean_that_people_answer"),
    )


def categories(known: Facts) -> Iterator[Sentence]:
    """What each tier may reach."""
    proved = "test:tests/governance/test_analysis.py::test_tier_3_and_escalations_are_proved_unsendable"
    yield Sentence(
        "Tier 3 (legal, safety, money that moved) and every escalation are for people only: AI writes no word to the customer, not even a receipt.",
        ("rule:high-stakes", "rule:escalation", proved),
    )
    yield Sentence(
        "Tier 2 (judgement, exceptions, complaints) never goes out without a person's click.",
        ("rule:above-ceiling", "rule:unapproved", "test:tests/governance/test_decision.py::test_the_vectors_hold"),
    )
    yield Sentence(
        f"These triggers stop automation and name an owner with a time: {listed(entry.trigger for entry in known.policy.escalations)}.",
        (
            "rule:escalation",
            "test:tests/governance/test_document.py::test_a_built_in_trigger_without_an_owner_is_refused",
        ),
    )


def approval(known: Facts) -> Iterator[Sentence]:
    """Two to widen, one to narrow."""
    names = listed(known.policy.owners.scope_expansion)
    yield Sentence(
        f"Allowing more takes two people: {names} may approve, and never what they wrote themselves.",
        (
            "sql:ck_policy_version_second",
            "sql:ck_policy_version_wider",
            "test:tests/test_publishing.py::test_the_author_never_approves",
        ),
    )
    yield Sentence(
        "An approval is given for one text, by its hash, and for no other.",
        ("sql:ck_policy_request_hash", "test:tests/test_publishing.py::test_an_approval_of_an_older_text_is_refused"),
    )
    yield Sentence(
        "Allowing less takes one person and works at once.",
        ("test:tests/test_publishing.py::test_a_narrowing_takes_effect_at_once_with_one_person",),
    )
    second = f", approved by {known.approved_by}" if known.approved_by else ""
    by = "as installed" if known.version.author == "installation" else f"by {known.author}{second}"
    yield Sentence(
        f"In force: version {known.policy.version}, {by}, since {_day(known.version.effective_from)}, SHA-256 {known.policy.sha256[:16]}.",
        ("fact:policy-version", "test:tests/store/test_policies.py::test_a_published_version_never_changes"),
    )


def reviews(known: Facts) -> Iterator[Sentence]:
    """What is to be looked at again."""
    due = known.policy.review_by
    yield Sentence(
        f"The policy is to be reviewed by {due.isoformat() if due else 'no day, which is an open finding'}.",
        ("test:tests/governance/test_analysis.py::test_one_change_is_one_finding",),
    )
    reviews = known.policy.reviews
    yield Sentence(
        f"Approved sources are reviewed every {_span(reviews.sources)}; one past its own day carries no draft.",
        (
            "test:tests/governance/test_sources.py::test_a_source_is_stale_the_day_after_its_review_date",
            "rule:unanswerable",
        ),
    )
    yield from on_sources(known)
    yield Sentence(
        f"Labelled examples are reviewed every {_span(reviews.labelled_data)}, and the stop is rehearsed every {_span(reviews.drill)}: "
        "what is overdue freezes auto-send until it is done.",
        ("test:tests/governance/test_freezing.py::test_what_hygiene_lacks", "rule:auto-off"),
    )


def freezes(known: Facts) -> Iterator[Sentence]:
    """When automation is taken back."""
    said = [f"{rule.when} drifts from {rule.baseline:.0%} towards {rule.alarm:.0%}" for rule in known.policy.freezes]
    yield Sentence(
        f"The policy asks to take auto-send back when {listed(said) or 'nobody has named a figure'}.",
        ("rule:auto-off", "limit:docs/policy-reference.md"),
    )
    yield Sentence(
        "A category or queue that is frozen to drafts sends nothing, approved or not; two admins and a reason lift that.",
        (
            "test:tests/store/test_freezes.py::test_a_claim_after_the_freeze_gets_no_permit",
            "test:tests/store/test_freezes.py::test_a_thaw_takes_two_admins_and_a_reason",
        ),
    )


# --- the stop and the record -------------------------------------------------------------------------------------------


def stop(known: Facts) -> Iterator[Sentence]:
    """One button, and what it promises."""
    yield Sentence(
        "One person stops all automation with one button and no reason; from that moment nothing new is sent.",
        ("rule:rollback", "test:tests/test_rollback.py::test_off_stops_what_was_approved_and_is_confirmed"),
    )
    yield Sentence(
        "CONFIRMED means that nothing more can arrive: what was in flight is settled first, and a silent help desk never yields a false one.",
        (
            "test:tests/protocol/test_model.py::test_the_whole_protocol_sends_nothing_late_twice_or_untold_and_always_ends",
            "test:tests/test_rollback.py::test_an_unreachable_host_never_gives_a_false_confirmed",
        ),
    )
    yield Sentence("Turning it on takes two admins.", ("test:tests/test_commands.py::test_restore_takes_two_admins",))
    yield Sentence(f"The switch is {known.switch} since {_day(known.changed_at)}.", ("fact:switch",))
    last = (
        f"The stop was last rehearsed {_day(known.rehearsed_at)}"
        if known.rehearsed_at
        else "The stop was never rehearsed yet"
    )
    yield Sentence(
        f"{last}; a rehearsal kills a sender in the middle of a send, and passes only if nothing arrives after CONFIRMED.",
        ("fact:drill", "test:tests/crash/test_drill.py::test_nothing_was_sent_after_confirmed"),
    )


def logs(known: Facts) -> Iterator[Sentence]:
    """The record, and for how long."""
    logs = known.policy.logs
    yield Sentence(
        f"Every change of state is written to a chained log in its own transaction: {logs.place}.",
        ("test:tests/store/test_audit.py::test_whoever_touches_an_entry_is_found_at_the_right_place",),
    )
    anchored = (
        "Signed checkpoints go to a keeper outside, so that not even the operator rewrites it unseen."
        if known.keeper
        else "The log is not independently anchored: no keeper outside is set, so whoever owns the database could rewrite all of it."
    )
    yield Sentence(anchored, ("fact:keeper", "limit:docs/the-log.md"))
    yield Sentence(
        f"Customer text is kept {_span(logs.content)}, decisions {_span(logs.decisions)}, policy versions {_span(logs.policy)}.",
        ("test:tests/test_retention.py::test_words_expire_after_their_time_and_the_decision_stays",),
    )


# --- data, as a vendor questionnaire asks ------------------------------------------------------------------------------


def data(known: Facts) -> Iterator[Sentence]:
    """As a vendor questionnaire asks."""
    yield Sentence(
        f"Processed: the tickets of the queues {listed(queue.name for queue in known.policy.queues)}, from {listed(known.hosts) or 'no connected help desk'}.",
        ("rule:above-ceiling", "fact:hosts"),
    )
    yield Sentence(
        f"Kept: customer text and drafts in {known.database}, encrypted under one key for each customer; the log holds none of it in the open.",
        ("test:tests/store/test_audit.py::test_no_entry_holds_what_a_customer_wrote_or_who_they_are",),
    )
    yield Sentence(
        "Not kept: whoever asks to be forgotten has no words and no key left, and the log still verifies.",
        (
            "test:tests/test_forgetting.py::test_whoever_is_forgotten_has_no_words_and_no_key_and_the_log_still_verifies",
        ),
    )
    model = (
        f"Sub-processors: the help desk itself, and the language model {known.model}, which sees the message with card numbers, names, addresses and the like masked, as far as they are recognised."
        if known.model
        else "Sub-processors: the help desk itself and nobody else: no outside language model is configured, and there is no telemetry."
    )
    yield Sentence(model, ("fact:model", "limit:docs/security.md"))
    yield Sentence(
        "Access: agents, reviewers and admins, each with what is theirs; roles come from the help desk and are read again on the server.",
        ("test:tests/web/test_access.py::test_each_role_enters_what_is_theirs_and_nothing_above",),
    )


def wrong(_: Facts) -> Iterator[Sentence]:
    """What nothing here prevents."""
    yield Sentence(
        "The recognition of escalations and categories is measured, and it misses some: the page on judgement has the figures, by language.",
        ("limit:docs/judgement.md",),
    )
    yield Sentence(
        "A draft may answer beside the question, and two sources that differ may go unnoticed: the same page says how often.",
        ("limit:docs/judgement.md",),
    )
    yield Sentence(
        "A source that is wrong makes a draft that is wrong: drafts are made of approved sentences, and nothing checks whether those are true.",
        ("limit:docs/how-decisions-are-made.md",),
    )
    yield Sentence(
        "A person may approve without reading: what they saw is on record, not what they thought.",
        ("limit:docs/evidence.md",),
    )
    yield Sentence(
        "The stop does not reach the help desk's own triggers, automations and other bots, nor text that a person already put into a reply.",
        ("limit:docs/operate.md",),
    )
    yield Sentence(
        "That mail which the help desk accepted also arrived is not ours to promise, and some of its behaviour was never seen on a real account.",
        ("limit:docs/unverified.md",),
    )


def _day(moment: datetime) -> str:
    return f"{moment:%d %B %Y, %H:%M} UTC"


def _span(value: timedelta) -> str:
    days = value.days
    for unit, size in (("year", 365), ("month", 30)):
        if days >= 2 * size and days % size == 0:
            return f"{days // size} {unit}s"
    return f"{days} days"
