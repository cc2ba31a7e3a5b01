"""What the page says of a refusal: something for each, and nothing it need not say."""

import pytest

from paycenter.kernel.errors import TITLES, Problem
from transactions.checkout import words
from transactions.checkout.words import NOTICES, notice_of

SAID_BY_THE_PAGE = {"order_closed", "order_paid"}


@pytest.mark.parametrize("code", sorted(TITLES))
def test_every_refusal_has_words_that_exist(code: str) -> None:
    said = notice_of(Problem(code, ""))
    assert (said == "") == (code in SAID_BY_THE_PAGE)
    assert said == "" or str(NOTICES[said]).endswith((".", "。"))


def test_only_refusals_that_exist_are_translated() -> None:
    assert set(words._OF_PROBLEMS) <= set(TITLES)


def test_every_notice_is_said_somewhere() -> None:
    """By a refusal, or by the way back from a login."""
    assert set(words._OF_PROBLEMS.values()) | {"again", "login"} >= set(NOTICES)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("attempt_too_soon", "held"),
        ("channel_unavailable", "unavailable"),
        ("payment_account_inactive", "way"),
        ("order_paid", ""),
        ("service_unavailable", "again"),
    ],
)
def test_refusal_is_said_in_the_payers_words(code: str, said: str) -> None:
    assert notice_of(Problem(code, "")) == said
