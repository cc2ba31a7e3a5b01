"""Which ways a page offers, and which account stands behind each: with the channels as they are."""

from collections import Counter
from typing import Any

import pytest

from gateway.messages import Browser
from merchants.models import Application, Grant, Merchant, PaymentAccount
from tests.support.money import make_order
from tests.support.parties import (
    make_account,
    make_application,
    make_channel_merchant,
    make_merchant,
)
from transactions.checkout import offers
from transactions.checkout.offers import name_of_way, offer_named, offers_of
from transactions.models import Checkout, Order

ANY_TYPE = ""
WECHAT_CODE, WECHAT_PAGE = ("wechat", "qr_code", False), ("wechat", "wap", False)
ALIPAY_PAGE, ALIPAY_ON_PHONE = ("alipay", "pc", False), ("alipay", "wap", False)
IN_APP = {
    Browser.WECHAT: ("wechat", "official_account", True),
    Browser.ALIPAY: ("alipay", "mini_program", True),
}


@pytest.fixture(autouse=True)
def _with_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every account has what its channel's login needs."""
    monkeypatch.setattr(offers, "can_log_in", lambda account: True)


@pytest.fixture
def merchant(db: None) -> Merchant:
    """A property company."""
    return make_merchant()


@pytest.fixture
def application(merchant: Merchant) -> Application:
    """An application that may use what ``_account`` makes."""
    return make_application()


def _account(
    application: Application, merchant: Merchant, channel: str = "wechat", **changes: Any
) -> PaymentAccount:
    """Return a granted account of the company; ``type`` is that of an EasyPay platform."""
    options = {"type": changes.pop("type")} if "type" in changes else changes.pop("options", {})
    owner = make_channel_merchant(merchant, channel=channel, options=options)
    account = make_account(owner, **changes)
    Grant.objects.create(application=application, payment_account=account)
    return account


def _checkout(application: Application, account: PaymentAccount, **changes: Any) -> Checkout:
    payment_nos = changes.pop("payment_nos", [])
    order = make_order(application, account, **changes)
    return Checkout(order=order, merchant_id=order.merchant_id, payment_nos=payment_nos)


def _offered(checkout: Checkout, browser: Browser = Browser.PC) -> list[str]:
    """Return the numbers of the accounts that are offered."""
    return [offer.account.payment_no for offer in offers_of(checkout, browser)]


@pytest.mark.parametrize(
    ("channel", "browser", "expected"),
    [
        ("wechat", Browser.PC, WECHAT_CODE),
        ("wechat", Browser.PHONE, WECHAT_PAGE),
        ("wechat", Browser.WECHAT, IN_APP[Browser.WECHAT]),
        ("wechat", Browser.ALIPAY, None),
        ("alipay", Browser.PC, ALIPAY_PAGE),
        ("alipay", Browser.PHONE, ALIPAY_ON_PHONE),
        ("alipay", Browser.WECHAT, None),
        ("alipay", Browser.ALIPAY, IN_APP[Browser.ALIPAY]),
    ],
)
def test_each_browser_gets_the_way_that_works_in_it(
    application: Application,
    merchant: Merchant,
    channel: str,
    browser: Browser,
    expected: tuple[str, str, bool] | None,
) -> None:
    account = _account(application, merchant, channel)
    shown = offers_of(_checkout(application, account), browser)
    found = [(one.way.code, one.way.method.value, one.needs_login) for one in shown]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("type_", "code", "closed_to"),
    [
        ("alipay", "easypay-alipay", {Browser.WECHAT}),
        ("wxpay", "easypay-wxpay", {Browser.ALIPAY}),
        ("qqpay", "easypay-qqpay", {Browser.WECHAT, Browser.ALIPAY}),
        ("bank", "easypay-bank", {Browser.WECHAT, Browser.ALIPAY}),
        (ANY_TYPE, "easypay-any", set()),
    ],
)
def test_type_of_a_platform_is_offered_where_its_pages_open(
    application: Application, merchant: Merchant, type_: str, code: str, closed_to: set[Browser]
) -> None:
    checkout = _checkout(application, _account(application, merchant, "easypay", type=type_))
    for browser in Browser:
        shown = offers_of(checkout, browser)
        found = [(one.way.code, one.way.method.value, one.needs_login) for one in shown]
        method = "pc" if browser is Browser.PC else "wap"
        assert found == ([] if browser in closed_to else [(code, method, False)]), browser


