"""What the same database does at most: the rows of one initiation, inserted and committed, no more.

The first commit of an initiation inserts a nonce, an order and a payment. Here ``pgbench`` inserts
copies of the rows that a real one left into copies of the three tables (same columns, indexes and
checks, no foreign keys), all in one transaction.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from paycenter.local import programs
from paycenter.local.errors import LocalError
from tests.benchmarks.figures import Figures

_TABLES = ("merchants_usednonce", "transactions_order", "transactions_payment")
_SCHEMA = "bare"
_FRESH = "md5(:n::text)"
# What must differ from row to row. The number is random enough to make repeats all but impossible.
_DIFFERENT = {
    "nonce": _FRESH,
    "order_no": _FRESH,
    "serial_no": f"substr({_FRESH}, 1, 24)",
    "order_id": ":order_id",
}
_SCRIPT = """\
\\set n random(1, 9223372036854775806)
BEGIN;
{nonce};
{order} RETURNING id AS order_id \\gset
{payment};
COMMIT;
"""

Connection = psycopg.Connection[tuple[object, ...]]


class BareDatabase:
    """Copies of the three tables, and the script that fills them."""

    def __init__(self, database_url: str, folder: Path) -> None:
        """Make the copies; the center must have initiated payments, and none of them be paid."""
        self._url = database_url
        self._script = folder / "bare.sql"
        with psycopg.connect(database_url) as connection:
            connection.execute(f"CREATE SCHEMA {_SCHEMA}".encode())
            nonce, order, payment = (_copy(connection, table) for table in _TABLES)
        self._script.write_text(_SCRIPT.format(nonce=nonce, order=order, payment=payment))

    def measure(self, *, clients: int, seconds: int) -> Figures:
        """Insert for so long with so many clients."""
        with tempfile.TemporaryDirectory() as folder:
            command: list[str | Path] = [
                programs.installed().postgres.with_name("pgbench"),
                *("--no-vacuum", "--protocol=prepared", f"--file={self._script}"),
                *(f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds}"),
                *("--log", f"--log-prefix={folder}/transactions", self._url),
            ]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                raise LocalError(f"pgbench failed:\n{done.stderr}")
            latencies = list(_logged(Path(folder)))
        self._empty()
        return Figures(seconds, latencies)

    def _empty(self) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute(f"TRUNCATE {', '.join(map(_copied, _TABLES))}".encode())


def _logged(folder: Path) -> Iterator[float]:
    """Read what pgbench logs of each transaction; its third word is microseconds."""
    for log in folder.iterdir():
        for line in log.read_text().splitlines():
            yield int(line.split()[2]) / 1_000_000


def _copied(table: str) -> str:
    return f"{_SCHEMA}.{table}"


def _copy(connection: Connection, table: str) -> str:
    """Make an empty copy of the table; return the statement that inserts its newest row again."""
    connection.execute(f"CREATE TABLE {_copied(table)} (LIKE {table} INCLUDING ALL)".encode())
    values = {**_newest_row(connection, table), **_DIFFERENT}
    columns = [name for name in _newest_row(connection, table) if name != "id"]
    listed = ", ".join(values[name] for name in columns)
    return f"INSERT INTO {_copied(table)} ({', '.join(columns)}) VALUES ({listed})"


def _newest_row(connection: Connection, table: str) -> dict[str, str]:
    """Return each column's value as SQL writes it."""
    columns = connection.execute(f"SELECT * FROM {table} LIMIT 0".encode()).description or []
    names = [column.name for column in columns]
    quoted = ", ".join(f"quote_nullable({name}::text)" for name in names)
    row = connection.execute(f"SELECT {quoted} FROM {table} ORDER BY id DESC LIMIT 1".encode())
    found = row.fetchone()
    assert found is not None, f"nothing in {table}: initiate a payment first"
    return dict(zip(names, map(str, found), strict=True))
