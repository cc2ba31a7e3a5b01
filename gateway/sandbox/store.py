"""The sandbox's memory: frozen records in dictionaries under one lock, written through to SQLite.

Reads never touch the disk. Every write reaches the file before the lock is given back, so a
restart, or a kill at any moment, finds what had been answered.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Store:
    """One SQLite file and the lock that guards everything kept in it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; ``sqlite3.DatabaseError`` when it is no such file."""
        self.lock = threading.RLock()
        self._undo: list[Callable[[], None]] | None = None
        path.touch(mode=0o600)  # private keys of the simulated platform are kept in it
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Hold the lock; keep all changes made inside, or none when an exception leaves it."""
        with self.lock:
            if self._undo is not None:
                yield
                return
            self._undo = []
            self._database.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                for step in reversed(self._undo):
                    step()
                raise
            else:
                self._database.execute("COMMIT")
            finally:
                self._undo = None

    def read(self, kind: str) -> list[dict[str, Any]]:
        """Every stored record of one kind."""
        rows = self._database.execute("SELECT body FROM record WHERE kind = ?", (kind,))
        return [json.loads(body) for (body,) in rows]

    def write(self, kind: str, key: str, body: dict[str, Any] | None) -> None:
        """Store one record, or remove it when ``body`` is None."""
        if body is None:
            sql, values = "DELETE FROM record WHERE kind = ? AND key = ?", (kind, key)
            self._database.execute(sql, values)
        else:
            text = json.dumps(body, ensure_ascii=False)
            self._database.execute("REPLACE INTO record VALUES (?, ?, ?)", (kind, key, text))

    def remember(self, undo: Callable[[], None]) -> None:
        """Note how to take a change of memory back should the transaction around it fail."""
        if self._undo is not None:
            self._undo.append(undo)


class Table(Generic[Record]):
    """The records of one kind, by key, in the order of their first writing."""

    def __init__(
        self, store: Store, kind: str, record: type[Record], *, key: Callable[[Record], str]
    ) -> None:
        self._store = store
        self._kind = kind
        self._key = key
        items = (record(**body) for body in store.read(kind))
        self._records: dict[str, Record] = {key(item): item for item in items}

    def get(self, key: str) -> Record | None:
        """The record of that key, or None."""
        return self._records.get(key)

    def all(self) -> list[Record]:
        """Every record, the oldest writing first."""
        with self._store.lock:
            return list(self._records.values())

    def put(self, record: Record) -> Record:
        """Add or replace."""
        self._change(self._key(record), record)
        return record

    def remove(self, key: str) -> None:
        """Forget the record of that key, if there is one."""
        self._change(key, None)

    def clear(self) -> None:
        """Forget them all."""
        with self._store.atomic():
            for key in list(self._records):
                self.remove(key)

    def _change(self, key: str, record: Record | None) -> None:
        with self._store.lock:
            before = self._records.get(key)
            self._store.write(self._kind, key, asdict(record) if record is not None else None)
            self._store.remember(lambda: self._set(key, before))
            self._set(key, record)

    def _set(self, key: str, record: Record | None) -> None:
        if record is None:
            self._records.pop(key, None)
        else:
            self._records[key] = record
