"""The log's export in the browser: the archive that `countersign audit export` makes, as one zip file."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from tempfile import TemporaryFile

from flask import Blueprint, abort, redirect, request, send_file, url_for
from werkzeug.wrappers import Response

from app.export.places import Archive, Span
from app.export.write import write
from app.store.checkpoints import Inconsistent
from app.web.context import current_deps, current_pass

bp = Blueprint("exports", __name__)
_ONE = threading.Lock()  # a second one would only make both slow


@bp.get("/log/export")
def form() -> Response:
    """Where somebody lands who had to sign in first."""
    return redirect(url_for("log.search", _anchor="export"))


@bp.post("/log/export")
def export() -> Response:
    """The whole of it; of customers' words those of the days asked for, or none."""
    texts = "texts" in request.form
    try:
        span = Span.of(request.form.get("first", ""), request.form.get("last", ""), texts=texts)
    except ValueError as error:
        abort(400, str(error))
    if not _ONE.acquire(blocking=False):
        abort(409, "Another export is being made here. Try again in a minute.")
    try:
        return _made(span, texts=texts)
    except Inconsistent as error:
        abort(422, str(error))
    except OSError as error:
        abort(503, f"The export cannot be made here: {error.strerror}")
    finally:
        _ONE.release()


def _made(span: Span, *, texts: bool) -> Response:
    """In a file without a name: nothing of it stays here, and the database is done with before the first byte leaves,
    however slow that browser is.
    """
    deps = current_deps()
    name = f"countersign-log-{deps.clock.now():%Y-%m-%d-%H%M%S}"
    with ExitStack() as until_answered:
        file = until_answered.enter_context(TemporaryFile(dir=deps.settings.home))
        with Archive(file, name) as archive:
            write(deps, archive, current_pass().member.id, texts=texts, span=span)
        size = file.tell()
        file.seek(0)
        response = send_file(file, "application/zip", as_attachment=True, download_name=f"{name}.zip")
        response.call_on_close(until_answered.pop_all().close)
    response.content_length = size
    return response
