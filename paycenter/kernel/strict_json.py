"""JSON where money is at stake: what is ambiguous is refused instead of guessed.

Python's parser keeps the last of two equal keys, accepts NaN and Infinity and turns ``1e400`` into
infinity. Each of these has moved money somewhere.
"""

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 32
MAX_DIGITS = 40
# Possessive and without need of a closing quote, so that it never looks at a character twice.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


class InvalidJSON(ValueError):
    """The bytes are not acceptable JSON; the text says why."""


def loads(raw: bytes) -> Any:
    """Parse UTF-8 JSON. Raises ``InvalidJSON`` for duplicate keys, NaN, Infinity, deep nesting."""
    try:
        text = raw.decode("utf-8")
        _check_depth(text)
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
        if "\\u" in text:  # only an escape can smuggle in half of a surrogate pair
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeEncodeError:
        raise InvalidJSON("a string has half of a surrogate pair") from None
    except UnicodeDecodeError:
        raise InvalidJSON("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidJSON(f"not valid JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise InvalidJSON("nested too deeply") from None


def dumps(value: Any) -> str:
    """Write compact JSON with readable Chinese; NaN and Infinity raise ``ValueError``."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidJSON("an object has the same key twice")
    return result


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJSON("a number is too large")
    return number


def _bounded(text: str) -> int:
    """No amount, count or time needs more; Python refuses to convert very long ones at all."""
    if len(text) > MAX_DIGITS:
        raise InvalidJSON("a number is too long")
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJSON(f"{name} is not a JSON number")


def _check_depth(text: str) -> None:
    """Bound the nesting cheaply, before any object is built."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise InvalidJSON("nested too deeply")
