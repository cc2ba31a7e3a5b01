"""Yuan and fen: exact both ways, and nothing that merely looks like an amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycenter.kernel.money import MAX_AMOUNT, FractionOfFen, format_yuan, parse_yuan


@given(st.integers(min_value=-MAX_AMOUNT, max_value=MAX_AMOUNT))
def test_what_is_written_reads_the_same(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


@given(st.integers(min_value=0, max_value=MAX_AMOUNT), st.integers(min_value=0, max_value=6))
def test_trailing_zeros_change_nothing(fen: int, zeros: int) -> None:
    assert parse_yuan(format_yuan(fen) + "0" * zeros) == fen


@given(st.text())
def test_any_text_is_an_exact_amount_or_refused(text: str) -> None:
    try:
        fen = parse_yuan(text)
    except ValueError:
        return
    assert type(fen) is int
    assert text.isascii()


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.01", 1),
        ("0.29", 29),
        ("19.9", 1990),
        ("128.50", 12850),
        ("128.500000", 12850),
        ("-3.20", -320),
        ("-0", 0),
        ("100000000.00", MAX_AMOUNT),
    ],
)
def test_amounts(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 ",
        " 1",
        "1\n",
        "+1",
        "--1",
        "01",
        "1.",
        ".5",
        "1,000.00",
        "1_0",
        "1e2",
        "0.001",
        "0.019",
        "1.005",
        "¥1",
        "1元",
        "１",
        "١",
        "NaN",
        "Infinity",
        "-Infinity",
        "0x10",
        "1/2",
        "null",
        "1" * 13,
        "0." + "0" * 9,
    ],
)
def test_no_amounts(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fen"):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (12850, "128.50"), (-100, "-1.00")]
)
def test_writing(fen: int, text: str) -> None:
    assert format_yuan(fen) == text


@pytest.mark.parametrize("text", ["0.115", "0.00001", "-1.005"])
def test_fraction_of_a_fen_is_told_from_what_is_no_amount(text: str) -> None:
    with pytest.raises(FractionOfFen):
        parse_yuan(text)
    with pytest.raises(ValueError, match="not a plain") as caught:
        parse_yuan(f"{text} ")
    assert not isinstance(caught.value, FractionOfFen)
