"""The store keeps memory and file together."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.sandbox.store import Store, Table


@dataclass(frozen=True)
class Thing:
    """A record."""

    name: str
    value: int


def _table(path: Path) -> tuple[Store, Table[Thing]]:
    store = Store(path / "state.sqlite3")
    return store, Table(store, "thing", Thing, key=lambda thing: thing.name)


def test_reopened_table_has_what_was_put(tmp_path: Path) -> None:
    _, things = _table(tmp_path)
    things.put(Thing("a", 1))
    things.put(Thing("b", 2))
    things.put(Thing("a", 3))
    things.remove("b")

    assert _table(tmp_path)[1].all() == [Thing("a", 3)]


def _change_and_fail(store: Store, things: Table[Thing]) -> None:
    with store.atomic():
        things.put(Thing("kept", 2))
        with store.atomic():
            things.put(Thing("new", 1))
        things.remove("kept")
        raise RuntimeError


def test_failed_transaction_leaves_memory_and_file_as_they_were(tmp_path: Path) -> None:
    store, things = _table(tmp_path)
    things.put(Thing("kept", 1))

    with pytest.raises(RuntimeError):
        _change_and_fail(store, things)

    assert things.all() == [Thing("kept", 1)]
    assert _table(tmp_path)[1].all() == [Thing("kept", 1)]
