"""Freezes: narrower at once, lifted by two."""

from __future__ import annotations

import click

from app.commands.terms import BY, JSON, Refused, Unusable, acting, settings, show


@click.command()
@click.argument("category", default="")
@click.option("--queue", default="", help="Only in this queue.")
@click.option("--level", type=click.Choice(["auto-off", "draft-only"]), default="draft-only", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Every category.")
@click.option("--reason", default="", help="May follow later; a freeze never waits for it.")
@JSON
def freeze(category: str, queue: str, level: str, reason: str, *, everything: bool, as_json: bool) -> None:
    """Freeze a category, now: `auto-off` stops auto-send, `draft-only` all sending. Without a category: what is frozen."""
    from app import freezing, review, wiring
    from app.governance.freezing import LEVELS
    from app.store.freezes import Scope

    deps = wiring.deps(settings())
    if not (category or queue or everything):
        show(freezing.in_force(deps), as_json=as_json, words=freezing.in_words)
        return
    deep = {words: wanted for wanted, words in LEVELS.items()}
    scope = Scope(queue or None, category or None)
    try:
        made = freezing.freeze(deps, scope, deep[level], reason, "operator")
    except review.NotFound as error:
        raise Unusable(str(error)) from error
    show(
        {"id": made, "level": level, "scope": str(scope)}, as_json=as_json, words=lambda _: f"{scope}: {level} ({made})"
    )


@click.command()
@click.argument("freeze_id", metavar="ID", type=int)
@click.option("--reason", default="", help="How the cause was resolved, or why it is accepted.")
@BY
@JSON
def thaw(freeze_id: int, reason: str, email: str, *, as_json: bool) -> None:
    """Lift a freeze: the first admin asks and says why, a second one grants."""
    from app import freezing, review, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    try:
        lifted = freezing.thaw(deps, freeze_id, reason, actor)
    except review.Refusal as error:
        raise Refused(str(error)) from error
    words = "lifted" if lifted else "asked: a second admin must thaw it too"
    show({"id": freeze_id, "lifted": lifted}, as_json=as_json, words=lambda _: words)
