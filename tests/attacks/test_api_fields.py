"""Request bodies that are nearly right: one field each, refused by name, without effect."""

import json
from typing import Any

import pytest

from tests.attacks.facts import refused_request
from tests.attacks.shop import PAYMENTS, REFUNDS, Shop

NO_AMOUNTS: list[Any] = [
    0, -1, 1.0, 1.5, True, False, None, [], [1], {}, {"amount": 1}, 10**12, 10_000_000_001,
    "1", "1.0", "1e2", "1_0", "+1", " 1 ", "-0", "0x10", "١", "１", "壹", "", "NaN", "1,000",
]  # fmt: skip


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=ascii)
def test_only_a_json_integer_of_fen_is_an_amount(amount: Any, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.pay(amount=amount))
    assert answers[0]["errors"][0]["field"] == "amount"


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=ascii)
def test_only_a_json_integer_of_fen_is_refunded(amount: Any, shop: Shop) -> None:
    payment = shop.paid()
    facts = {"serial_no": payment.serial_no, "refund_no": "R1", "reason": "多收"}
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.post(REFUNDS, facts | {"amount": amount}))
    assert answers[0]["errors"][0]["field"] == "amount"


@pytest.mark.parametrize(
    "number", ["1.0", "1e4", "1E4", "1e400", "-0", "01", "+1", "NaN", "9" * 5_000]
)
def test_number_written_oddly_is_no_amount(number: str, shop: Shop) -> None:
    raw = json.dumps(shop.order_body()).replace('"amount": 10000', f'"amount": {number}').encode()
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.post(PAYMENTS, raw))


WRONG: dict[str, list[Any]] = {
    "currency": ["USD", "cny", None, ["CNY"]],
    "order_no": ["", "a b", "a" * 65, "單", 1, "a\n", "../a", "a%00", "💰", None],
    "order_group_no": ["", "a b", 1],
    "invoke_method": ["QR_CODE", "barcode", "", None, {}],
    "subject": [
        *("", "   ", "\u3000\t", "\u200b", "x" * 128, "a\u0000b", "a\r\nb", "a\u202eb"),
        *("a\u2066b", 1, ["a"], None),
    ],
    "expires_in": [59, 86_401, 0, -60, 315_360_000, "1800", 60.0, True],
    "payer": [
        *("o1", [1], None, {"openid": ""}, {"openid": 1}, {"openid": "o" * 129}),
        *({"openid": "a\u0000"}, {"client_ip": "localhost"}, {"client_ip": "1.2.3"}),
        *({"client_ip": "0177.0.0.1"}, {"client_ip": "203.0.113.9, 127.0.0.1"}, {"client_ip": 1}),
    ],
    "lines": [
        *({}, [1], [{"fee_type": "a"}], [{"fee_type": "a", "amount": 9_999}]),
        [{"fee_type": "a", "amount": 20_000}, {"fee_type": "b", "amount": -10_000}],
        [{"fee_type": "a", "amount": 10_000.0}],
        [{"fee_type": "a", "amount": 50}] * 201,
        [{"fee_type": "\u202e", "amount": 10_000}],
    ],
    "metadata": [
        *([], {"a": 1}, {"a": None}, {"a": {"b": "c"}}, {str(n): "" for n in range(21)}),
        *({"a" * 65: ""}, {"a": "x" * 501}, {"a\u0000": ""}, {"a": "\u0000"}),
    ],
    "merchant_id": ["", None, ["M1"], "' OR 1=1"],
    "payment_id": ["a b", 1, "P1\u0000"],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in WRONG.items() for value in values],
    ids=lambda part: ascii(part)[:40],
)
def test_value_that_is_not_allowed_is_refused_by_name(field: str, value: Any, shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.pay(**{field: value}))
    errors = answers[0]["errors"]
    assert errors
    assert all(error["field"].startswith(field) for error in errors)


@pytest.mark.parametrize(
    "field",
    ["amount", "currency", "order_no", "invoke_method", "subject", "merchant_id", "payment_id"],
)
def test_missing_field_is_refused_by_name(field: str, shop: Shop) -> None:
    body = shop.order_body()
    del body[field]
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.post(PAYMENTS, body))
    assert [error["field"] for error in answers[0]["errors"]] == [field]


@pytest.mark.parametrize(
    "extra",
    [
        {"state": "succeeded"},
        {"status": "PAID"},
        {"paid_at": "2026-11-22T08:00:00Z"},
        {"fee_rate": 0},
        {"merchant": 2},
        {"company": 2},
        {"serial_no": "P" + "0" * 23},
        {"settles_order": True},
        {"refunded": 10_000},
        {"application_id": 1},
        {"Amount": 1},
        {"amount ": 1},
        {"": 1},
        {"__class__": "x"},
    ],
    ids=str,
)
def test_field_that_is_not_asked_for_is_refused(extra: dict[str, Any], shop: Shop) -> None:
    with refused_request(400, "unknown_field") as answers:
        answers.append(shop.pay(**extra))
    assert [error["field"] for error in answers[0]["errors"]] == list(extra)


def test_unknown_field_inside_a_line_is_refused(shop: Shop) -> None:
    line = {"fee_type": "a", "amount": 10_000, "discount": 1}
    with refused_request(400, "unknown_field") as answers:
        answers.append(shop.pay(lines=[line]))
    assert answers[0]["errors"][0]["field"] == "lines[0].discount"


@pytest.mark.parametrize(
    "subject",
    [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "' OR 1=1 --",
        "{{7*7}}",
        "%s %d",
        "物业费 🏠",
    ],
)
def test_hostile_text_is_only_text(subject: str, shop: Shop) -> None:
    answer = shop.pay(subject=subject)
    assert (answer.status, answer["subject"]) == (202, subject)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


WRONG_REFUND: dict[str, list[Any]] = {
    "refund_no": ["", "a b", 1, "a" * 65, None],
    "reason": ["", "x" * 81, "a\u0000", "a\nb", None],
    "serial_no": ["P1", "p" + "0" * 23, "' OR 1=1", None, 1],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in WRONG_REFUND.items() for value in values],
    ids=lambda part: ascii(part)[:30],
)
def test_refund_with_a_wrong_value_is_refused_by_name(field: str, value: Any, shop: Shop) -> None:
    facts = {"serial_no": shop.paid().serial_no, "refund_no": "R1", "amount": 1, "reason": "多收"}
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.client.post(REFUNDS, facts | {field: value}))
    assert answers[0]["errors"][0]["field"] == field


def test_wap_needs_the_payers_address(shop: Shop) -> None:
    with refused_request(400, "invalid_request") as answers:
        answers.append(shop.pay(invoke_method="wap"))
    assert answers[0]["errors"][0]["field"] == "payer.client_ip"
