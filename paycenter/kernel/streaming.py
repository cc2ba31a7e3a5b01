"""Answers that are written while they are sent, so that memory stays the same however long."""

from collections.abc import Iterable, Iterator

CHUNK = 64 * 1024


def chunks(parts: Iterable[str]) -> Iterator[bytes]:
    """Yield texts as UTF-8 in pieces of about 64 KiB: each piece is a write to the socket."""
    waiting: list[str] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()
