"""Work on many tickets at once: answered as queued, done when it is asked for again."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sandbox.zendesk.errors import ApiError, record_not_found
from sandbox.zendesk.state import Doc, Store, dump

Task = Callable[[], Doc]


def run(store: Store, job_type: str, tasks: list[Task], root: str) -> Doc:
    """Each task on its own: one that is refused leaves the others done. The first answer still says queued."""
    number = secrets.token_hex(16)
    results = [_result(task, index) for index, task in enumerate(tasks)]
    done: Doc = {
        "id": number, "job_type": job_type, "url": f"{root}/api/v2/job_statuses/{number}.json", "total": len(tasks),
        "progress": len(tasks), "status": "completed", "message": f"Completed at {store.stamp()}", "results": results,
    }  # fmt: skip
    with store.write():
        store.execute("INSERT INTO jobs VALUES (?, ?)", number, dump(done))
    return {**done, "progress": None, "status": "queued", "message": None, "results": None}


def _result(task: Task, index: int) -> Doc:
    try:
        return {"index": index, "success": True, **task()}
    except ApiError as refused:
        told = {"error": refused.body.get("error"), "details": refused.body.get("description")}
        return {"index": index, "success": False, "status": "Failed", **told}


def every(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM jobs ORDER BY rowid DESC")


def get(store: Store, number: str) -> Doc:
    found = store.doc("SELECT doc FROM jobs WHERE id=?", number)
    if found is None:
        raise record_not_found()
    return found
