"""What a notification of Alipay is taken to say, and that nothing in it is taken on trust."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from gateway.channels.alipay.channel import AlipayChannel
from gateway.messages import (
    CallbackRejected,
    ChannelAccount,
    ChannelEvent,
    Outcome,
    PaymentReport,
    RawCallback,
    RefundReport,
    SplitNews,
)
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import (
    REFUND_SERIAL_NO,
    SERIAL_NO,
    TRADE_NO,
    VECTORS,
    notification,
)

CHANNEL = AlipayChannel()
REFUNDED = {
    "refund_fee": "15.00",
    "gmt_refund": "2026-01-01 09:00:00.123",
    "out_biz_no": REFUND_SERIAL_NO,
}


def read(callback: RawCallback, account: ChannelAccount | None = None) -> ChannelEvent:
    return CHANNEL.parse_callback(account or peer.account(), callback)


def payment(callback: RawCallback, account: ChannelAccount | None = None) -> PaymentReport:
    event = read(callback, account)
    assert isinstance(event, PaymentReport)
    return event


def rejection(callback: RawCallback, account: ChannelAccount | None = None) -> CallbackRejected:
    with pytest.raises(CallbackRejected) as caught:
        read(callback, account)
    return caught.value


def vector(name: str) -> RawCallback:
    return peer.posted(VECTORS[name]["form_body"].encode())


class TestVectors:
    def test_payment_is_read(self) -> None:
        report = payment(vector("notify_trade_success"))
        assert report == PaymentReport(
            Outcome.SUCCEEDED,
            "20260901000001",
            channel_serial_no="2026090122001400000000000001",
            amount=8888,
            payer_amount=8888,
            currency="CNY",
            mchid="2088000000000001",
            appid="2021000000000001",
            paid_at=datetime(2026, 9, 1, 4, 36, tzinfo=UTC),
            payer_id="2088102146225135",
        )

    def test_partial_refund_is_news_of_the_refund_and_no_payment(self) -> None:
        assert read(vector("notify_partial_refund")) == RefundReport(
            Outcome.PENDING,
            "RF20260901000001",
            serial_no="20260901000001",
            mchid="2088000000000001",
        )

    def test_unpaid_close_is_closed(self) -> None:
        report = payment(vector("notify_unpaid_closed"))
        assert (report.outcome, report.closed) == (Outcome.FAILED, True)


class TestStatuses:
    def test_finished_trade_is_paid(self) -> None:
        report = payment(notification(trade_status="TRADE_FINISHED"))
        assert report.outcome is Outcome.SUCCEEDED

    def test_trade_waiting_for_its_payer_is_pending(self) -> None:
        report = payment(notification(trade_status="WAIT_BUYER_PAY", gmt_payment=None))
        assert (report.outcome, report.paid_at) == (Outcome.PENDING, None)

    @pytest.mark.parametrize("status", ["trade_success", "TRADE_PENDING", "PAID", " TRADE_SUCCESS"])
    def test_word_that_is_not_known_is_no_success(self, status: str) -> None:
        report = payment(notification(trade_status=status))
        assert (report.outcome, report.closed) == (Outcome.UNKNOWN, False)
        assert report.failure is not None

    @pytest.mark.parametrize(
        "trace", [{"gmt_payment": "2026-01-01 08:00:00"}, {"receipt_amount": "19.90"}]
    )
    def test_trade_that_was_paid_and_then_closed_was_paid(self, trace: dict[str, str]) -> None:
        nothing = {"gmt_payment": None, "receipt_amount": "0.00", "buyer_pay_amount": "0.00"}
        closed = {"trade_status": "TRADE_CLOSED", "gmt_close": "2026-01-01 09:00:00", **nothing}
        assert payment(notification(**closed)).closed
        report = payment(notification(**{**closed, **trace}))
        assert (report.outcome, report.closed) == (Outcome.SUCCEEDED, False)


class TestRefunds:
    @pytest.mark.parametrize("status", ["TRADE_SUCCESS", "TRADE_CLOSED"])
    def test_sum_of_all_refunds_is_never_the_amount_of_one(self, status: str) -> None:
        event = read(notification(trade_status=status, **REFUNDED))
        assert isinstance(event, RefundReport)
        assert (event.outcome, event.refund_serial_no) == (Outcome.PENDING, REFUND_SERIAL_NO)
        assert (event.amount, event.serial_no) == (None, SERIAL_NO)

    def test_refund_made_at_alipay_tells_of_the_payment_only(self) -> None:
        report = payment(notification(**{**REFUNDED, "out_biz_no": TRADE_NO}))
        assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, 1990)
        nameless = payment(notification(**{**REFUNDED, "out_biz_no": None}))
        assert nameless.outcome is Outcome.SUCCEEDED

    def test_number_of_a_refund_on_a_mere_payment_means_nothing(self) -> None:
        plain = {**REFUNDED, "refund_fee": "0.00", "gmt_refund": None}
        assert payment(notification(**plain)).outcome is Outcome.SUCCEEDED


class TestForm:
    def test_values_are_decoded_once(self) -> None:
        report = payment(notification(passback_params="a%3d1%26b%2B", body="100% &amp; +"))
        assert report.outcome is Outcome.SUCCEEDED

    @pytest.mark.parametrize("named", ["GBK", "gbk", "gb2312"])
    def test_chinese_charset_is_understood(self, named: str) -> None:
        members = fields(charset=named, subject="物业费")
        report = payment(peer.form(members, charset="gbk"))
        assert report.outcome is Outcome.SUCCEEDED

    def test_charset_nobody_uses_is_rejected(self) -> None:
        assert "charset" in rejection(notification(charset="utf-7")).reason

    def test_value_that_is_not_in_its_charset_is_rejected(self) -> None:
        members = fields(charset="utf-8", subject="物业费")
        assert "charset" in rejection(peer.form(members, charset="gbk")).reason

    def test_empty_values_may_be_signed_or_not(self) -> None:
        kept = notification(body="")
        assert payment(kept).outcome is Outcome.SUCCEEDED
        dropped = notification()
        with_empty = replace(dropped, body=dropped.body + b"&body=&point_amount=")
        assert payment(with_empty).outcome is Outcome.SUCCEEDED

    def test_field_that_is_not_known_is_verified_and_ignored(self) -> None:
        assert payment(notification(new_field="x")) == payment(notification())
        genuine = notification()
        added = replace(genuine, body=genuine.body + b"&new_field=x")
        assert rejection(added)

    def test_optional_fields_may_be_missing(self) -> None:
        missing = {"buyer_id": None, "buyer_pay_amount": None, "gmt_payment": None}
        report = payment(notification(**missing))
        assert (report.outcome, report.payer_id, report.paid_at) == (Outcome.SUCCEEDED, "", None)

    @pytest.mark.parametrize(
        "change",
        [
            {"out_trade_no": None},
            {"out_trade_no": "' OR 1=1"},
            {"out_trade_no": "../x"},
            {"out_trade_no": "P\r\nX"},
            {"out_trade_no": "x" * 65},
            {"trade_no": None},
            {"trade_no": "号码"},
            {"trade_status": None},
            {"notify_type": "dut_user_sign"},
            {"notify_type": None},
            {"total_amount": "1e2"},
            {"total_amount": "19.999"},
            {"total_amount": "１９.９０"},
            {"total_amount": "19,90"},
            {"refund_fee": "all"},
            {"gmt_payment": "yesterday"},
        ],
    )
    def test_signed_nonsense_is_rejected(self, change: dict[str, str | None]) -> None:
        assert rejection(notification(**change)).reason.startswith("unreadable")

    @pytest.mark.parametrize(
        "body", [b"a", b"&", b"=1", b"a=1&&b=2", b"a=1&a=1", b"%00", b"\xff=1"]
    )
    def test_body_that_is_no_form_is_rejected(self, body: bytes) -> None:
        assert rejection(peer.posted(body))

    def test_more_parameters_than_alipay_ever_sends_are_not_looked_at(self) -> None:
        many = {f"extra_{place}": "x" for place in range(100)}
        assert "too many" in rejection(notification(**many)).reason

    def test_name_without_a_value_is_no_empty_value(self) -> None:
        genuine = notification()
        assert rejection(replace(genuine, body=genuine.body + b"&flag"))

    def test_same_name_written_in_two_ways_is_given_twice(self) -> None:
        genuine = notification()
        twice = replace(genuine, body=genuine.body + b"&total%5Famount=0.01")
        assert "twice" in rejection(twice).reason


class TestContent:
    def test_amount_of_the_order_counts_and_not_what_the_payer_gave(self) -> None:
        report = payment(notification(total_amount="100", buyer_pay_amount="0.01"))
        assert (report.amount, report.payer_amount) == (10000, 1)

    def test_missing_amount_is_not_made_up(self) -> None:
        assert payment(notification(total_amount=None)).amount is None

    def test_foreign_currency_is_reported_as_such(self) -> None:
        assert payment(notification(trans_currency="USD")).currency == "USD"

    def test_payer_may_go_by_an_open_id(self) -> None:
        report = payment(notification(buyer_id=None, buyer_open_id="0ABCdef_-1"))
        assert report.payer_id == "0ABCdef_-1"


class TestAddressee:
    def test_provider_is_notified_under_its_own_app(self) -> None:
        account = peer.provider_account()
        genuine = notification(auth_app_id=account.appid)
        assert payment(genuine, account).appid == account.provider_appid
        other = notification(auth_app_id="2021000000000778")
        assert "provider" in rejection(other, account).reason

    def test_certificate_of_another_merchant_under_the_same_root_signs_nothing(self) -> None:
        pen, _ = peer.certificates().pen_of("Another Merchant")
        nameless = peer.Pen(pen.key)
        assert rejection(notification(nameless), peer.certified_account()).unknown_key

    def test_named_certificate_that_is_not_known_asks_for_a_refresh(self) -> None:
        pen, _ = peer.certificates().pen_of()
        callback = notification(pen)
        named = replace(callback, body=callback.body + b"&alipay_cert_sn=" + pen.serial.encode())
        assert rejection(named, peer.certified_account()).unknown_key

    def test_known_certificate_verifies_named_or_not(self) -> None:
        pen = peer.certificates().pen
        callback = notification(pen)
        named = replace(callback, body=callback.body + b"&alipay_cert_sn=" + pen.serial.encode())
        account = peer.certified_account()
        assert payment(callback, account) == payment(named, account)

    def test_certificate_that_expired_verifies_nothing(self) -> None:
        account = peer.certified_account()
        with time_machine.travel(datetime(2030, 1, 2, tzinfo=UTC), tick=False):
            assert rejection(notification(peer.certificates().pen), account)


class TestSplitNews:
    """A message of the application: it is time to ask for a split, and no more."""

    CONTENT = {
        "msg_type": "ASYNC_SETTLE_RESULT",
        "trade_no": TRADE_NO,
        "out_request_no": "S260101080000ABCDEFGHJKM",
        "settle_no": "20260101002530070036530006474222",
        "royalty_detail_list": [{"operation_type": "transfer", "amount": "5.00"}],
    }

    def message(self, content: object = CONTENT, /, **changes: str | None) -> RawCallback:
        members = {
            "app_id": peer.APPID,
            "biz_content": peer.encoded(content),
            "charset": "UTF-8",
            "msg_method": "alipay.trade.order.settle.notify",
            "notify_id": "5608cccc09ddb39d41c2e3c06e3d9fejh2",
            "sign_type": "RSA2",
            "utc_timestamp": "1767225600000",
            "version": "1.1",
            **changes,
        }
        return peer.form({name: value for name, value in members.items() if value is not None})

    def test_news_of_a_split_is_read(self) -> None:
        assert read(self.message()) == SplitNews(TRADE_NO, "S260101080000ABCDEFGHJKM")

    def test_end_of_all_splits_of_a_trade_names_none(self) -> None:
        content = {"msg_type": "AUTO_SETTLE_FINISH", "trade_no": TRADE_NO}
        assert read(self.message(content)) == SplitNews(TRADE_NO)

    def test_provider_gets_news_of_its_merchants(self) -> None:
        assert read(self.message(), peer.provider_account()) == read(self.message())

    @pytest.mark.parametrize(
        "changes",
        [
            {"app_id": "2021000000000002"},
            {"app_id": None},
            {"auth_app_id": "2021000000000002"},
            {"msg_method": "alipay.trade.refund.depositback.completed"},
            {"msg_method": ""},
            {"biz_content": None},
            {"biz_content": "x"},
            {"biz_content": "[]"},
            {"biz_content": "{}"},
            {"biz_content": '{"trade_no":"a b"}'},
            {"biz_content": '{"trade_no":"2026","trade_no":"2027"}'},
            {"sign_type": "RSA"},
        ],
    )
    def test_anything_else_is_refused(self, changes: dict[str, str | None]) -> None:
        assert rejection(self.message(**changes)).reason

    def test_message_signed_by_somebody_else_is_refused(self) -> None:
        message = self.message()
        changed = message.body.replace(b"S260101080000", b"S260101080001")
        assert rejection(replace(message, body=changed)).reason == "the signature is wrong"


def fields(**changes: Any) -> dict[str, str]:
    """Return the members of the usual notification, without signing anything yet."""
    return {**peer.MEMBERS, **changes}
