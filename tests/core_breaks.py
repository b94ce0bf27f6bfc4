"""The product broken on purpose, one safeguard at a time: each has to be found by the machine that finds nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app import deliver
from app.governance import decision, disclosure
from app.governance.decision import Switch
from app.host import Fate
from app.store import audit, claiming, outbox, switch
from tests.witness import Witness

Break = Callable[[pytest.MonkeyPatch], None]


def without(*names: str) -> Break:
    """These rules object to nothing any more."""
    kept = tuple(one for one in decision.RULES if decision.rule_name(one[0]) not in names)
    assert len(kept) == len(decision.RULES) - len(names)
    return lambda patch: patch.setattr(decision.decide, "__defaults__", (kept,))


def _live(read: Any) -> Any:
    return lambda *given: replace(read(*given), state=Switch.LIVE)


def off_is_taken_for_live(patch: pytest.MonkeyPatch) -> None:
    """By whoever acts; the pages show it as it is."""
    patch.setattr(switch, "read_locked", _live(switch.read_locked))


def the_claim_ignores_off(patch: pytest.MonkeyPatch) -> None:
    """And what waits when the switch is thrown is left where it is: else nothing would be there to claim."""
    facts = claiming.facts

    def blind(tx: Any, keys: Any, row: Any, stored: Any, setting: Any, *rest: Any) -> Any:
        return facts(tx, keys, row, stored, replace(setting, state=Switch.LIVE), *rest)

    patch.setattr(claiming, "facts", blind)
    patch.setattr(switch, "_stop_ready", lambda *_: 0)


def a_stop_is_confirmed_too_early(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(switch, "in_flight", lambda *_: [])


def settled_as_never_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "_dead", lambda *_: (Fate.NEVER_SENT, None))


def settled_without_a_fence(patch: pytest.MonkeyPatch) -> None:
    """Only read back: what still hangs arrives later."""

    def read_back(deps: Any, permit: Any, message: Any) -> Any:
        found = deps.hosts[permit.ref.host].find(permit, message)
        return (Fate.SENT, found) if found else (Fate.NEVER_SENT, None)

    patch.setattr(deliver, "_dead", read_back)


def the_fence_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Witness, "fenced", False)


def an_approval_makes_a_row_of_its_own(patch: pytest.MonkeyPatch) -> None:
    put = outbox.put

    def anew(*given: Any, **more: Any) -> Any:
        approval = more.get("approval")
        return put(*given, **{**more, "serial": approval.id} if approval else more)

    patch.setattr(outbox, "put", anew)


def nothing_is_disclosed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(disclosure, "with_line", lambda text, _line: text)


def an_entry_is_left_out(patch: pytest.MonkeyPatch) -> None:
    append = audit.append

    def forgetful(tx: Any, now: Any, actor: str, action: str, *rest: Any) -> Any:
        return 0 if action == "answer.outcome" else append(tx, now, actor, action, *rest)

    patch.setattr(audit, "append", forgetful)


def an_entry_is_lost_from_the_chain(patch: pytest.MonkeyPatch) -> None:
    append = audit.append

    def lossy(tx: Any, now: Any, actor: str, action: str, *rest: Any) -> Any:
        seq = append(tx, now, actor, action, *rest)
        if action == "answer.held":
            tx.exec_driver_sql("DELETE FROM audit WHERE seq = ?", (seq,))
        return seq

    patch.setattr(audit, "append", lossy)


def one_person_restores(patch: pytest.MonkeyPatch) -> None:
    restore = switch.restore

    def alone(tx: Any, scope: str, actor: str, *rest: Any, **more: Any) -> bool:
        restore(tx, scope, "nobody", *rest, **more)
        return restore(tx, scope, actor, *rest, granting=True)

    patch.setattr(switch, "restore", alone)


BREAKS: dict[str, tuple[Break, str]] = {
    "OFF is taken for LIVE": (off_is_taken_for_live, "a claim while the switch"),
    "the claim ignores OFF": (the_claim_ignores_off, "a claim while the switch"),
    "no rollback rule": (without("rollback"), "a claim while the switch"),
    "confirmed too early": (a_stop_is_confirmed_too_early, "after CONFIRMED"),
    "one person restores": (one_person_restores, "one person restored"),
    "settled as never sent": (settled_as_never_sent, "never sent, and it stands"),
    "settled without a fence": (settled_without_a_fence, "never sent, and it stands|a second answer"),
    "the fence is ignored": (
        the_fence_is_ignored,
        "second answer|after somebody|after CONFIRMED|never sent, and it|not the newest",
    ),
    "moved on is ignored": (without("moved-on"), "after somebody|second answer|nobody said yes"),
    "tier 3 may go": (without("high-stakes"), "only people answer"),
    "a trigger is ignored": (without("escalation"), "only people answer"),
    "a twin is ignored": (without("foreign-deployment"), "another deployment"),
    "nothing is disclosed": (nothing_is_disclosed, "without its disclosure"),
    "disclosed as it was": (without("undisclosed"), "without its disclosure"),
    "a ceiling is ignored": (without("above-ceiling"), "though the policy is"),
    "hours are ignored": (without("outside-hours"), "though the policy is"),
    "a freeze of auto is ignored": (without("auto-off"), "though it was stopped"),
    "a freeze is ignored": (without("freeze"), "what is frozen"),
    "no caps": (without("capped"), "by itself within|by itself on one"),
    "each approval has a row": (an_approval_makes_a_row_of_its_own, "two orders"),
    "an entry left out": (an_entry_is_left_out, "without its outcome"),
    "an entry lost": (an_entry_is_lost_from_the_chain, "the log forks|the log ends"),
}
