"""Log lines, and the addresses in them: an address that is a key is not written down.

Whoever knows the address of a payer's page may read what it shows, and whoever reads a log is not
meant to. Django writes the path of every request that it refuses, and tracebacks may hold one.
"""

import logging
import re

_PAGE_KEY = re.compile(r"(/(?:checkout|easypay/page|easypay/choose)/)[A-Za-z0-9_:.-]{20,}")


def shown_path(text: str) -> str:
    """Return a path, or any text that holds some, without the keys of pages."""
    return _PAGE_KEY.sub(r"\1***", text)


class LineFormatter(logging.Formatter):
    """Formats as usual, and hides the keys of pages."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole entry, its traceback included."""
        return shown_path(super().format(record))
