"""Files beside rows: what was stored for a row that is not written goes again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.files import File
from django.core.files.storage import Storage

Keep = Callable[[str, "File[bytes]"], str]


@contextmanager
def kept_if_written(storage: Storage) -> Iterator[Keep]:
    """Yield what stores a file under a name and returns the name it got.

    Belongs inside of the transaction. A commit that fails leaves the file: nobody can say whether
    its row is there, and a file too many harms less than a row without its file.
    """
    stored: list[str] = []

    def keep(name: str, file: "File[bytes]") -> str:
        stored.append(storage.save(name, file))
        return stored[-1]

    try:
        yield keep
    except BaseException:
        for name in stored:
            storage.delete(name)
        raise
