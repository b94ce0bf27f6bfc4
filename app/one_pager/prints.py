"""The one-pager as Markdown, HTML and PDF."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from app.one_pager.facts import Facts
from app.one_pager.page import Section, page

_STYLE = Path(__file__).parents[1] / "web/static/one-pager.css"


class NoPrinterError(Exception):
    """There is nothing here that makes a PDF."""


def _head(known: Facts) -> tuple[str, str]:
    return f"{known.policy.name}: how AI answers customers here", f"As of {known.at:%d %B %Y, %H:%M} UTC"


def enforced(sections: Sequence[Section]) -> list[tuple[int, str, str]]:
    """Number, sentence, and what enforces it: for programs, and for whoever checks."""
    said = [sentence for section in sections for sentence in section.sentences]
    return [(number, sentence.text, " ".join(sentence.by)) for number, sentence in enumerate(said, start=1)]


def as_markdown(known: Facts) -> str:
    """Pastes into a document."""
    title, when = _head(known)
    sections, number = page(known), 0
    lines = [f"# {title}", "", when, ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        for sentence in section.sentences:
            number += 1
            lines.append(f"- {sentence.text} [^{number}]")
        lines += ["", *_markdown_table(section.table)]
    return "\n".join([*lines, *(f"[^{place}]: {by}" for place, _, by in enforced(sections)), ""])


def _markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    head, *body = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return [head, "|---" * len(rows[0]) + "|", *body, ""]


def as_html(known: Facts, style: str = "") -> str:
    """One document, with nothing to fetch. `style`: the address of the sheet, where a page must not carry its own."""
    title, when = _head(known)
    sections, number = page(known), 0
    parts = [f"<h1>{escape(title)}</h1><p class=quiet>{escape(when)}</p>"]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        for sentence in section.sentences:
            number += 1
            by = escape(" ".join(sentence.by), quote=True)
            note = f'<sup><a href="#by-{number}">{number}</a></sup>'
            parts.append(f'<p data-enforced-by="{by}">{escape(sentence.text)}{note}</p>')
        parts.append(_html_table(section.table))
    notes = "".join(f'<li id="by-{place}">{escape(by)}</li>' for place, _, by in enforced(sections))
    parts.append(f"<h2>What enforces each sentence</h2><ol class=by>{notes}</ol>")
    sheet = f'<link rel="stylesheet" href="{escape(style)}">' if style else f"<style>{_STYLE.read_text()}</style>"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>{sheet}'
    return f"{head}{''.join(parts)}</html>\n"


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head, *body = rows
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body)
    return f"<table><tr>{cells}</tr>{lines}</table>"


def as_pdf(known: Facts) -> bytes:
    """Printed by the Chromium that is installed. Raises NoPrinterError where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise NoPrinterError("a PDF needs Chromium here; --format html prints from any browser")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(as_html(known), encoding="utf-8")
        quiet = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-sync",
            "--disable-component-update",
            "--no-first-run",
        ]
        place = [
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        done = subprocess.run([program, *quiet, *place], capture_output=True, timeout=120, check=False)
        if done.returncode != 0 or not target.exists():
            raise NoPrinterError("Chromium did not print the page; --format html prints from any browser")
        return target.read_bytes()
