"""Sources in the words and columns of the command line, and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.governance.difference import Difference
from app.governance.proposal import Passage
from app.review import Refusal
from app.source_view import Document, Life, Shelf, Step, Waiting
from app.sourcing import Became

_BECAME = {"new": "new", "changed": "changed", "renewed": "reviewed", "retired": "retired", "unchanged": "unchanged"}
Row = dict[str, Any]


def became(one: Became | Refusal, name: str) -> Row:
    """What became of one text."""
    if isinstance(one, Refusal):
        return {"file": name, "done": False, "reasons": [{"rule": why.rule, "text": why.text} for why in one.reasons]}
    request = one.request.id if one.request else None
    said = {"change": one.change, "in_force": one.in_force, "request": request, "held": one.held}
    return {"file": name, "done": True, "id": one.source.id, "language": one.source.language, **said, "reasons": []}


def added(rows: Sequence[Row]) -> str:
    """A line for each that is not as it was, and the sum."""
    lines = [_became(row) for row in rows if row.get("change") != "unchanged"]
    same = sum(row.get("change") == "unchanged" for row in rows)
    return "\n".join([*lines, *([f"{same} unchanged"] if same else [])])


def _became(row: Row) -> str:
    if not row["done"]:
        return f"{row['file']}: {'; '.join(reason['text'] for reason in row['reasons'])}"
    held = f"; {row['held']} approved replies went back to people" if row["held"] else ""
    waits = f", waits for a second person: request {row['request']}" if row["request"] else ", in force"
    return f"{row['id']} ({row['language']}): {_BECAME[row['change']]}{waits}{held}"


def row(one: Document) -> Row:
    """One document in force."""
    source = one.source
    named = {name: getattr(source, name) for name in ("id", "language", "title", "kind", "audience", "owner")}
    dated = {"review_by": source.review_by.isoformat(), "version": one.version.version, "sha256": one.version.sha256}
    return {**named, **dated, "categories": list(one.categories), "troubles": list(one.troubles)}


def shelf(rows: Sequence[Row]) -> str:
    """For people."""
    lines = [
        f"{row['id']:<28} {row['language']:<3} v{row['version']:<3} {row['audience']:<9}review by {row['review_by']}  "
        f"{row['owner'] or 'nobody'}{''.join(f'  ! {trouble}' for trouble in row['troubles'])}"
        for row in rows
    ]
    return "\n".join(lines) or "no sources yet: `countersign sources add`"


def problems(found: Shelf) -> list[Row]:
    """What somebody should see to."""
    own = [
        {"id": one.source.id, "language": one.source.language, "owner": one.source.owner, "text": trouble}
        for one in found.documents
        for trouble in one.troubles
    ]
    absent = [
        {"id": source, "language": None, "owner": "", "text": f"the category {category} names it, and nobody has it"}
        for category, source in found.absent
    ]
    return [*own, *absent]


def problems_in_words(rows: Sequence[Row]) -> str:
    """For people."""
    named = (".".join(filter(None, (row["id"], row["language"]))) for row in rows)
    told = (f"{name}: {row['text']}" for name, row in zip(named, rows, strict=True))
    return "\n".join(told) or "nothing is stale, ownerless or in contradiction"


def hit(passage: Passage) -> Row:
    """One hit of a search."""
    return {name: getattr(passage, name) for name in ("id", "title", "score", "text", "audience")}


def hits(rows: Sequence[Row]) -> str:
    """For people."""
    told = (f"{row['score']:.2f}  {row['id']}  {row['title']}\n      {row['text']}" for row in rows)
    return "\n".join(told) or "nothing found"


def request(one: Waiting) -> Row:
    """What waits for a second person."""
    asked = one.request
    named = {"id": asked.id, "source": asked.source_id, "language": asked.language, "change": asked.change}
    whose = {"by": one.author, "reason": asked.reason, "asked_at": asked.asked_at, "seen": asked.sha256}
    return {**named, **whose, "difference": _difference(one.difference)}


def _difference(one: Difference) -> Row:
    return {"words": list(one.words), "pieces": [{"kind": piece.kind, "text": piece.text} for piece in one.changed]}


def requests(rows: Sequence[Row]) -> str:
    """For people."""
    return "\n\n".join(_request(row) for row in rows) or "nothing waits"


def _request(row: Row) -> str:
    head = f"{row['id']}: {row['source']} ({row['language']}), {row['change']}, by {row['by']}: {row['reason']}"
    return "\n".join([head, *_difference_in_words(row["difference"]), f"  approve with --seen {row['seen']}"])


def _difference_in_words(told: Row) -> list[str]:
    marks = {"gone": "−", "added": "+"}
    return [
        *(f"  {line}" for line in told["words"]),
        *(f"  {marks[piece['kind']]} {piece['text']}" for piece in told["pieces"]),
    ]


def whole(life: Life) -> Row:
    """One document with its life."""
    return {
        "document": row(life.document) if life.document else None,
        "text": life.last.text,
        "versions": [_step(step) for step in life.steps],
        "waiting": request(life.waiting) if life.waiting else None,
    }


def _step(step: Step) -> Row:
    version = step.version
    said = {"version": version.version, "change": version.change, "sha256": version.sha256, "reason": version.reason}
    whose = {"by": step.author, "approved_by": step.approved_by, "at": version.added_at}
    return {**said, **whose, "difference": _difference(step.difference)}


def whole_in_words(told: Row) -> str:
    """For people."""
    lines = []
    for step in told["versions"]:
        second = f", approved by {step['approved_by']}" if step["approved_by"] else ""
        lines.append(f"version {step['version']}, {step['at']:%Y-%m-%d %H:%M} UTC: {step['change']} by {step['by']}{second}")  # fmt: skip
        lines += _difference_in_words(step["difference"])
    return "\n".join([told["text"].rstrip(), "", *lines])
