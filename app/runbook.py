"""The runbook of the stop: one page, made from the policy in force, to print and to hang up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.deps import Deps
from app.governance.policy import Policy
from app.store import drills, policies


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to do, and how. Words between backticks are to be typed."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The whole page."""

    title: str
    people: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    foot: str


def book(deps: Deps) -> Book:
    """As this deployment stands. Without a policy nobody is named, and everything else holds."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        rehearsed = drills.drill_state(tx, policy).at
    return written(policy, deps.settings.app_url, rehearsed, now)


def written(policy: Policy | None, address: str, rehearsed: datetime | None, now: datetime) -> Book:
    """The page for that policy and that address."""
    last = f"last rehearsed {rehearsed:%d %B %Y}" if rehearsed else "never rehearsed yet: do it this week"
    version = f"Policy version {policy.version}" if policy else "No policy is in force"
    return Book(
        title="Stop the AI",
        people=_people(policy),
        steps=(*_stopping(address), *_afterwards(address)),
        foot=f"{version}; {last}. Printed {now:%d %B %Y}: print it anew when the people change.",
    )


def _people(policy: Policy | None) -> tuple[tuple[str, str], ...]:
    if policy is None:
        return (("Owner of the stop", "nobody is named"),)
    named = (
        ("Owner of the stop", policy.owners.rollback),
        ("Then tell", ", ".join(policy.notify.mail)),
        ("May turn it on again", "two admins"),
    )
    return tuple((label, people) for label, people in named if people)


def _stopping(address: str) -> tuple[Step, ...]:
    return (
        Step(
            "Stop. Do not ask first, do not look for the reason first.",
            (
                f"On a computer: {address}/settings, the red button. Any reviewer or admin may; no reason is asked for.",
                "On a phone: the stop link that was sent to you. Open it and press the one button. No sign-in.",
                "On the server: `countersign rollback --wait`. One queue only: `countersign rollback --queue NAME --wait`.",
                (
                    "If none of these answers: in Zendesk, untick “automation allowed” on the app's form or disable the app; or "
                    "stop the worker processes. Nothing is sent without them."
                ),
            ),
        ),
        Step(
            "Wait for CONFIRMED. OFF means nothing new can start; CONFIRMED means nothing more can arrive.",
            (
                "Usually 10 to 20 seconds. The page shows it by itself; `countersign switch` shows it too.",
                (
                    "Still OFF after a minute: the page names the tickets it waits for. Open them in Zendesk and look whether a "
                    "reply is there. It is tried again by itself; do not restore."
                ),
                "“Unclear, please check” on a ticket: look whether the reply arrived. It will not be sent again.",
            ),
        ),
    )


def _afterwards(address: str) -> tuple[Step, ...]:
    return (
        Step(
            "Tell the owner of the stop and the team leads. People answer everything from now on.",
            (
                "Approved replies that had not left are back with people. New messages go straight to the human queue.",
                (
                    "The stop does not reach Zendesk's own triggers, automations and other bots, nor text that an agent already "
                    "inserted: look at those by hand."
                ),
            ),
        ),
        Step(
            "Find out what happened, and write it down.",
            (
                (
                    f"Every decision with its reasons: {address}/log. Is the log whole: `countersign audit verify`. Is "
                    "every reply explained: `countersign replies`."
                ),
                "Only one category is wrong: freeze it, and restore the rest: `countersign freeze CATEGORY`.",
            ),
        ),
        Step(
            "Turn it on again: two admins, once the cause is found.",
            (
                (
                    f"The first asks at {address}/settings, the second confirms there; or each with `countersign restore`. Not "
                    "before CONFIRMED."
                ),
                "What had been given back does not leave by itself: each draft wants a new approval.",
            ),
        ),
    )


def as_markdown(page: Book) -> str:
    """For the documents."""
    lines = [f"# {page.title}", "", *(f"**{label}:** {people}  " for label, people in page.people), ""]
    for number, step in enumerate(page.steps, start=1):
        lines += [f"## {number}. {step.title}", "", *(f"- {line}" for line in step.lines), ""]
    return "\n".join([*lines, page.foot, ""])
