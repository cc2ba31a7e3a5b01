"""How PHP writes money, texts and JSON."""

import pytest

from gateway.sandbox.easypay import dialect


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1.10", 110),
        ("1", 100),
        ("0.01", 1),
        ("1.005", 101),
        ("1.004", 100),
        ("1.", 100),
        (".5", 50),
        ("-1", None),
        ("1e3", None),
        ("1,00", None),
        ("1.1.1", None),
        (".", None),
        ("", None),
        ("１", None),
    ],
)
def test_money_is_rounded_to_cents_or_refused(text: str, fen: int | None) -> None:
    assert dialect.to_fen(text) == fen


@pytest.mark.parametrize(
    ("fen", "long", "short"),
    [(110, "1.10", "1.1"), (200, "2.00", "2"), (1, "0.01", "0.01"), (10000, "100.00", "100")],
)
def test_money_loses_its_trailing_zeros_in_notifications(fen: int, long: str, short: str) -> None:
    assert (dialect.to_yuan(fen), dialect.to_short_yuan(fen)) == (long, short)


def test_name_is_cut_between_letters() -> None:
    assert dialect.cut_name("费" * 50) == "费" * 42


def test_texts_are_escaped_as_php_does() -> None:
    assert dialect.escaped("""<a & "b" 'c'>""") == "&lt;a &amp; &quot;b&quot; &#039;c&#039;&gt;"


def test_json_is_ascii_with_escaped_slashes() -> None:
    assert dialect.to_json({"a": "中/b"}) == b'{"a":"\\u4e2d\\/b"}'


def test_numbers_are_the_second_in_beijing_and_five_digits() -> None:
    number = dialect.new_number(0)

    assert (len(number), number[:14], number.isdigit()) == (19, "19700101080000", True)
