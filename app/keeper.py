"""The keeper: a folder out of this deployment's reach, or the mailbox of the policy's log keeper, gets each checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app import post
from app.deps import Deps
from app.store import checkpoints, policies
from app.store.checkpoints import Signed

_MAIL = """The log of the Countersign deployment {deployment} was signed up to entry {size}.

Keep this mail where the operator of that deployment cannot change it. Whoever checks an export of the log saves it and says
  python3 verify.py --checkpoint THIS-MAIL
A log that was rewritten, or an old copy that was restored, does not hold what is signed here.

{notes}"""


class Lying(Exception):
    """The keeper holds another checkpoint of that size: the log was rewritten, or an old copy was restored."""


def hand_out(deps: Deps) -> str | None:
    """Every checkpoint that no keeper has; what is wrong with the keeper, None if it has everything. Raises Lying.

    No keeper at all is no trouble, and said elsewhere.
    """
    folder, deployment = deps.settings.keeper, deps.settings.deployment
    with deps.readers.begin() as tx:
        waiting, newest = checkpoints.unkept(tx), checkpoints.last(tx)
    try:
        if folder is not None:
            _compare(folder, deployment, newest)
            for signed in waiting:
                _keep(folder, deployment, signed)
                _kept(deps, [signed])
        elif deps.settings.keeper_mail and waiting:
            _mail(deps, waiting)
            _kept(deps, waiting)
    except OSError as error:
        return f"the keeper of checkpoints cannot be reached: {error.strerror}"
    except post.Undelivered as error:
        return f"the keeper of checkpoints cannot be reached: {error}"
    return None


def _kept(deps: Deps, signed: Sequence[Signed]) -> None:
    with deps.engine.begin() as tx:
        for one in signed:
            checkpoints.kept(tx, one.size, deps.clock.now())


# --- a mailbox -----------------------------------------------------------------------------------------------------------
def _mail(deps: Deps, waiting: Sequence[Signed]) -> None:
    """All that wait in one mail, to whom two people made the log keeper."""
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
    to = policy.owners.log_keeper if policy else ""
    if "@" not in to:
        raise post.Undelivered("the policy in force names no address of a log keeper")
    settings, size = deps.settings, waiting[-1].size
    notes = "\n".join(one.note for one in waiting)
    body = _MAIL.format(deployment=settings.deployment, size=size, notes=notes)
    post.mail(settings.smtp_url, settings.mail_from, to, f"Countersign log {settings.deployment}: {size} entries", body)


# --- a folder ------------------------------------------------------------------------------------------------------------
def _keep(folder: Path, deployment: str, signed: Signed) -> None:
    """Write once; what is there already must be the same."""
    file = folder / f"{deployment}-{signed.size:010}.note"
    try:
        with file.open("xb") as out:
            out.write(signed.note.encode())
    except FileExistsError:
        if file.read_bytes() != signed.note.encode():
            raise Lying(f"the keeper holds another checkpoint over {signed.size} entries") from None


def _compare(folder: Path, deployment: str, newest: Signed | None) -> None:
    """The keeper must not know of a longer log than ours: that is what a restored old copy looks like."""
    kept = [file.name for file in folder.iterdir() if file.match(f"{deployment}-*.note")]
    longest = max((int(name.rpartition("-")[2].removesuffix(".note")) for name in kept), default=0)
    if longest > (newest.size if newest else 0):
        raise Lying(f"the keeper holds a checkpoint over {longest} entries, this database is older")
