"""JSON where money is at stake: what two parsers could read differently is refused."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycenter.kernel.strict_json import MAX_DEPTH, InvalidJSON, dumps, loads

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_what_is_written_reads_the_same(document: Any) -> None:
    assert loads(dumps(document).encode()) == document


@given(DOCUMENTS)
def test_it_reads_what_python_reads(document: Any) -> None:
    assert loads(json.dumps(document, indent=1).encode()) == document


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b'[{"a": 1, "\\u0061": 2}]',
        b"NaN",
        b'{"amount": Infinity}',
        b"[-Infinity]",
        b"1e400",
        b'{"amount": -1e999}',
        b"01",
        b"1_000",
        b"+1",
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'"\x01"',
        b"\xef\xbb\xbf{}",
        b"\xff",
        '"金额"'.encode("gbk"),
        b"9" * 5_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
    ],
)
def test_what_is_ambiguous_or_broken_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidJSON):
        loads(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"[[[["', "[[[["),
        (b'["' + b"[{" * 500 + b'"]', ["[{" * 500]),
        (b'"\\"' + b"[" * 100 + b'"', '"' + "[" * 100),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
        (b"[" + b"[]," * 1_000 + b"[]]", [[]] * 1_001),
        (b"9" * 40, int("9" * 40)),
    ],
)
def test_what_is_unusual_but_clear_is_read(raw: bytes, value: Any) -> None:
    assert loads(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000,
        b"[" * 1_000_000,
        b"[" * 33 + b'"' + b'\\"' * 400_000,
        b"[" * 33 + b'"\\' * 400_000,
        b"[" * 33 + b'"' * 900_001,
    ],
    ids=["arrays", "objects", "a megabyte", "escaped quotes", "escapes", "quotes"],
)
def test_a_hostile_body_is_refused_at_once(raw: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(InvalidJSON):
        loads(raw)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": float("-inf")}])
def test_what_is_not_json_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(value)


def test_writing_is_compact_and_readable() -> None:
    assert dumps({"名": ["水费", 1]}) == '{"名":["水费",1]}'
