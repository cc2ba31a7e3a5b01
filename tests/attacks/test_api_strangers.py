"""Asking for what belongs to somebody else: the same answer as for what does not exist."""

from collections.abc import Callable
from typing import Any

import pytest

from merchants.models import Application, ChannelMerchant, Grant, Merchant, PaymentAccount
from tests.attacks.facts import nothing_changes, refused_request
from tests.attacks.shop import PAYMENTS, REFUNDS, Shop
from tests.support.parties import make_account, make_application, make_channel_merchant, make_key
from tests.support.signing import Answer, SigningClient
from transactions.models import Payment, Refund

Reach = Callable[[Shop, Payment, Refund], Answer]

LISTS = [PAYMENTS, REFUNDS, "/api/v1/events", "/api/v1/payment-accounts", "/api/v1/receivers"]


def _refund(attacker: Shop, payment: Payment) -> Answer:
    facts = {"serial_no": payment.serial_no, "refund_no": "X1", "amount": 1, "reason": "x"}
    return attacker.client.post(REFUNDS, facts)


REACHES: dict[str, Reach] = {
    "payment": lambda me, payment, _: me.client.get(f"{PAYMENTS}/{payment.serial_no}"),
    "close": lambda me, payment, _: me.client.post(f"{PAYMENTS}/{payment.serial_no}/close"),
    "sync": lambda me, payment, _: me.client.post(f"{PAYMENTS}/{payment.serial_no}/sync"),
    "refund of": lambda me, payment, _: _refund(me, payment),
    "refund": lambda me, _, refund: me.client.get(f"{REFUNDS}/{refund.refund_serial_no}"),
    "payment by row id": lambda me, payment, _: me.client.get(f"{PAYMENTS}/{payment.pk}"),
    "refund by row id": lambda me, _, refund: me.client.get(f"{REFUNDS}/{refund.pk}"),
    "payment in lower case": lambda me, payment, _: me.client.get(
        f"{PAYMENTS}/{payment.serial_no.lower()}"
    ),
    "order": lambda me, payment, _: me.client.get(
        f"/api/v1/orders/{payment.order.order_no}"
        f"?merchant_id={me.account.channel_merchant.merchant.merchant_no}"
    ),
}


@pytest.mark.parametrize("reach", REACHES)
def test_what_belongs_to_another_application_does_not_exist(
    reach: str, shop: Shop, other_shop: Shop
) -> None:
    payment = shop.paid()
    refund = shop.refunding(payment)
    with refused_request(404, "not_found") as answers:
        answers.append(REACHES[reach](other_shop, payment, refund))


def test_order_of_another_merchant_is_behind_an_unknown_merchant(
    shop: Shop, other_shop: Shop
) -> None:
    payment = shop.initiated()
    path = f"/api/v1/orders/A1?merchant_id={payment.merchant.merchant_no}"
    with refused_request(404, "merchant_not_found") as answers:
        answers.append(other_shop.client.get(path))


def test_ones_own_order_is_read_without_a_grant_on_any_account(shop: Shop) -> None:
    payment = shop.paid()
    Grant.objects.all().delete()
    path = f"/api/v1/orders/A1?merchant_id={payment.merchant.merchant_no}"
    answer = shop.client.get(path)
    assert (answer.status, answer["order_no"], answer["state"]) == (200, "A1", "paid")


def test_two_applications_with_the_same_account_do_not_see_each_other(shop: Shop) -> None:
    payment = shop.initiated()
    neighbour = make_application(shop.account)
    key, secret = make_key(neighbour)
    client = SigningClient(key.key_id, secret)
    assert client.get(f"{PAYMENTS}/{payment.serial_no}").code == "not_found"
    assert client.get(PAYMENTS)["data"] == []
    same_number = client.post(PAYMENTS, shop.order_body(amount=1))
    assert (same_number.status, same_number["amount"]) == (202, 1)


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_only_what_is_ones_own(path: str, shop: Shop, other_shop: Shop) -> None:
    shop.refunding(shop.paid())
    ours = other_shop.account.payment_no
    data = other_shop.client.get(path)["data"]
    assert [row.get("payment_id") for row in data] == ([ours] if "accounts" in path else [])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        "company_id=1",
        "app_id=1",
        "application=1",
        "ordering=secret_key",
        "order_by=-amount",
        "order__application__keys__sealed_secret__startswith=a",
        "state__in=succeeded",
        "merchant__group__name=a",
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1e2",
        "limit=%EF%BC%91",
        "limit=1&limit=200",
        "cursor=%00",
        "cursor=%27+OR+1",
    ],
)
def test_only_the_documented_filters_exist(path: str, query: str, shop: Shop) -> None:
    with refused_request(400, "invalid_request", "unknown_field") as answers:
        answers.append(shop.client.get(f"{path}?{query}"))


