"""Columns: what every table is made with. Times are UTC, stored as ISO 8601 text so that both databases sort and show them alike."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Dialect, Integer, MetaData, String, TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as fixed-width UTC text: `2026-11-23T09:15:02.123456Z`."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        """Refuse a naive time: nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        """Back to an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


# A host's name, with a word before it where somebody watches it: `poll:gmail:support@acme.example`.
# SQLite counts no letters, so the column that it made for the first release is wide enough.
Place = String(20).with_variant(String(120), "postgresql")


def numbered() -> Column[int]:
    """The id of rows that the database counts."""
    return Column("id", Integer, primary_key=True, autoincrement=True)
