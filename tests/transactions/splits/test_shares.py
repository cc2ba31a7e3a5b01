"""How a share is rounded, what stays with the company, and when nothing is split."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merchants.models import ChannelMerchant
from paycenter.kernel.money import MAX_AMOUNT
from tests.support.parties import make_channel_merchant
from tests.support.split_rules import make_rule
from transactions.splits.shares import shares_by_rule

pytestmark = pytest.mark.django_db

WHOLE = 1_000_000


@pytest.fixture
def owner() -> ChannelMerchant:
    """A channel merchant that may split all of a payment."""
    return make_channel_merchant(max_split_ppm=WHOLE)


def _amounts(
    owner: ChannelMerchant, amount: int, *items: tuple[str, int], **rule: object
) -> list[int]:
    return [share.amount for share in shares_by_rule(make_rule(owner, *items, **rule), amount)]


ITEMS = st.lists(
    st.one_of(
        st.tuples(st.just("ppm"), st.integers(min_value=1, max_value=WHOLE)),
        st.tuples(st.just("fixed"), st.integers(min_value=1, max_value=100_000)),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(
    amount=st.one_of(st.integers(1, 1_000), st.integers(1, MAX_AMOUNT)),
    items=ITEMS,
    max_ppm=st.integers(0, WHOLE),
    rule=st.fixed_dictionaries(
        {"base": st.sampled_from(["gross", "net"]), "fee_ppm": st.integers(0, WHOLE)}
    ),
)
def test_shares_and_rest_add_up_and_nothing_is_below_zero(
    amount: int, items: list[tuple[str, int]], max_ppm: int, rule: dict[str, object]
) -> None:
    owner = make_channel_merchant(max_split_ppm=max_ppm)
    shares = _amounts(owner, amount, *items, **rule)
    fee = amount * int(str(rule["fee_ppm"])) if rule["base"] == "net" else 0
    assert all(share >= 1 for share in shares)
    assert sum(shares) * WHOLE <= amount * max_ppm
    assert sum(shares) * WHOLE <= amount * WHOLE - fee


def test_each_share_is_rounded_down_and_the_company_keeps_the_rest(owner: ChannelMerchant) -> None:
    assert _amounts(owner, 100, ("ppm", 333_333), ("ppm", 333_333), ("ppm", 333_334)) == [33] * 3


def test_the_fee_is_taken_off_a_net_base_rounded_up(owner: ChannelMerchant) -> None:
    # 0.6 % of 10 001 fen is 60.006: 61 are taken off.
    rule = {"base": "net", "fee_ppm": 6_000}
    assert _amounts(owner, 10_001, ("ppm", WHOLE), **rule) == [9_940]


def test_a_gross_base_knows_no_fee(owner: ChannelMerchant) -> None:
    assert _amounts(owner, 10_001, ("ppm", 500_000), fee_ppm=6_000) == [5_000]


def test_a_fixed_amount_is_what_it_says(owner: ChannelMerchant) -> None:
    assert _amounts(owner, 10_000, ("fixed", 150), ("ppm", 100_000)) == [150, 1_000]


def test_a_share_of_nothing_is_left_out(owner: ChannelMerchant) -> None:
    assert _amounts(owner, 9, ("ppm", 100_000), ("fixed", 2)) == [2]


def test_a_payment_smaller_than_its_fixed_shares_is_not_split(owner: ChannelMerchant) -> None:
    assert _amounts(owner, 149, ("fixed", 100), ("fixed", 50)) == []
    assert _amounts(owner, 150, ("fixed", 100), ("fixed", 50)) == [100, 50]


def test_fixed_shares_stay_within_a_net_base(owner: ChannelMerchant) -> None:
    rule = {"base": "net", "fee_ppm": 100_000}
    assert _amounts(owner, 100, ("fixed", 91), **rule) == []
    assert _amounts(owner, 100, ("fixed", 90), **rule) == [90]


def test_shares_stay_within_what_the_channel_lets_be_split() -> None:
    owner = make_channel_merchant(max_split_ppm=200_000)
    assert _amounts(owner, 1_000, ("fixed", 201)) == []
    assert _amounts(owner, 1_000, ("fixed", 200)) == [200]


def test_without_an_agreement_the_usual_ratio_of_the_channel_holds() -> None:
    owner = make_channel_merchant(channel="alipay")
    assert _amounts(owner, 1_000, ("fixed", 301)) == []
    assert _amounts(owner, 1_000, ("fixed", 300)) == [300]


def test_a_channel_that_cannot_split_splits_nothing() -> None:
    owner = make_channel_merchant(channel="easypay", max_split_ppm=WHOLE)
    assert _amounts(owner, 1_000, ("fixed", 1)) == []
