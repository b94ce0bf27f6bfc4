"""Pictures in README and documents: always of the same day at noon, so that they differ only where the product does."""

from __future__ import annotations

import os

from playwright.sync_api import Page

from tests.browser.conftest import ROOT

IMAGES = ROOT / "docs/images"
AT_NOON = """() => {
  const noon = new Date(2026, 10, 23, 12), hour = 3600e3;
  const clock = { hour: "2-digit", minute: "2-digit" }, day = { day: "numeric", month: "short", ...clock };
  const moved = at => new Date(+noon + Math.round((at - Date.now()) / hour) * hour);
  const today = at => at.toDateString() === noon.toDateString();
  for (const time of document.querySelectorAll("time[datetime]:not(.comment-head *)")) {
    const at = moved(Date.parse(time.dateTime));
    time.textContent = new Intl.DateTimeFormat("en", today(at) ? clock : day).format(at);
  }
  for (const age of document.querySelectorAll(".comment-head time, .message-head time, .row-when")) {
    const minutes = age.textContent === "now" ? 0 : Number(age.textContent.match(/^(\\d+) min$/)?.[1] ?? NaN);
    if (minutes >= 0) age.textContent = minutes < 6 ? "now" : minutes < 16 ? "9 min" : minutes < 40 ? "22 min" : "55 min";
  }
  for (const due of document.querySelectorAll("td.day")) {
    if (due.querySelector("span")?.textContent === "today") due.firstChild.textContent = "23 Nov 2026";
  }
}"""


def photograph(page: Page, name: str) -> None:
    """Kept in the tree; taken anew when it is missing or asked for (`make pictures`)."""
    file = IMAGES / name
    if not file.exists() or os.environ.get("COUNTERSIGN_SCREENSHOTS"):
        IMAGES.mkdir(parents=True, exist_ok=True)
        for frame in page.frames:
            frame.evaluate(AT_NOON)
        page.screenshot(path=file, animations="disabled")
