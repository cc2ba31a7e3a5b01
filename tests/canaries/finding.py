"""Looking for planted secrets wherever anything was written: only their labels are told."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.db import connection

KINDS = ("bytea", "character varying", "json", "jsonb", "text", "ARRAY", "inet")
ALL_COLUMNS = """
    SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = ANY(%s) ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Canaries:
    """``secrets`` by what they are; ``payers`` likewise, with the columns that may hold them.

    What a payer is known by is kept where the channel needs it, and shown masked.
    """

    secrets: dict[str, str]
    payers: dict[str, str]
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def in_text(self, text: str) -> list[str]:
        """Return what is found in something people or programs read."""
        known = self.secrets | self.payers
        return sorted(label for label, value in known.items() if _in(value, text))

    def in_database(self) -> list[str]:
        """Return what stands where it must not, as ``label in table.column``; sealed ones too."""
        return [
            f"{label} in {column}"
            for column, label in self._in_columns()
            if label not in self.kept.get(column, ())
        ]

    def where_kept(self) -> dict[str, frozenset[str]]:
        """Return which columns that may hold something do."""
        found: dict[str, set[str]] = {}
        for column, label in self._in_columns():
            if label in self.kept.get(column, ()):
                found.setdefault(column, set()).add(label)
        return {column: frozenset(labels) for column, labels in found.items()}

    def _in_columns(self) -> Iterator[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(ALL_COLUMNS, [list(KINDS)])
            for table, column, kind in cursor.fetchall():
                shown = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
                name = shown.format(connection.ops.quote_name(column))
                cursor.execute(
                    f"SELECT coalesce(string_agg({name}, chr(10)), '') "
                    f"FROM {connection.ops.quote_name(table)}"
                )
                for label in self.in_text(cursor.fetchone()[0]):
                    yield f"{table}.{column}", label


def _in(value: str, text: str) -> bool:
    """Whether a secret stands in a text, as it is or as JSON writes it."""
    return value in text or value.encode("unicode_escape").decode() in text


def text_of(content: bytes, kind: str) -> str:
    """Return all that is written in an answer; a workbook is a bundle of files."""
    if "spreadsheetml" not in kind:
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return "\n".join(bundle.read(name).decode() for name in bundle.namelist())
