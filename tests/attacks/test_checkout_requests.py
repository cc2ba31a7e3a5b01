"""Bad requests for a checkout page: refused by name, and nothing of them stays."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.attacks.facts import refused_request
from tests.attacks.shop import Shop
from tests.attacks.test_api_fields import NO_AMOUNTS
from tests.attacks.test_api_urls import REFUSED
from tests.support.parties import make_account
from tests.support.resident import CHECKOUTS, Resident
from tests.support.signing import Answer
from transactions.models import Checkout, CollectionCode


def _body(shop: Shop, **changes: Any) -> dict[str, Any]:
    facts = {
        "merchant_id": shop.account.channel_merchant.merchant.merchant_no,
        "order_no": "A1",
        "amount": 10_000,
        "subject": "物业费",
    }
    return facts | changes


def _ask(shop: Shop, **changes: Any) -> Answer:
    return shop.client.post(CHECKOUTS, _body(shop, **changes))


@pytest.mark.parametrize("url", REFUSED, ids=lambda url: ascii(url)[:60])
@pytest.mark.parametrize("field", ["notify_url", "return_url"])
def test_url_that_leads_elsewhere_is_refused(
    field: str, url: str, shop: Shop, settings: Settings
) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    with refused_request(400, f"{field}_refused", "invalid_request") as answers:
        answers.append(_ask(shop, **{field: url}))
    assert not Checkout.objects.exists()


def test_url_that_was_refused_does_not_replace_a_good_one(shop: Shop) -> None:
    _ask(shop, return_url="https://app.test/back")
    assert _ask(shop, return_url="https://evil.test/").status == 400
    assert Checkout.objects.get().return_url == "https://app.test/back"


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=ascii)
def test_only_a_json_integer_of_fen_is_an_amount(amount: Any, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(_ask(shop, amount=amount))
    assert answers[0]["errors"][0]["field"] == "amount"


@pytest.mark.parametrize("seconds", [59, 0, -60, 86_401, 315_360_000, "1800", 60.5, True, None])
def test_time_out_of_bounds_is_refused(seconds: Any, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(_ask(shop, expires_in=seconds))
    assert answers[0]["errors"][0]["field"] == "expires_in"


@pytest.mark.parametrize(
    "extra",
    [
        {"state": "paid"},
        {"token": "x" * 32},
        {"checkout_url": "https://app.test/"},
        {"collection_code": 1},
        {"expires_at": "2036-01-01T00:00:00Z"},
        {"paid_amount": 10_000},
        {"client_ip": "127.0.0.1"},
    ],
    ids=str,
)
def test_field_that_is_not_asked_for_is_refused(extra: dict[str, Any], shop: Shop) -> None:
    with refused_request(400, "unknown_field") as answers:
        answers.append(_ask(shop, **extra))
    assert not CollectionCode.objects.exists()


def test_strangers_company_and_account_are_refused(shop: Shop, other_shop: Shop) -> None:
    theirs = other_shop.account
    merchant_no = theirs.channel_merchant.merchant.merchant_no
    with refused_request(404, "merchant_not_found") as answers:
        answers.append(_ask(shop, merchant_id=merchant_no))
    with refused_request(404, "payment_account_not_found") as answers:
        answers.append(_ask(shop, payment_ids=[theirs.payment_no]))
    sibling = make_account(shop.account.channel_merchant)
    with refused_request(404, "payment_account_not_found") as answers:
        answers.append(_ask(shop, payment_ids=[sibling.payment_no]))


def test_unsigned_request_gets_no_page(shop: Shop) -> None:
    with refused_request(401, "signature_invalid") as answers:
        answers.append(shop.client.post(CHECKOUTS, _body(shop), X_Pc_Signature="AAAA"))


def test_page_cannot_be_read_through_the_api(shop: Shop) -> None:
    token = Resident(_ask(shop)["checkout_url"]).token
    assert shop.client.get(CHECKOUTS).status == 405
    assert shop.client.get(f"{CHECKOUTS}/{token}").status == 404


@pytest.mark.parametrize("number", ["' OR 1=1", "../", "%0d%0a", "x" * 65, "💰", "a\nb", ""])
def test_odd_number_is_refused(number: str, shop: Shop) -> None:
    for field in ("order_no", "order_group_no", "merchant_id"):
        with refused_request(400, "invalid_request") as answers:
            answers.append(_ask(shop, **{field: number}))
    with refused_request(400, "invalid_request") as answers:
        answers.append(_ask(shop, payment_ids=[number]))