@pytest.mark.parametrize(
    "moment",
    ["2000-01-01T00:00:00Z", "2000-01-01T08:00:00.123456%2B08:00", "2000-01-01T00:00:00-12:00"],
)
def test_time_with_its_offset_is_a_filter(moment: str, shop: Shop) -> None:
    serial_no = shop.initiated().serial_no
    since = shop.client.get(f"{PAYMENTS}?created_from={moment}")
    assert [row["serial_no"] for row in since["data"]] == [serial_no]
    assert shop.client.get(f"{PAYMENTS}?created_to={moment}")["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        "state=PAID",
        "state=succeeded%00",
        "order_no=%00",
        "merchant_id=%27",
        "channel_serial_no=%00",
        f"channel_serial_no={'a' * 65}",
        "created_from=yesterday",
        "created_from=2026-13-01T00:00:00Z",
        "created_from=0001-01-01T00:00:00%2B14:00",
        "created_to=9999-12-31T23:59:59-14:00",
        "created_from=99999-01-01T00:00:00Z",
        "created_from=2026-11-22",
        "created_from=2026-11-22T08:00:00",
        "created_to=2026-11-22T08:00Z",
        "created_to=2026-11-22%2008:00:00Z",
        "created_to=2026-11-22T08:00:00+08:00",  # an unescaped plus is a blank
        "created_to=20261122T080000Z",
    ],
)
def test_filter_of_nonsense_is_refused(query: str, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.get(f"{PAYMENTS}?{query}"))


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=1e3", f"after={'9' * 19}", "wait=31", "types=%00", "types=a", "after="],
)
def test_feed_query_of_nonsense_is_refused(query: str, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.get(f"/api/v1/events?{query}"))


@pytest.mark.parametrize("number", ["%00", "P%00", "..", "a" * 3_000, "%F0%9F%92%B0"])
@pytest.mark.parametrize("path", [PAYMENTS, REFUNDS])
def test_number_of_nonsense_does_not_exist(path: str, number: str, shop: Shop) -> None:
    with refused_request(404, "not_found") as answers:
        answers.append(shop.client.get(f"{path}/{number}"))


@pytest.mark.parametrize("number", ["%00", "A%00", "%F0%9F%92%B0"])
def test_order_number_of_nonsense_does_not_exist(number: str, shop: Shop) -> None:
    merchant_no = shop.account.channel_merchant.merchant.merchant_no
    with refused_request(404, "not_found") as answers:
        answers.append(shop.client.get(f"/api/v1/orders/{number}?merchant_id={merchant_no}"))


def test_cursor_of_another_application_is_refused(shop: Shop, other_shop: Shop) -> None:
    foreign = shop.initiated().serial_no
    with refused_request(400, "invalid_request") as answers:
        answers.append(other_shop.client.get(f"{PAYMENTS}?cursor={foreign}"))


def test_account_of_another_company_cannot_be_used(shop: Shop, other_shop: Shop) -> None:
    theirs = other_shop.account
    merchant_no = theirs.channel_merchant.merchant.merchant_no
    with refused_request(404, "merchant_not_found") as answers:
        answers.append(shop.pay(payment_id=theirs.payment_no, merchant_id=merchant_no))
    with refused_request(404, "payment_account_not_found") as answers:
        answers.append(shop.pay(payment_id=theirs.payment_no))
    with refused_request(404, "merchant_not_found") as answers:
        answers.append(shop.pay(merchant_id=merchant_no))


def test_account_that_is_not_granted_cannot_be_used(shop: Shop) -> None:
    sibling = make_account(shop.account.channel_merchant)
    with refused_request(404, "payment_account_not_found") as answers:
        answers.append(shop.pay(payment_id=sibling.payment_no))


def test_grant_taken_back_ends_the_use_at_once(shop: Shop) -> None:
    Grant.objects.all().delete()
    with refused_request(404, "merchant_not_found") as answers:
        answers.append(shop.pay())


@pytest.mark.parametrize("model", [PaymentAccount, ChannelMerchant, Merchant])
def test_what_is_switched_off_cannot_be_used(model: Any, shop: Shop) -> None:
    model.objects.update(is_active=False)
    with refused_request(409, "payment_account_inactive") as answers:
        answers.append(shop.pay())


def test_money_comes_in_for_an_account_switched_off_meanwhile(shop: Shop) -> None:
    payment = shop.initiated()
    PaymentAccount.objects.update(is_active=False)
    Application.objects.update(is_active=False)
    assert shop.deliver(shop.wechat.message(shop.wechat.paid(payment))).status_code == 204


def test_account_of_a_channel_nobody_speaks_is_refused(shop: Shop) -> None:
    owner = make_channel_merchant(shop.account.channel_merchant.merchant, channel="fake")
    account = make_account(owner)
    Grant.objects.create(application=shop.application, payment_account=account)
    with refused_request(400, "invoke_method_unsupported") as answers:
        answers.append(shop.pay(payment_id=account.payment_no, invoke_method="official_account"))


def test_numbers_cannot_be_guessed_from_each_other(shop: Shop) -> None:
    numbers = [shop.initiated(f"A{number}").serial_no for number in range(20)]
    tails = {number[13:] for number in numbers}
    assert len(tails) == 20
    assert len({tail[:4] for tail in tails}) > 15


def test_guessing_changes_nothing(shop: Shop, other_shop: Shop) -> None:
    payment = shop.initiated()
    guesses = [payment.serial_no[:13] + f"{number:011d}" for number in range(20)]
    with nothing_changes():
        answers = [other_shop.client.get(f"{PAYMENTS}/{guess}").status for guess in guesses]
    assert answers == [404] * 20
