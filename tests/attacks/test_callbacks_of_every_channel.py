"""The attacks of the callback address, tried on every channel alike, and of each on the others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import permutations

import pytest
import time_machine
from django.http import HttpResponse

from gateway import transport
from gateway.messages import Outcome, PaymentReport, RawCallback
from gateway.models import Callback
from merchants.models import SecurityRecord
from paycenter.kernel.http import WireResponse
from tests.attacks.facts import nothing_changes, security_record
from tests.attacks.houses import (
    ALIPAY,
    AMOUNT,
    EASYPAY_V1,
    EASYPAY_V2,
    HOUSES,
    REFUND_NEWS,
    WECHAT,
    House,
    Told,
    deliver,
    make_the_payment,
    make_the_refund,
)
from tests.contract.channel_contract import NOW, PAYMENT, REFUND
from tests.support.desk import events
from tests.support.together import together
from tests.support.workers import Workers
from transactions.models import Move, Payment, Refund
from transactions.services.payment_truth import apply_payment_report

pytestmark = pytest.mark.django_db

every_house = pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.name)
PAIRS = [(one, two) for one, two in permutations(HOUSES, 2) if one.code != two.code]
two_channels = pytest.mark.parametrize(("house", "other"), PAIRS, ids=lambda house: house.name)
Peer = Callable[[WireResponse], None]


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    """Stop the clock where all messages are signed."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _silent_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test ask a channel by accident."""
    monkeypatch.setattr(transport, "exchange", _nobody_is_asked)


def _nobody_is_asked(*_: object) -> WireResponse:
    raise AssertionError("a channel was asked")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> Peer:
    """Have workers at work, and the channel answer whatever it is asked with this."""

    def answer(response: WireResponse) -> None:
        workers.resume()
        monkeypatch.setattr(transport, "exchange", lambda *_: response)

    return answer


def _acknowledged(house: House, answer: HttpResponse) -> bool:
    words = house.suite.accepted_callback
    return (answer.status_code, answer.content) == (words.status, words.body)


def _refused(house: House, answer: HttpResponse) -> bool:
    words = house.suite.refused_callback
    return (answer.status_code, answer.content) == (words.status, words.body)


def _told(house: House, **changes: object) -> RawCallback:
    """Return a genuine callback that says this, with the trade number the channel would say."""
    trade_no = house.suite.channel.parse_callback(house.suite.account(), house.suite.callback())
    assert isinstance(trade_no, PaymentReport)
    told = Told(trade_no=trade_no.channel_serial_no)
    return house.tell(replace(told, **changes))  # type: ignore[arg-type]


# Authenticity