@pytest.mark.parametrize("browser", [Browser.WECHAT, Browser.ALIPAY])
def test_account_that_cannot_log_payers_in_is_not_offered_in_its_app(
    application: Application,
    merchant: Merchant,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkout = _checkout(application, _account(application, merchant, IN_APP[browser][0]))
    assert len(offers_of(checkout, browser)) == 1
    monkeypatch.setattr(offers, "can_log_in", lambda account: False)
    assert offers_of(checkout, browser) == []


def test_ways_stand_in_the_companys_order(application: Application, merchant: Merchant) -> None:
    last = _account(application, merchant, "wechat", checkout_position=30)
    first = _account(application, merchant, "alipay", checkout_position=10)
    middle = _account(application, merchant, "easypay", type="bank", checkout_position=20)
    expected = [one.payment_no for one in (first, middle, last)]
    assert _offered(_checkout(application, last)) == expected


def test_same_type_behind_a_channel_and_a_platform_are_two_ways(
    application: Application, merchant: Merchant
) -> None:
    account = _account(application, merchant, "alipay")
    _account(application, merchant, "easypay", type="alipay")
    ways = [one.way for one in offers_of(_checkout(application, account), Browser.PC)]
    assert [way.code for way in ways] == ["alipay", "easypay-alipay"]
    assert ways[0].label == ways[1].label
    assert ways[0].note != ways[1].note


def test_account_in_the_first_place_takes_everything(
    application: Application, merchant: Merchant
) -> None:
    first = _account(application, merchant, checkout_position=1)
    _account(application, merchant, checkout_position=2, checkout_weight=1_000)
    checkout = _checkout(application, first)
    for number in range(30):
        checkout.order.pk = number
        assert _offered(checkout) == [first.payment_no]


def test_what_does_not_fit_the_amount_leaves_its_place_to_the_next(
    application: Application, merchant: Merchant
) -> None:
    first = _account(application, merchant, checkout_position=1, max_amount=9_999)
    second = _account(application, merchant, checkout_position=2)
    assert _offered(_checkout(application, first)) == [second.payment_no]


@pytest.mark.parametrize(
    ("limits", "amount", "is_offered"),
    [
        ({"min_amount": 500}, 499, False),
        ({"min_amount": 500}, 500, True),
        ({"max_amount": 500}, 500, True),
        ({"max_amount": 500}, 501, False),
    ],
)
def test_limits_hold_to_the_fen(
    application: Application,
    merchant: Merchant,
    limits: dict[str, int],
    amount: int,
    is_offered: bool,
) -> None:
    account = _account(application, merchant, "wechat", **limits)
    assert bool(_offered(_checkout(application, account, amount=amount))) is is_offered


def _spread(checkout: Checkout, numbers: range) -> dict[int, str]:
    """Return which account each of so many orders goes to."""
    spread = {}
    for number in numbers:
        checkout.order.pk = number
        (spread[number],) = _offered(checkout)
    return spread


def test_orders_are_spread_by_weight(application: Application, merchant: Merchant) -> None:
    weights = (1, 2, 5)
    accounts = [_account(application, merchant, checkout_weight=weight) for weight in weights]
    orders = range(1_000, 2_600)
    counts = Counter(_spread(_checkout(application, accounts[0]), orders).values())
    for account, weight in zip(accounts, weights, strict=True):
        expected = len(orders) * weight / sum(weights)
        assert abs(counts[account.payment_no] - expected) < 4 * expected**0.5, counts


def test_an_order_finds_the_same_account_again(
    application: Application, merchant: Merchant
) -> None:
    accounts = [_account(application, merchant) for _ in range(3)]
    checkout = _checkout(application, accounts[0])
    first = _spread(checkout, range(60))
    assert len(set(first.values())) == 3
    assert _spread(checkout, range(60)) == first


def test_an_added_account_moves_only_its_share(
    application: Application, merchant: Merchant
) -> None:
    old = [_account(application, merchant) for _ in range(3)]
    checkout = _checkout(application, old[0])
    before = _spread(checkout, range(400))
    added = _account(application, merchant)
    after = _spread(checkout, range(400))
    moved = [number for number in before if before[number] != after[number]]
    assert {after[number] for number in moved} == {added.payment_no}
    assert 60 < len(moved) < 140, "about a quarter"


def test_account_that_drops_out_leaves_its_share_to_all(
    application: Application, merchant: Merchant
) -> None:
    accounts = [_account(application, merchant) for _ in range(3)]
    checkout = _checkout(application, accounts[0])
    before = _spread(checkout, range(300))
    gone = accounts[1]
    gone.is_active = False
    gone.save()
    after = _spread(checkout, range(300))
    moved = {number for number in before if before[number] != after[number]}
    assert moved == {number for number in before if before[number] == gone.payment_no}
    assert {after[number] for number in moved} == {accounts[0].payment_no, accounts[2].payment_no}


def test_account_without_weight_stays_off_the_page(
    application: Application, merchant: Merchant
) -> None:
    account = _account(application, merchant, checkout_weight=0)
    assert _offered(_checkout(application, account)) == []


def test_account_without_weight_is_offered_where_it_is_named(
    application: Application, merchant: Merchant
) -> None:
    unweighted = _account(application, merchant, checkout_weight=0)
    weighted = _account(application, merchant)
    alone = _checkout(application, weighted, payment_nos=[unweighted.payment_no])
    assert _offered(alone) == [unweighted.payment_no]
    both = _checkout(
        application,
        weighted,
        order_no="A2",
        payment_nos=[unweighted.payment_no, weighted.payment_no],
    )
    assert set(_spread(both, range(30)).values()) == {weighted.payment_no}


def test_only_named_accounts_are_offered(application: Application, merchant: Merchant) -> None:
    named = _account(application, merchant, checkout_position=9)
    _account(application, merchant, checkout_position=1)
    _account(application, merchant, "alipay")
    checkout = _checkout(application, named, payment_nos=[named.payment_no])
    assert _offered(checkout) == [named.payment_no]


@pytest.mark.parametrize("what", ["account", "channel merchant", "company", "grant"])
def test_what_is_switched_off_is_not_offered(
    application: Application, merchant: Merchant, what: str
) -> None:
    account = _account(application, merchant)
    checkout = _checkout(application, account, payment_nos=[account.payment_no])
    assert _offered(checkout) == [account.payment_no]
    if what == "grant":
        Grant.objects.all().delete()
    else:
        owner = account.channel_merchant
        row = {"account": account, "channel merchant": owner, "company": owner.merchant}[what]
        row.is_active = False  # type: ignore[attr-defined]
        row.save()
    assert _offered(checkout) == []


def test_account_of_another_company_is_not_offered(
    application: Application, merchant: Merchant
) -> None:
    account = _account(application, merchant)
    theirs = _account(application, make_merchant())
    checkout = _checkout(application, account, payment_nos=[theirs.payment_no])
    assert _offered(checkout) == []
    checkout.payment_nos = []
    assert _offered(checkout) == [account.payment_no]


def test_account_with_an_option_nobody_knows_is_left_out(
    application: Application, merchant: Merchant
) -> None:
    good = _account(application, merchant, "easypay", type="bank", checkout_position=2)
    _account(application, merchant, "easypay", options={"type": "coins"}, checkout_position=1)
    assert _offered(_checkout(application, good)) == [good.payment_no]


def test_channel_nobody_speaks_any_more_is_left_out(
    application: Application, merchant: Merchant
) -> None:
    gone = _account(application, merchant, "gone", checkout_position=1)
    good = _account(application, merchant, checkout_position=2)
    assert _offered(_checkout(application, gone)) == [good.payment_no]


def test_offer_is_found_by_its_name_alone(application: Application, merchant: Merchant) -> None:
    checkout = _checkout(application, _account(application, merchant))
    found = offer_named(checkout, Browser.PC, "wechat")
    assert found is not None
    assert found.way.code == "wechat"
    for other in ("", "alipay", "WECHAT", "wechat ", "qr_code"):
        assert offer_named(checkout, Browser.PC, other) is None


@pytest.mark.parametrize(
    ("channel", "options", "name"),
    [
        ("wechat", {}, "WeChat Pay"),
        ("alipay", {}, "Alipay"),
        ("easypay", {"type": "wxpay"}, "WeChat Pay"),
        ("easypay", {"type": ANY_TYPE}, "Other ways to pay"),
        ("easypay", {"type": "coins"}, "EasyPay"),
    ],
)
def test_what_was_paid_has_a_name_for_ever(
    merchant: Merchant, channel: str, options: dict[str, str], name: str
) -> None:
    owner = make_channel_merchant(merchant, channel=channel, options=options)
    assert name_of_way(owner) == name


def test_many_accounts_and_their_switches_are_found_in_two_statements(
    application: Application, merchant: Merchant, django_assert_num_queries: Any
) -> None:
    accounts = [_account(application, merchant) for _ in range(5)]
    order = _checkout(application, accounts[0]).order
    checkout = Checkout(
        order=Order.objects.select_related("application", "merchant").get(pk=order.pk)
    )
    with django_assert_num_queries(2):
        assert len(offers_of(checkout, Browser.PC)) == 1
