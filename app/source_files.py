"""Source files: Markdown, HTML, JSON Lines, a folder of them, or what Zendesk exports, read as documents with a head."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from app.ai.markup import visible
from app.governance.foreign import from_json
from app.governance.sources import SourceError, parse_source

_KINDS = (".md", ".markdown", ".html", ".htm", ".jsonl", ".json")
_HEADED = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n")
_TITLE = re.compile(r"<h1\b[^>]*>.*?</h1>", re.I | re.S)
_HEADING = re.compile(r"<(h[2-4])\b[^>]*>(.*?)</\1>", re.I | re.S)
_ROW_KEYS = ("id", "title", "text")


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it is stored, head and all, and the name of where it came from."""

    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What a file without a head does not say of itself. An empty owner is kept, shown, and carries no draft."""

    owner: str
    review_by: date
    language: str = "en"
    audience: str = "public"


def documents(path: Path, missing: Missing) -> list[Document]:
    """Everything under that path, all of it readable. Raises SourceError for the first thing that is not."""
    found = list(_of(path, missing))
    for document in found:
        parse_source(document.text, document.name)
    if not found:
        raise SourceError(f"{path}: nothing to read here; a source is one of {', '.join(_KINDS)}")
    return found


def _of(path: Path, missing: Missing) -> Iterator[Document]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in _KINDS and file.is_file():
                yield from _of_file(file, missing)
        return
    yield from _of_file(path, missing)


def _of_file(path: Path, missing: Missing) -> Iterator[Document]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error})") from error
    match path.suffix.lower():
        case ".jsonl":
            yield from _of_lines(text, path.name, missing)
        case ".json":
            yield from _of_export(text, path.name, missing)
        case ".html" | ".htm":
            yield Document(_headed({"id": path.stem, **_of_html(text, path.stem)}, missing), path.name)
        case _ if _HEADED.match(text):
            yield Document(text, path.name)
        case _:
            first = re.match(r"\s*# +(.+)", text)
            yield Document(_headed({"id": path.stem, "title": first[1] if first else path.stem, "text": text}, missing), path.name)  # fmt: skip


def _of_lines(text: str, name: str, missing: Missing) -> Iterator[Document]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Document(_headed(_row(line, f"{name}, line {number}"), missing), f"{name}:{number}")


def _row(line: str, where: str) -> Mapping[str, Any]:
    try:
        row = from_json(line)
    except ValueError as error:
        raise SourceError(f"{where}: not JSON") from error
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) and row[key].strip() for key in _ROW_KEYS):
        raise SourceError(f"{where}: wants an object with {', '.join(_ROW_KEYS)} as texts")
    return row


def _of_export(text: str, name: str, missing: Missing) -> Iterator[Document]:
    """What `GET /api/v2/help_center/articles` or `/api/v2/macros` answered."""
    try:
        export = from_json(text)
    except ValueError as error:
        raise SourceError(f"{name}: not JSON") from error
    articles, macros = (export.get(key) for key in ("articles", "macros")) if isinstance(export, dict) else (None, None)
    if not isinstance(articles, list) and not isinstance(macros, list):
        raise SourceError(f"{name}: wants Zendesk's `articles` or `macros`; JSON Lines end in .jsonl")
    for article in _objects(articles, name):
        if not article.get("draft"):
            yield Document(_headed(_article(article), missing), f"{name}: article {article.get('id')}")
    for macro in _objects(macros, name):
        if macro.get("active", True) and (said := _said(macro, name)):
            row = {"id": f"macro-{macro.get('id')}", "title": str(macro.get("title", "")), "text": said}
            yield Document(_headed({**row, "kind": "template"}, missing), f"{name}: macro {macro.get('id')}")


def _objects(found: object, where: str) -> list[Mapping[str, Any]]:
    """A list of objects; nothing at all is none of them."""
    if not isinstance(found, list | None) or not all(isinstance(one, dict) for one in found or ()):
        raise SourceError(f"{where}: wants a list of objects, as Zendesk exports them")
    return found or []


def _article(article: Mapping[str, Any]) -> dict[str, Any]:
    language = str(article.get("locale") or "en").partition("-")[0]
    read = _of_html(str(article.get("body") or ""), str(article.get("title") or ""))
    return {"id": f"article-{article.get('id')}", **read, "title": str(article.get("title")), "language": language}


def _said(macro: Mapping[str, Any], where: str) -> str:
    """The comment that a macro writes; nothing, where it only sets fields."""
    values = {str(action.get("field")): action.get("value") for action in _objects(macro.get("actions"), where)}
    if html := values.get("comment_value_html"):
        return visible(str(html))[0]
    plain = values.get("comment_value")
    return str(plain[-1] if isinstance(plain, list) else plain or "").strip()


def _of_html(html: str, name: str) -> dict[str, str]:
    """As a person sees it; what is hidden from them is no source. Its `h2` headings begin sections."""
    tree = LexborHTMLParser(html)
    title = tree.css_first("title") or tree.css_first("h1")
    seen, _ = visible(_HEADING.sub(r"<p>\n## \2</p>", _TITLE.sub("", html)))
    return {"title": " ".join(title.text().split()) if title else name, "text": seen}


def _headed(row: Mapping[str, Any], missing: Missing) -> str:
    """The document as it is stored. A head of its own says more than `missing` does."""
    given = {key: row.get(key) or getattr(missing, key) for key in ("owner", "audience", "language")}
    lines = [
        f"id = {_quoted(str(row['id']).replace('#', '-'))}",
        f"title = {_quoted(' '.join(row['title'].split()))}",
        f"owner = {_quoted(given['owner'])}",
        f"review_by = {row.get('review_by') or missing.review_by}",
        f"audience = {_quoted(given['audience'])}",
        f"language = {_quoted(given['language'])}",
        *([f"kind = {_quoted(row['kind'])}"] if row.get("kind") else []),
        *([f"facts = {_table(row['facts'])}"] if isinstance(row.get("facts"), dict) and row["facts"] else []),
    ]
    return "+++\n" + "\n".join(lines) + f"\n+++\n\n{row['text'].strip()}\n"


def _table(facts: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{_quoted(key)} = {_quoted(str(value))}" for key, value in facts.items()) + " }"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, without the one control sign that it leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