@every_house
def test_a_genuine_callback_settles_the_order(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    answers(house.paid)
    answer = deliver(payment.payment_account, house.suite.callback())
    assert _acknowledged(house, answer)
    payment = Payment.objects.get()
    assert (payment.state, payment.order.state, payment.order.paid_amount) == (
        "succeeded",
        "paid",
        AMOUNT,
    )


@every_house
def test_whatever_is_not_authentic_is_refused_recorded_and_changes_nothing(house: House) -> None:
    payment = make_the_payment(house.open_account())
    forged = house.suite.forged_callbacks()
    assert forged
    for name, callback in forged.items():
        is_callback = callback.method in house.suite.channel.callback_methods
        with nothing_changes(), security_record("callback", count=int(is_callback)):
            answer = deliver(payment.payment_account, callback)
        refused = _refused(house, answer) if is_callback else answer.status_code == 405
        assert refused, name


@every_house
def test_one_changed_letter_spoils_it(house: House) -> None:
    payment = make_the_payment(house.open_account())
    with nothing_changes():
        for callback in house.suite.tampered_callbacks():
            assert _refused(house, deliver(payment.payment_account, callback)), callback


@every_house
def test_a_key_that_was_revoked_signs_nothing_any_more(house: House) -> None:
    payment = make_the_payment(house.open_account())
    owner = payment.channel_merchant
    owner.credentials.update(revoked_at=NOW)
    owner.credentials_version += 1
    owner.save()
    with nothing_changes(), security_record("callback"):
        assert _refused(house, deliver(payment.payment_account, house.suite.callback()))


# The addressee


@two_channels
def test_a_genuine_callback_is_refused_at_another_channels_address(
    house: House, other: House
) -> None:
    make_the_payment(house.open_account())
    account = other.open_account()
    callback = house.suite.callback()
    is_callback = callback.method in other.suite.channel.callback_methods
    with nothing_changes(), security_record("callback", count=int(is_callback)):
        answer = deliver(account, callback)
    assert _refused(other, answer) if is_callback else answer.status_code == 405


@two_channels
def test_an_order_of_one_channel_is_not_completed_through_another(
    house: House, other: House
) -> None:
    """CVE-2026-41432: whoever may forge at one channel must not reach the orders of the others."""
    make_the_payment(other.open_account())
    account = house.open_account()
    with nothing_changes(), security_record("callback"):
        assert _refused(house, deliver(account, house.suite.callback()))
    assert Callback.objects.get().result == Callback.Result.UNKNOWN_NUMBER
    assert "another channel merchant" in SecurityRecord.objects.get().reason


@every_house
def test_a_genuine_callback_is_refused_at_another_companys_address(house: House) -> None:
    """Even where both were given the same keys."""
    make_the_payment(house.open_account())
    theirs = house.open_account(mchid="1999999999")
    with nothing_changes(), security_record("callback"):
        assert _refused(house, deliver(theirs, house.suite.callback()))


@every_house
def test_another_companys_order_is_not_completed_through_ours(house: House) -> None:
    make_the_payment(house.open_account(mchid="1999999999"))
    ours = house.open_account()
    with nothing_changes(), security_record("callback"):
        assert _refused(house, deliver(ours, house.suite.callback()))


@every_house
def test_another_channel_merchant_of_the_same_company_is_another(house: House) -> None:
    other = house.open_account(mchid="1999999999")
    make_the_payment(other)
    ours = house.open_account(merchant=other.channel_merchant.merchant)
    with nothing_changes(), security_record("callback"):
        assert _refused(house, deliver(ours, house.suite.callback()))


# Content


@every_house
@pytest.mark.parametrize("amount", [1, AMOUNT - 1, AMOUNT + 1, AMOUNT * 100])
def test_another_amount_is_acknowledged_kept_and_not_believed(house: House, amount: int) -> None:
    payment = make_the_payment(house.open_account())
    with nothing_changes(), security_record("callback"):
        answer = deliver(payment.payment_account, _told(house, amount=amount))
    assert _acknowledged(house, answer)
    assert Callback.objects.get().result == Callback.Result.MISMATCH


@every_house
def test_a_number_that_does_not_exist_makes_no_row(house: House) -> None:
    account = house.open_account()
    with nothing_changes(), security_record("callback"):
        assert _refused(house, deliver(account, house.suite.callback()))
    assert not Payment.objects.exists()


HOSTILE = ("' OR 1=1 --", "../../etc/passwd", "P1\r\nX: y", "P%0d%0a", "💰", "Ｐ１", "P" * 65)


@every_house
@pytest.mark.parametrize("number", HOSTILE, ids=ascii)
def test_a_number_that_is_none_reaches_nothing(house: House, number: str) -> None:
    payment = make_the_payment(house.open_account())
    with nothing_changes():
        answer = deliver(payment.payment_account, _told(house, serial_no=number))
    assert _refused(house, answer)


@every_house
def test_a_word_that_is_no_success_pays_nothing(house: House) -> None:
    payment = make_the_payment(house.open_account())
    for word in house.unsettled_words:
        deliver(payment.payment_account, _told(house, word=word))
        payment = Payment.objects.get()
        assert (payment.state, payment.order.state) == ("pending", "paying"), word
        assert payment.due_at is not None


@every_house
def test_parameters_nobody_knows_are_signed_and_ignored(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    answers(house.paid)
    odd = {"new_in_2027": "<script>alert(1)</script>", "sandbox": "1"}
    assert _acknowledged(house, deliver(payment.payment_account, _told(house, extra=odd)))
    assert Payment.objects.get().order.paid_amount == AMOUNT


# Repeats and order


@every_house
def test_a_replay_is_acknowledged_and_changes_nothing(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    answers(house.paid)
    deliver(payment.payment_account, house.suite.callback())
    with nothing_changes():
        assert _acknowledged(house, deliver(payment.payment_account, house.suite.callback()))


@every_house
def test_a_second_number_of_the_channel_for_a_paid_payment_is_not_believed(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    answers(house.paid)
    deliver(payment.payment_account, house.suite.callback())
    with nothing_changes(), security_record("callback"):
        deliver(payment.payment_account, house.tell(Told(trade_no="2026010122009999999999999999")))


@every_house
def test_equal_callbacks_at_once_count_once(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    answers(house.paid)
    callback = house.suite.callback()
    answered = together(4, lambda _: deliver(payment.payment_account, callback))
    assert all(_acknowledged(house, answer) for answer in answered)
    assert [event.type for event in events()] == ["payment.succeeded"]
    assert Move.objects.filter(target="succeeded").count() == 1


@every_house
def test_money_that_comes_after_the_close_is_real(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    closed = PaymentReport(Outcome.FAILED, PAYMENT.serial_no, closed=True)
    apply_payment_report(payment.channel_merchant, closed, cause=Move.Cause.CLOSE)
    answers(house.paid)
    assert _acknowledged(house, deliver(payment.payment_account, house.suite.callback()))
    payment = Payment.objects.get()
    assert (payment.state, payment.order.state) == ("succeeded", "paid")


# Refunds


@pytest.mark.parametrize(
    ("house", "other"),
    [(one, two) for one, two in PAIRS if one.code in REFUND_NEWS],
    ids=lambda house: house.name,
)
def test_news_of_a_refund_reaches_no_refund_of_another_channel(house: House, other: House) -> None:
    make_the_refund(other.open_account())
    account = house.open_account()
    with nothing_changes():
        deliver(account, REFUND_NEWS[house.code])
    assert Callback.objects.get().result != Callback.Result.APPLIED


@pytest.mark.parametrize("sum_so_far", ["9.90", "19.90", "0.01"])
def test_alipays_sum_of_all_refunds_books_nothing_and_has_the_refund_asked_about(
    sum_so_far: str,
) -> None:
    account = ALIPAY.open_account()
    make_the_refund(account)
    number = {"out_biz_no": REFUND.refund_serial_no, "gmt_refund": "2026-01-01 08:00:00.000"}
    news = _told(ALIPAY, extra={**number, "refund_fee": sum_so_far})
    assert _acknowledged(ALIPAY, deliver(account, news))
    refund = Refund.objects.select_related("payment").get()
    assert (refund.state, refund.due_at) == ("processing", NOW)
    assert (refund.payment.refund_reserved, refund.payment.refunded) == (990, 0)


# A key that leaked


@pytest.mark.parametrize("house", [EASYPAY_V1, EASYPAY_V2], ids=lambda house: house.name)
def test_a_callback_signed_with_a_leaked_key_books_nothing(
    house: House, answers: Peer, transactional_db: None
) -> None:
    payment = make_the_payment(house.open_account())
    assert house.unpaid is not None
    answers(house.unpaid)
    with security_record("callback"):
        assert _refused(house, deliver(payment.payment_account, house.suite.callback()))
    payment = Payment.objects.get()
    assert (payment.state, payment.order.state, events()) == ("pending", "paying", [])
    assert Callback.objects.get().result == Callback.Result.UNCONFIRMED


def test_an_impossible_time_is_remarked_on(transactional_db: None) -> None:
    payment = make_the_payment(WECHAT.open_account())
    odd = {"success_time": "2020-01-01T00:00:00+08:00"}
    assert _acknowledged(WECHAT, deliver(payment.payment_account, _told(WECHAT, extra=odd)))
    paid_at = datetime.fromisoformat("2020-01-01T00:00:00+08:00")
    assert Payment.objects.get().paid_at == paid_at
    assert Callback.objects.get().reason.startswith("odd: paid at 2020-01-01")
