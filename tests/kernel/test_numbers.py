"""Public numbers: 24 plain characters, in the order of time, and nothing to guess."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from paycenter.kernel.numbers import ALPHABET, mint, mint_short

AT = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2099, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(MOMENTS)
def test_a_number_has_24_characters_every_channel_takes(moment: datetime) -> None:
    assert re.fullmatch(r"P[0-9]{12}[0-9A-Z]{11}", mint("P", moment))


@given(MOMENTS, MOMENTS)
def test_numbers_sort_by_the_second_they_were_made_in(first: datetime, second: datetime) -> None:
    earlier, later = sorted([first, second])
    if later - earlier >= timedelta(seconds=1):
        assert mint("P", earlier) < mint("P", later)


def test_the_time_is_utc_whatever_zone_it_came_in() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert mint("P", shanghai).startswith("P261122080000")


def test_no_character_is_mistaken_for_another() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    used = {character for _ in range(2_000) for character in mint("P", AT)[13:]}
    assert used == set(ALPHABET)


def test_numbers_of_the_same_second_differ() -> None:
    assert len({mint("P", AT) for _ in range(10_000)}) == 10_000


def test_short_numbers_are_a_letter_and_ten_digits() -> None:
    numbers = {mint_short("M") for _ in range(1_000)}
    assert len(numbers) > 990
    assert all(re.fullmatch(r"M[0-9]{10}", number) for number in numbers)
