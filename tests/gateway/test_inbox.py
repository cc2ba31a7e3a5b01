"""A callback is kept as it came, before anything is believed or done."""

from ipaddress import ip_network

import pytest
from django.db import connection
from django.test import RequestFactory
from pytest_django import Settings

from gateway import inbox
from gateway.models import Callback
from merchants.models import SecurityRecord
from tests.support.desk import Desk
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account, make_channel_merchant


def test_headers_and_body_are_read_as_sent_but_no_session() -> None:
    request = RequestFactory().post(
        "/?a=%20b",
        b'{"x": 1 }',
        content_type="application/json",
        headers={"Wechatpay-Nonce": "n", "Cookie": "session=1", "Authorization": "Basic x"},
    )
    callback = inbox.read_callback(request)
    assert (callback.method, callback.query, callback.body) == ("POST", "a=%20b", b'{"x": 1 }')
    assert callback.headers["wechatpay-nonce"] == "n"
    assert not {"cookie", "authorization"} & set(callback.headers)


@pytest.mark.django_db
def test_the_account_comes_from_the_url_and_must_be_of_its_channel() -> None:
    account = make_account()
    assert inbox.account_of_callback("wechat", account.payment_no) == account
    assert inbox.account_of_callback("alipay", account.payment_no) is None
    assert inbox.account_of_callback("wechat", "P0000000000") is None


@pytest.mark.django_db
def test_an_inactive_account_still_receives() -> None:
    account = make_account(make_channel_merchant(is_active=False), is_active=False)
    assert inbox.account_of_callback("wechat", account.payment_no) == account


@pytest.mark.django_db(transaction=True)
def test_the_raw_row_is_committed_at_once(channel: FakeChannel) -> None:
    account = make_account()
    request = RequestFactory().post("/", b"\x00\xff", content_type="text/plain")
    assert not connection.in_atomic_block
    row = inbox.keep_callback(account, inbox.read_callback(request))
    kept = Callback.objects.get(pk=row.pk)
    assert (bytes(kept.body), kept.result) == (b"\x00\xff", "received")


@pytest.mark.django_db
def test_a_very_long_query_is_cut_not_refused() -> None:
    request = RequestFactory().post("/?q=" + "x" * 9_000, b"", content_type="text/plain")
    row = inbox.keep_callback(make_account(), inbox.read_callback(request))
    assert len(Callback.objects.get(pk=row.pk).query) == inbox.MAX_QUERY


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        ([], "198.51.100.7", True),
        (["203.0.113.0/24"], "203.0.113.9", True),
        (["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", True),
        (["203.0.113.0/24"], "198.51.100.7", False),
        (["203.0.113.0/24"], "", False),
    ],
)
@pytest.mark.django_db
def test_callbacks_come_from_the_channels_addresses(
    networks: list[str], address: str, allowed: bool
) -> None:
    account = make_account(make_channel_merchant(callback_networks=networks))
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    assert inbox.may_call_back(account, request) is allowed
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    claimed = RequestFactory().post("/", headers=forwarded, REMOTE_ADDR=address)
    assert inbox.may_call_back(account, claimed) is allowed


@pytest.mark.django_db
def test_only_a_trusted_proxy_says_where_a_callback_comes_from(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    account = make_account(make_channel_merchant(callback_networks=["203.0.113.0/24"]))
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    for proxy, allowed in (("10.0.0.1", True), ("198.51.100.7", False)):
        request = RequestFactory().post("/", headers=forwarded, REMOTE_ADDR=proxy)
        assert inbox.may_call_back(account, request) is allowed


def test_a_callback_from_elsewhere_changes_nothing_and_is_recorded(desk: Desk) -> None:
    payment = desk.pending_payment()
    owner = desk.account.channel_merchant
    owner.callback_networks = ["203.0.113.0/24"]
    owner.save(update_fields=["callback_networks"])
    answer = desk.callback(desk.channel.paid(payment.serial_no))
    assert answer.content == b"again"
    assert desk.payment(payment.serial_no).state == "pending"
    assert not Callback.objects.exists()
    assert SecurityRecord.objects.get().claimed == desk.account.payment_no
    owner.callback_networks = ["127.0.0.0/8"]
    owner.save(update_fields=["callback_networks"])
    assert desk.callback(desk.channel.paid(payment.serial_no)).content == b"ok"
    assert desk.payment(payment.serial_no).state == "succeeded"
