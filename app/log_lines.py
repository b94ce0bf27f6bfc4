"""Log lines: whoever writes one, and whatever an error quotes, no customer's data stands in it."""

from __future__ import annotations

import io
import logging
import traceback
from typing import Any

from app.ai.redact import redacted, redactions
from app.governance.proposal import Redaction

_PROSE = frozenset({"person", "address"})  # found by how sentences look: code and file names look like them
_LOCAL = "127."


def masked(text: str) -> str:
    """Personal data replaced by its kind; this machine's own address stays."""
    return redacted(text, [span for span in redactions(text) if not _is_ours(span, text)])


def _is_ours(span: Redaction, text: str) -> bool:
    return span.kind in _PROSE or (span.kind == "ip" and text.startswith(_LOCAL, span.start))


def mask_all() -> None:
    """From here on every record of this process is masked when it is made, before any handler sees it."""
    if not isinstance(logging.getLogRecordFactory(), _Masked):
        logging.setLogRecordFactory(_Masked())


class _Masked:
    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        try:
            said = record.getMessage()
        except (TypeError, ValueError):
            said = str(record.msg)  # arguments that do not fit: the line matters more than they do
        record.msg, record.args = masked(said), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text, record.exc_info = masked(_told(record.exc_info)), None
        return record


def _told(error: Any) -> str:
    out = io.StringIO()
    traceback.print_exception(*error, file=out)
    return out.getvalue().rstrip()
