"""A refund that waits for a second person is reserved, not sent, and decided once."""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import translation
from pytest_django import Settings

from gateway.messages import Operation
from merchants.models import Merchant
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.errors import Problem
from tests.support.desk import Desk, events
from tests.support.together import together
from transactions.invariants.verifying import verify
from transactions.models import JournalLine, Payment, Refund
from transactions.services.refund_approvals import (
    RefundWish,
    ask_for_refund,
    decide_waiting_refund,
)
from transactions.tasks import send_refund

PDF = b"%PDF-1.4 receipt"


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def payment(desk: Desk) -> Payment:
    return desk.paid_payment()


def _limit(fen: int | None) -> None:
    Merchant.objects.update(refund_limit=fen)


def _ask(payment: Payment, amount: int = 1_000, **changes: Any) -> Refund:
    return ask_for_refund(payment.pk, RefundWish(amount, "多收", "asker", **changes))


def _offline(payment: Payment, amount: int = 1_000) -> Refund:
    return _ask(payment, amount, proof=io.BytesIO(PDF), proof_name="proof.pdf")


def _files(settings: Settings) -> list[str]:
    return [path.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def _decide(
    refund: Refund,
    verdict: Verdict = Verdict.APPROVE,
    actor: str = "checker",
    version: int | None = None,
) -> bool:
    seen = refund.version if version is None else version
    return decide_waiting_refund(refund.pk, Decision(verdict, actor, "checked", seen))


def _money(desk: Desk) -> tuple[int, int]:
    payment = desk.the_payment()
    return payment.refund_reserved, payment.refunded


def _sent(desk: Desk) -> int:
    return len(desk.channel.calls_of(Operation.REFUND))


def _assert_nothing_is_broken() -> None:
    assert [found.invariant.name for found in verify(None)] == []


@pytest.mark.parametrize(
    ("limit", "amount", "by_application", "by_person"),
    [
        (None, 10_000, "approved", "pending_approval"),
        (1_000, 1_000, "approved", "approved"),
        (1_000, 1_001, "pending_approval", "pending_approval"),
        (0, 1, "pending_approval", "pending_approval"),
    ],
)
def test_who_asks_and_how_much_says_what_waits(
    desk: Desk,
    payment: Payment,
    limit: int | None,
    amount: int,
    by_application: str,
    by_person: str,
) -> None:
    _limit(limit)
    other = desk.paid_payment("A2")
    state = desk.refund(payment, amount=amount)["state"]
    assert (state == "pending_approval") is (by_application == "pending_approval")
    assert _ask(other, amount).state == by_person


def test_a_large_refund_cannot_be_asked_for_in_parts(desk: Desk, payment: Payment) -> None:
    _limit(1_500)
    assert desk.refund(payment, "R1")["state"] != "pending_approval"
    assert desk.refund(payment, "R2")["state"] == "pending_approval"


def test_parts_asked_for_at_once_do_not_pass_the_limit_together(
    desk: Desk, payment: Payment
) -> None:
    _limit(3_000)
    states = together(10, lambda n: desk.refund(payment, f"R{n}")["state"])
    assert Counter(state == "pending_approval" for state in states) == {False: 3, True: 7}


def test_while_it_waits_its_money_is_reserved_and_nothing_is_sent(
    desk: Desk, payment: Payment
) -> None:
    refund = _ask(payment)
    send_refund(refund.pk)
    desk.sweep_refunds()
    assert (_money(desk), _sent(desk)) == ((1_000, 0), 0)
    assert desk.refund(payment, amount=9_001).code == "refund_exceeds_payment"
    _assert_nothing_is_broken()


def test_approved_it_is_sent_and_booked_as_any_other(desk: Desk, payment: Payment) -> None:
    refund = _ask(payment)
    assert _decide(refund)
    desk.sweep_refunds()
    desk.callback(desk.channel.refunded(refund.refund_serial_no))
    done = desk.the_refund()
    assert (done.state, done.decided_by, _sent(desk)) == ("succeeded", "checker", 1)
    assert _money(desk) == (0, 1_000)
    _assert_nothing_is_broken()


def test_rejected_it_gives_its_money_back_and_is_told(desk: Desk, payment: Payment) -> None:
    _limit(0)
    answer = desk.refund(payment)
    refund = desk.the_refund()
    assert _decide(refund, Verdict.REFUSE)
    assert (desk.the_refund().state, _money(desk)) == ("rejected", (0, 0))
    told = [event.data for event in events("refund.rejected")]
    assert [(one["refund_serial_no"], one["state"]) for one in told] == [
        (answer["refund_serial_no"], "rejected")
    ]
    desk.sweep_refunds()
    assert _sent(desk) == 0
    _assert_nothing_is_broken()


def test_who_asked_cannot_decide(desk: Desk, payment: Payment) -> None:
    refund = _ask(payment)
    with pytest.raises(ValidationError, match="Somebody"):
        _decide(refund, actor="asker")
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(decided_by="asker")
    assert desk.the_refund().state == "pending_approval"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_it_is_decided_once(desk: Desk, payment: Payment, verdict: Verdict) -> None:
    refund = _ask(payment)
    assert not _decide(refund, verdict, version=refund.version + 1)
    assert _decide(refund, verdict)
    assert not _decide(desk.the_refund(), verdict)


def test_of_many_verdicts_at_once_one_counts(desk: Desk, payment: Payment) -> None:
    refund = _ask(payment)
    verdicts = list(Verdict)
    done = together(10, lambda n: _decide(refund, verdicts[n % 2], f"checker{n}"))
    assert Counter(done) == {True: 1, False: 9}
    _assert_nothing_is_broken()


def test_an_offline_refund_is_booked_out_of_the_bank_and_never_sent(
    desk: Desk, payment: Payment
) -> None:
    _limit(100_000)
    refund = _offline(payment)
    assert refund.state == "pending_approval"
    assert _decide(refund)
    done = desk.the_refund()
    assert (done.state, done.succeeded_at is not None) == ("succeeded", True)
    assert (_money(desk), desk.order().state) == ((0, 1_000), "partially_refunded")
    lines = JournalLine.objects.filter(entry__refund=refund).order_by("account")
    assert list(lines.values_list("account", "debit", "credit")) == [
        ("bank", 0, 1_000),
        ("income", 1_000, 0),
    ]
    desk.sweep_refunds()
    assert _sent(desk) == 0
    assert [event.type for event in events("refund.succeeded")] == ["refund.succeeded"]
    _assert_nothing_is_broken()


@pytest.mark.parametrize(
    ("amount", "reason", "error"),
    [(10**9, "too much", Problem), (1_000, "longer than the database takes" * 10, DataError)],
)
def test_the_proof_of_what_is_not_written_is_not_kept(
    payment: Payment, settings: Settings, amount: int, reason: str, error: type[Exception]
) -> None:
    wish = RefundWish(amount, reason, "asker", io.BytesIO(PDF), "proof.pdf")
    with pytest.raises(error):
        ask_for_refund(payment.pk, wish)
    assert _files(settings) == []
    assert Path(_offline(payment).proof.path).read_bytes() == PDF


def test_the_database_knows_no_offline_refund_without_proof(payment: Payment) -> None:
    refund = _ask(payment)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(is_offline=True)


def test_what_is_not_there_cannot_be_asked_for(desk: Desk, payment: Payment) -> None:
    with pytest.raises(Problem, match="refund_exceeds_payment"):
        _ask(payment, 10_001)
    with pytest.raises(Problem, match="refund_exceeds_payment"):
        _offline(payment, 10_001)
    pending = desk.pending_payment("A2")
    with pytest.raises(Problem, match="payment_not_refundable"):
        _ask(pending)
