"""A callback is kept as it came, before anything is believed or done."""

import pytest
from django.db import connection
from django.test import RequestFactory

from gateway import inbox
from gateway.models import Callback
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
    request = RequestFactory().post("/?q=" + "x" * 5_000, b"", content_type="text/plain")
    row = inbox.keep_callback(make_account(), inbox.read_callback(request))
    assert len(Callback.objects.get(pk=row.pk).query) == 2_000
