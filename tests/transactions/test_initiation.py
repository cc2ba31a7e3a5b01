"""Starting a payment: the row first, then the channel, and an honest answer about both."""

from typing import Any

import pytest

from gateway.contract import ConfigurationError
from gateway.messages import Failure, Operation, Outcome, PayRequest, PayResult
from merchants.models import Grant
from paycenter.kernel.clock import rfc3339
from tests.support.desk import Desk, events, history
from tests.support.workers import Workers
from transactions.models import Order, OrderLine, Payment


def test_a_payment_is_answered_with_its_launch_data(desk: Desk) -> None:
    answer = desk.pay()
    payment = desk.the_payment()
    assert answer.status == 201
    assert answer.body == {
        "serial_no": payment.serial_no,
        "order_no": "A1",
        "channel_serial_no": None,
        "merchant_id": payment.merchant.merchant_no,
        "payment_id": desk.account.payment_no,
        "channel": "wechat",
        "invoke_method": "qr_code",
        "amount": 10_000,
        "currency": "CNY",
        "refunded_amount": 0,
        "subject": "物业费",
        "state": "pending",
        "duplicate": False,
        "initiation": {"status": "sent", "code": None, "message": None},
        "action": {
            "type": "qr_code",
            "params": {"content": f"fake://pay/{payment.serial_no}"},
        },
        "repeat_of": None,
        "expires_at": rfc3339(payment.expires_at),
        "created_at": rfc3339(payment.created_at),
        "paid_at": None,
        "failure": None,
        "metadata": {},
    }
    assert history(payment) == [("initiating", "pending", "answer")]


def test_the_row_is_committed_before_the_channel_is_called(desk: Desk) -> None:
    seen: list[str] = []

    def look(request: PayRequest) -> PayResult:
        seen.append(desk.the_payment().state)
        return PayResult(Outcome.UNKNOWN)

    desk.channel.answers(Operation.PAY, look)
    desk.pay()
    assert seen == ["initiating"]


def test_a_rejected_request_fails_with_the_channels_words(desk: Desk) -> None:
    desk.channel.answers(
        Operation.PAY, PayResult(Outcome.FAILED, failure=Failure("NO_AUTH", "no permission"))
    )
    answer = desk.pay()
    assert (answer.status, answer["state"]) == (201, "failed")
    assert answer["failure"] == {"code": "NO_AUTH", "message": "no permission"}
    assert answer["initiation"]["status"] == "rejected"
    assert [event.type for event in events()] == ["payment.failed"]


def test_an_account_that_cannot_work_fails_the_payment_it_never_sent(desk: Desk) -> None:
    desk.channel.answers(Operation.PAY, ConfigurationError("the key is missing"))
    answer = desk.pay()
    assert (answer["state"], answer["failure"]["code"]) == ("failed", "account_misconfigured")


@pytest.mark.parametrize("trouble", ["pause", "lose"])
def test_no_answer_in_time_is_accepted_and_stays_due(
    desk: Desk, workers: Workers, trouble: str
) -> None:
    getattr(workers, trouble)()
    answer = desk.pay()
    assert (answer.status, answer["state"], answer["action"]) == (202, "initiating", None)
    assert desk.the_payment().due_at is not None
    workers.resume()
    desk.sweep_payments()
    assert desk.the_payment().state == "pending"
    assert len(desk.channel.calls_of(Operation.PAY)) == 1


def test_lines_are_kept_with_their_order(desk: Desk) -> None:
    lines = [
        {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 9_000},
        {"fee_type": "水费", "amount": 1_000},
    ]
    assert desk.pay(lines=lines).status == 201
    kept = OrderLine.objects.values_list("line_no", "fee_type", "room", "amount")
    assert list(kept) == [(1, "物业费", "1-101", 9_000), (2, "水费", "", 1_000)]


def test_nothing_is_kept_of_a_refused_request(desk: Desk) -> None:
    assert desk.pay(lines=[{"fee_type": "水费", "amount": 1}]).code == "invalid_request"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "amount", [0, -1, 10_000_000_001, 1.0, 100.5, "1", "1_0", "１", " 1 ", "+1", True, None, [1]]
)
def test_only_whole_fen_in_range_are_an_amount(desk: Desk, amount: Any) -> None:
    answer = desk.pay(amount=amount)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert [error["field"] for error in answer["errors"]] == ["amount"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"invoke_method": "app"}, "invoke_method_unsupported"),
        ({"invoke_method": "mini_program"}, "invalid_request"),
        ({"currency": "USD"}, "invalid_request"),
        ({"expires_in": 59}, "invalid_request"),
        ({"expires_in": 86_401}, "invalid_request"),
        ({"subject": ""}, "invalid_request"),
        ({"subject": "a\u202eb"}, "invalid_request"),
        ({"subject": "a\x00b"}, "invalid_request"),
        ({"order_no": "A 1"}, "invalid_request"),
        ({"order_no": "A" * 65}, "invalid_request"),
        ({"state": "succeeded"}, "unknown_field"),
        ({"merchant": 1}, "unknown_field"),
        ({"metadata": {str(n): "" for n in range(21)}}, "invalid_request"),
        ({"merchant_id": "M0000000000"}, "merchant_not_found"),
        ({"payment_id": "P0000000000"}, "payment_account_not_found"),
        ({"notify_url": "https://elsewhere.test/"}, "notify_url_refused"),
        ({"return_url": "javascript:alert(1)"}, "return_url_refused"),
        ({"return_url": "https://app.test.evil.test/"}, "return_url_refused"),
    ],
)
def test_what_is_not_acceptable_is_refused_before_anything_is_kept(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    answer = desk.pay(**changes)
    assert answer.code == code
    assert not Payment.objects.exists()
    assert desk.channel.calls == []


def test_an_account_that_is_not_granted_does_not_exist(desk: Desk) -> None:
    Grant.objects.filter(payment_account=desk.other_account).delete()
    assert desk.pay(account=desk.other_account).code == "payment_account_not_found"


def test_a_switched_off_account_is_refused(desk: Desk) -> None:
    desk.account.is_active = False
    desk.account.save()
    assert (desk.pay().status, desk.pay().code) == (409, "payment_account_inactive")


def test_the_accounts_limits_hold(desk: Desk) -> None:
    desk.account.max_amount = 9_999
    desk.account.save()
    assert desk.pay().code == "invalid_request"
    assert desk.pay(amount=9_999).status == 201
