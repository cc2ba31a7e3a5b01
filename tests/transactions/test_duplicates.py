"""Money paid twice: returned by itself or held for a person, told, and never lost sight of."""

import importlib

import pytest
from django.db import connection

from gateway.messages import Outcome, RefundReport
from gateway.models import Callback
from notifications.models import Alert
from tests.support.desk import Desk, events, history
from tests.support.duplicates import (
    alerts,
    held,
    paid_twice,
    refuse_refund,
    returned_late,
    the_duplicate,
)
from tests.support.money import make_payment
from transactions.models import DuplicatePayment, Payment, Refund
from transactions.services import duplicates


def _left(desk: Desk) -> tuple[str, int]:
    """Return the decision about the only duplicate payment, and what is left of it."""
    return the_duplicate().state, the_duplicate().payment.left


def test_what_was_paid_twice_goes_back_by_itself(desk: Desk) -> None:
    _, payment = paid_twice(desk)
    assert the_duplicate().payment == payment
    assert _left(desk) == ("return", 0)
    assert desk.the_refund().amount == 10_000


def test_a_company_may_hold_it_for_a_person(desk: Desk) -> None:
    duplicate = held(desk)
    assert _left(desk) == ("held", 10_000)
    assert not Refund.objects.exists()
    [event] = events("payment.duplicated")
    assert event.data["serial_no"] == duplicate.payment.serial_no


def test_people_hear_what_was_paid_twice(desk: Desk) -> None:
    _, payment = paid_twice(desk)
    [alert] = alerts("duplicate_payment")
    assert (alert.severity, alert.merchant) == ("warning", payment.merchant)
    assert alert.params == {"order_no": "A1", "serial_no": payment.serial_no, "amount": "100.00"}
    assert alert.text % alert.params == (
        f"Order A1 was paid twice: payment {payment.serial_no}, 100.00 yuan, is returned."
    )


def test_people_hear_what_is_held(desk: Desk) -> None:
    held(desk)
    [alert] = alerts("duplicate_payment")
    assert "100.00 yuan, is held until somebody decides." in alert.text % alert.params


def test_a_payment_that_settles_its_order_is_no_duplicate(desk: Desk) -> None:
    desk.paid_payment()
    assert not DuplicatePayment.objects.exists()
    assert not Alert.objects.exists()


def test_the_row_and_the_alert_come_with_the_success_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(payment: Payment) -> None:
        raise RuntimeError(payment)

    monkeypatch.setattr(duplicates, "return_surplus", breaks)
    with pytest.raises(RuntimeError):
        paid_twice(desk)
    assert not DuplicatePayment.objects.exists()
    assert not alerts("duplicate_payment")
    assert Payment.objects.filter(state="succeeded").count() == 1


def test_money_that_could_not_be_returned_is_held(desk: Desk) -> None:
    _, payment = paid_twice(desk)
    refuse_refund(desk)
    desk.sweep_refunds()
    assert desk.the_refund().state == "failed"
    assert _left(desk) == ("held", 10_000)
    assert history(the_duplicate()) == [("return", "held", "answer")]
    [alert] = alerts("duplicate_refund_failed")
    assert (alert.severity, alert.merchant) == ("critical", payment.merchant)
    assert alert.text % alert.params == (
        f"Order A1 was paid twice, and payment {payment.serial_no} could not be returned: "
        "100.00 yuan are held until somebody decides."
    )


def test_a_refusal_that_comes_twice_is_told_once(desk: Desk) -> None:
    paid_twice(desk)
    desk.sweep_refunds()
    refused = RefundReport(Outcome.FAILED, desk.the_refund().refund_serial_no)
    for _ in range(2):
        desk.callback(refused)
    assert len(alerts("duplicate_refund_failed")) == 1
    assert history(the_duplicate()) == [("return", "held", "callback")]


def test_money_that_went_back_after_all_is_held_no_longer(desk: Desk) -> None:
    paid_twice(desk)
    refuse_refund(desk)
    desk.sweep_refunds()
    desk.callback(returned_late(desk, desk.the_refund()))
    assert _left(desk) == ("return", 0)
    assert the_duplicate().payment.refunded == 10_000
    assert history(the_duplicate())[-1] == ("held", "return", "callback")


