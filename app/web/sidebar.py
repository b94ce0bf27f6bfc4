"""The iframe pages of Zendesk: a signed POST in, one document out, our own bearer in it."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request

from app import known
from app.store import staff, tokens
from app.store.staff import Member
from app.web.context import current_deps, page_key
from app.web.passes import LIFE, Pass, seal
from app.web.signed_page import Installation, PageRefused, SignedPage, verify

bp = Blueprint("sidebar", __name__)
PLACES = {"ticket_sidebar": "sidebar", "nav_bar": "desk"}


@bp.post("/zendesk/sidebar")
def sidebar() -> str:
    """Beside one ticket; the page learns from Zendesk's own script which."""
    return _document("sidebar.html", "ticket_sidebar")


@bp.post("/zendesk/desk")
def desk_page() -> str:
    """Queue and settings in one document: a navigation inside the iframe would lose the bearer."""
    return _document("desk.html", "nav_bar")


def _document(template: str, location: str) -> str:
    """The page, with a pass for whoever Zendesk says is there and the host confirms."""
    deps = current_deps()
    zendesk = deps.settings.zendesk or abort(404)
    pinned = Installation(zendesk.app_public_key, zendesk.subdomain, zendesk.installation_id)
    try:
        signed = verify(request.form.get("token", ""), pinned, location, deps.clock.now())
    except PageRefused:
        abort(401, "Open Countersign from Zendesk.")
    member = _exchanged(signed)
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        staff.seen(tx, member.id, now)
    caller = Pass(member=member, via=PLACES[location], started=now, expires=now + LIFE, installation=pinned.id)
    g.caller = caller  # whose language it speaks
    bearer, seconds = seal(page_key(), caller), int(LIFE.total_seconds())
    scheme = request.args.get("colorScheme")
    return render_template(
        template,
        me=caller,
        bearer=bearer,
        seconds=seconds,
        sdk=deps.settings.zaf_sdk_url,
        scheme=scheme if scheme in {"light", "dark"} else None,
    )


def _exchanged(signed: SignedPage) -> Member:
    """Once for each token: a second look at the same one is a replay."""
    deps = current_deps()
    with deps.engine.begin() as tx:
        fresh = tokens.use(tx, signed.fingerprint, signed.expires, deps.clock.now())
    if not fresh:
        abort(401, "Open Countersign from Zendesk again.")
    member = known.ask(deps, "zendesk", signed.user) if signed.user else None
    return member or abort(403, "Zendesk does not say that you are an agent of this account.")
