"""Plain, readable output for people; colours only on a terminal (and not when NO_COLOR is set)."""

import os
import sys

_COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def say(text: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def bold(text: str) -> str:
    """Return the text to be read first."""
    return _styled("1", text)


def dim(text: str) -> str:
    """Return the text to be read last."""
    return _styled("2", text)


def green(text: str) -> str:
    """Return the text as good news."""
    return _styled("32", text)


def red(text: str) -> str:
    """Return the text as bad news."""
    return _styled("31", text)


def _styled(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if _COLOURED else text
