"""What the application is told, byte for byte as the protocol orders it, and when it counts."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from pytest_django import Settings

from notifications.models import Delivery
from notifications.services.attempt import make_attempt
from tests.easypay_door.client import OldApplication, md5
from tests.sandbox.receiver import Receiver
from tests.support.desk import Desk, events

V1_ORDER = [
    *("pid", "trade_no", "out_trade_no", "type", "name", "money", "trade_status", "param"),
    *("sign", "sign_type"),
]
V2_ORDER = [
    *("pid", "trade_no", "out_trade_no", "type", "name", "money", "trade_status"),
    *("api_trade_no", "param", "timestamp", "sign_type", "sign"),
]


@pytest.fixture
def receiver(desk: Desk, settings: Settings) -> Iterator[Receiver]:
    """The old application's notification address, which may be called."""
    settings.ALLOW_PRIVATE_URLS = True
    desk.application.allowed_hosts = ["127.0.0.1", "app.test"]
    desk.application.save()
    receiver = Receiver(usual_answer=(200, b"success"))
    yield receiver
    receiver.close()


def _paid(desk: Desk) -> Delivery:
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    return Delivery.objects.get()


def _tell(delivery: Delivery) -> Delivery:
    make_attempt(delivery.pk, delivery.attempts + 1)
    delivery.refresh_from_db()
    return delivery


def _query(receiver: Receiver, number: int = 0) -> str:
    return urlsplit(receiver.received[number].path).query


def test_v1_notification_is_exact(desk: Desk, receiver: Receiver, old: OldApplication) -> None:
    trade_no = old.mapi(notify_url=receiver.url, param="p=1&q=费", money="1.10")["trade_no"]

    delivery = _tell(_paid(desk))

    pairs = parse_qsl(_query(receiver))
    form = dict(pairs)
    assert (receiver.received[0].method, delivery.state) == ("GET", "delivered")
    assert [name for name, _ in pairs] == V1_ORDER
    assert (form["trade_no"], form["out_trade_no"], form["money"]) == (trade_no, "A1", "1.10")
    assert (form["type"], form["trade_status"]) == ("wxpay", "TRADE_SUCCESS")
    assert (form["name"], form["param"]) == ("物业费", "p=1&q=费")
    assert (form["pid"], form["sign_type"]) == (str(old.door.pid), "MD5")
    assert form["sign"] == md5(form, old.key)


def test_v2_notification_is_exact(desk: Desk, receiver: Receiver, old: OldApplication) -> None:
    old.create(notify_url=receiver.url, param="p")

    delivery = _tell(_paid(desk))

    assert (delivery.last_error, delivery.state) == ("", "delivered")

    pairs = parse_qsl(_query(receiver))
    assert [name for name, _ in pairs] == V2_ORDER
    assert dict(pairs)["api_trade_no"] == desk.the_payment().channel_serial_no
    assert old.verifies(dict(pairs))


def test_own_query_of_the_address_is_kept_and_not_signed(
    desk: Desk, receiver: Receiver, old: OldApplication
) -> None:
    old.mapi(notify_url=f"{receiver.url}?shop=7&x=a", name="费" * 42, param="费" * 255)

    _tell(_paid(desk))

    query = _query(receiver)
    form = dict(parse_qsl(query.removeprefix("shop=7&x=a&")))
    assert query.startswith("shop=7&x=a&pid=")
    assert form["sign"] == md5(form, old.key)


@pytest.mark.parametrize(
    ("answer", "is_enough"),
    [
        ((200, b"success"), True),
        ((200, b"<p>SUCCESS</p>"), True),
        ((200, b"Success"), True),
        ((200, b"ok"), False),
        ((200, b""), False),
        ((204, b""), False),
        ((302, b"success"), False),
        ((500, b"success"), False),
    ],
)
def test_only_the_word_counts_as_taken(
    desk: Desk,
    receiver: Receiver,
    old: OldApplication,
    answer: tuple[int, bytes],
    is_enough: bool,
) -> None:
    receiver.answers = [answer]
    old.mapi(notify_url=receiver.url)

    assert _tell(_paid(desk)).state == ("delivered" if is_enough else "pending")


def test_retries_say_the_same(desk: Desk, receiver: Receiver, old: OldApplication) -> None:
    receiver.answers = [(500, b""), (200, b"success")]
    old.mapi(notify_url=receiver.url)

    delivery = _tell(_tell(_paid(desk)))

    assert _query(receiver, 0) == _query(receiver, 1)
    assert delivery.state == "delivered"


def test_only_success_is_told(old: OldApplication) -> None:
    old.create()
    old.v2("api/pay/close", out_trade_no="A1")

    assert events("payment.closed")
    assert not Delivery.objects.exists()


def test_duplicate_payment_is_not_told_as_a_second_success(desk: Desk, old: OldApplication) -> None:
    old.create()
    first = desk.the_payment()
    old.create(device="mobile")
    for payment in first.order.payments.all():
        desk.callback(desk.channel.paid(payment.serial_no))

    assert len(events("payment.duplicated")) == 1
    assert [one.event.type for one in Delivery.objects.all()] == ["payment.succeeded"]


def test_payments_of_the_api_are_told_the_standard_way(desk: Desk, old: OldApplication) -> None:
    desk.paid_payment("B1")

    assert [one.dialect for one in Delivery.objects.all()] == [""]
