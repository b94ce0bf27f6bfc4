"""The command line: one function a command; rules live below, words come from here."""

from __future__ import annotations

import click

from app.commands import (
    connecting,
    correcting,
    escalations,
    figures,
    freezing,
    health,
    importing,
    judging,
    keys,
    learning,
    login,
    people,
    policy,
    processes,
    record,
    redacting,
    replying,
    sources,
    stopping,
    trying,
)


@click.group()
def main() -> None:
    """AI drafts support replies; policy, evidence and people decide what is sent."""


COMMANDS: tuple[click.Command, ...] = (
    sources.sources, redacting.redact,
    processes.run, processes.prepare, processes.serve,
    judging.triage, trying.backtest, learning.learn, learning.evaluate,
    people.queue, people.approve, people.reject, people.done, people.escalate, people.correct, people.inbox, people.role, people.colleague,
    escalations.escalations, correcting.corrections,
    stopping.rollback, stopping.restore, stopping.switch, stopping.rehearse, stopping.stop_link, freezing.freeze, freezing.thaw,
    policy.policy, record.audit, keys.keys, health.doctor, connecting.connect, importing.import_, replying.replies,
    figures.evidence, figures.ramp, figures.metrics,
    login.login, login.logout,
)  # fmt: skip

for command in COMMANDS:
    main.add_command(command)