def test_money_that_goes_back_after_all_and_does_not_fit_stays_held(desk: Desk) -> None:
    _, payment = paid_twice(desk)
    refuse_refund(desk)
    desk.sweep_refunds()
    late = returned_late(desk, desk.the_refund())
    desk.refund(payment, amount=1_000)
    desk.callback(late)
    assert Callback.objects.latest("pk").result == Callback.Result.MISMATCH
    assert _left(desk) == ("held", 9_000)


def test_the_refund_of_a_settling_payment_holds_nothing(desk: Desk) -> None:
    payment = desk.paid_payment()
    refuse_refund(desk)
    assert desk.refund(payment)["state"] == "failed"
    assert not DuplicatePayment.objects.exists()
    assert [alert.rule for alert in Alert.objects.all()] == ["refund_failed"]


class TestApplication:
    """An application may return a duplicate payment itself; the decision follows."""

    def test_what_it_returns_a_part_of_stays_held(self, desk: Desk) -> None:
        duplicate = held(desk)
        assert desk.refund(duplicate.payment, amount=4_000).status == 201
        assert _left(desk) == ("held", 6_000)
        assert desk.refund(duplicate.payment, "R2", amount=6_001).code == "refund_exceeds_payment"

    def test_what_it_returns_whole_needs_no_decision(self, desk: Desk) -> None:
        duplicate = held(desk)
        desk.refund(duplicate.payment, amount=10_000)
        assert _left(desk) == ("return", 0)
        assert history(duplicate) == [("held", "return", "request")]

    def test_what_it_could_not_return_is_held_again(self, desk: Desk) -> None:
        duplicate = held(desk)
        refuse_refund(desk)
        desk.refund(duplicate.payment, amount=10_000)
        assert _left(desk) == ("held", 10_000)
        assert len(alerts("duplicate_refund_failed")) == 1

    def test_a_part_it_could_not_return_is_held_beside_what_goes_back(self, desk: Desk) -> None:
        duplicate = held(desk)
        desk.refund(duplicate.payment, "R1", amount=4_000)
        desk.refund(duplicate.payment, "R2", amount=6_000)
        part = Refund.objects.get(refund_no="R1").refund_serial_no
        desk.callback(RefundReport(Outcome.FAILED, part))
        assert _left(desk) == ("held", 4_000)
        [alert] = alerts("duplicate_refund_failed")
        assert alert.params["amount"] == "40.00"

    def test_it_can_tell_a_duplicate_from_the_payment_that_settles(self, desk: Desk) -> None:
        settling, payment = paid_twice(desk)
        shown = {
            serial_no: desk.client.get(f"/api/v1/payments/{serial_no}")["duplicate"]
            for serial_no in (settling.serial_no, payment.serial_no)
        }
        assert shown == {settling.serial_no: False, payment.serial_no: True}
        order = desk.client.get(f"/api/v1/orders/A1?merchant_id={payment.merchant.merchant_no}")
        assert {one["serial_no"]: one["duplicate"] for one in order["payments"]} == shown
        assert [one["serial_no"] for one in order["refunds"]] == [payment.serial_no]
        [event] = events("payment.duplicated")
        assert (event.data["state"], event.data["duplicate"]) == ("succeeded", True)
        assert not events("payment.succeeded")[0].data["duplicate"]


@pytest.mark.django_db
def test_duplicates_from_before_there_were_rows_are_recorded() -> None:
    migration = importlib.import_module("transactions.migrations.0007_record_known_duplicates")
    returned = make_payment(state="succeeded", refunded=4_000, refund_reserved=6_000)
    make_payment(returned.order, returned.payment_account, state="succeeded", settles_order=True)
    make_payment(returned.order, returned.payment_account)
    lost = make_payment(returned.order, returned.payment_account, state="succeeded")
    with connection.cursor() as cursor:
        cursor.execute(migration.RECORD_KNOWN_DUPLICATES)
    recorded = DuplicatePayment.objects.values_list("payment", "merchant", "state")
    assert set(recorded) == {
        (returned.pk, returned.merchant_id, "return"),
        (lost.pk, lost.merchant_id, "held"),
    }
