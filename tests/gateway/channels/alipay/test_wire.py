"""What is sent: the documented members, the same on every sending, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.alipay.signing import joined
from gateway.messages import (
    ActionType,
    ChannelAccount,
    InvokeMethod,
    Payer,
    PaymentRef,
    PayRequest,
    RefundRef,
    RefundRequest,
)
from paycenter.kernel.http import NoAnswer, WireRequest
from tests.contract.transport import FakeTransport
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import REFUND_SERIAL_NO, SERIAL_NO, content_in

CHANNEL = AlipayChannel()
PAYMENT = PaymentRef(SERIAL_NO, "2026010122001400000000000001")
LOCAL = sorted(CHANNEL.local_launch)


def request(method: InvokeMethod, **changes: Any) -> PayRequest:
    usual = PayRequest(
        serial_no=SERIAL_NO,
        amount=1990,
        currency="CNY",
        subject="物业费 2026-01",
        invoke_method=method,
        expires_at=datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
        payer=Payer(buyer_id="2088102146225135"),
        return_url="https://app.test/paid?order=A1",
    )
    return replace(usual, **changes)


def sent(order: PayRequest, account: ChannelAccount | None = None) -> WireRequest:
    transport = FakeTransport(NoAnswer("cut"))
    CHANNEL.pay(account or peer.account(), order, transport)
    return transport.sent[0]


def launched(order: PayRequest, account: ChannelAccount | None = None) -> dict[str, str]:
    """Return the parameters that the payer's device is given."""
    result = CHANNEL.pay(account or peer.account(), order, FakeTransport())
    assert result.action is not None
    (text,) = result.action.params.values()
    pairs = parse_qsl(urlsplit(text).query if text.startswith("http") else text)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


class TestPay:
    def test_order_of_a_mini_program(self) -> None:
        assert content_in(sent(request(InvokeMethod.MINI_PROGRAM))) == {
            "out_trade_no": SERIAL_NO,
            "total_amount": "19.90",
            "subject": "物业费 2026-01",
            "product_code": "JSAPI_PAY",
            "time_expire": "2026-01-01 08:30:00",
            "buyer_id": "2088102146225135",
        }

    def test_payer_may_be_named_by_an_open_id(self) -> None:
        order = request(InvokeMethod.MINI_PROGRAM, payer=Payer(buyer_open_id="0ABC"))
        content = content_in(sent(order))
        assert content["buyer_open_id"] == "0ABC"
        assert "buyer_id" not in content

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            (set(), "buyer_id"),
            ({"openid"}, "buyer_id"),
            ({"buyer_id"}, None),
            ({"buyer_open_id"}, None),
        ],
    )
    def test_mini_program_needs_one_of_the_payers_ids(
        self, given: set[str], missing: str | None
    ) -> None:
        method = InvokeMethod.MINI_PROGRAM
        assert CHANNEL.missing_payer_field(method, frozenset(given)) == missing
        assert CHANNEL.missing_payer_field(InvokeMethod.WAP, frozenset(given)) is None

    def test_mini_program_of_another_app_is_named(self) -> None:
        order = request(InvokeMethod.MINI_PROGRAM)
        other = peer.account(mini_program_appid="2021000000000055")
        assert content_in(sent(order, other))["op_app_id"] == "2021000000000055"
        same = peer.account(mini_program_appid=peer.APPID)
        assert "op_app_id" not in content_in(sent(order, same))

    @pytest.mark.parametrize(
        ("options", "product"),
        [
            ({}, "QR_CODE_OFFLINE"),
            ({"qr_product": "FACE_TO_FACE_PAYMENT"}, "FACE_TO_FACE_PAYMENT"),
        ],
    )
    def test_code_is_ordered_for_the_product_signed_up_for(
        self, options: dict[str, str], product: str
    ) -> None:
        content = content_in(sent(request(InvokeMethod.QR_CODE), peer.account(options=options)))
        assert content["product_code"] == product
        assert "buyer_id" not in content

    def test_characters_a_subject_may_not_hold_are_widened(self) -> None:
        order = request(InvokeMethod.QR_CODE, subject="A/B=C&D")
        assert content_in(sent(order))["subject"] == "A／B＝C＆D"

    def test_money_to_be_split_is_frozen(self) -> None:
        content = content_in(sent(request(InvokeMethod.QR_CODE, freeze_for_split=True)))
        assert content["extend_params"] == {"royalty_freeze": "true"}
        assert "extend_params" not in content_in(sent(request(InvokeMethod.QR_CODE)))

    def test_notifications_come_to_the_account(self) -> None:
        parameters = peer.parameters_in(sent(request(InvokeMethod.QR_CODE)))
        assert parameters["notify_url"] == peer.account().callback_url
        assert "return_url" not in parameters


class TestLaunch:
    @pytest.mark.parametrize(
        ("method", "name", "product"),
        [
            (InvokeMethod.APP, "alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
            (InvokeMethod.WAP, "alipay.trade.wap.pay", "QUICK_WAP_WAY"),
            (InvokeMethod.PC, "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        ],
    )
    def test_launch_data_is_a_signed_call(
        self, method: InvokeMethod, name: str, product: str
    ) -> None:
        parameters = launched(request(method))
        signature = parameters.pop("sign")
        content = joined({key.encode(): value.encode() for key, value in parameters.items()})
        assert peer.Pen(peer.BY_STRANGER.key).sign(content) == signature
        assert parameters["method"] == name
        assert parameters["app_id"] == peer.APPID
        assert parameters["timestamp"] == "2026-01-01 08:00:00"
        assert f'"product_code":"{product}"' in parameters["biz_content"]
        assert '"time_expire":"2026-01-01 08:30:00"' in parameters["biz_content"]

    def test_page_opens_at_the_gateway_and_comes_back_to_the_application(self) -> None:
        for method in (InvokeMethod.PC, InvokeMethod.WAP):
            order = request(method)
            result = CHANNEL.pay(peer.account(), order, FakeTransport())
            assert result.action is not None
            assert result.action.type is ActionType.REDIRECT
            assert result.action.params["url"].startswith("https://alipay.test/gateway.do?")
            assert launched(order)["return_url"] == order.return_url
            assert "return_url" not in launched(replace(order, return_url=""))

    def test_phone_page_knows_where_to_go_when_the_payer_gives_up(self) -> None:
        assert (
            '"quit_url":"https://app.test/paid?order=A1"'
            in launched(request(InvokeMethod.WAP))["biz_content"]
        )
        assert "quit_url" not in launched(request(InvokeMethod.WAP, return_url=""))["biz_content"]

    def test_app_gets_an_order_string(self) -> None:
        result = CHANNEL.pay(peer.account(), request(InvokeMethod.APP), FakeTransport())
        assert result.action is not None
        assert result.action.type is ActionType.ALIPAY_ORDER_STRING
        assert "return_url" not in launched(request(InvokeMethod.APP))


class TestOthers:
    def test_payment_is_always_named_by_our_number(self) -> None:
        for ask in (CHANNEL.query, CHANNEL.close):
            transport = FakeTransport(NoAnswer("cut"))
            ask(peer.account(), PAYMENT, transport)
            assert content_in(transport.sent[0]) == {"out_trade_no": SERIAL_NO}

    def test_refund_names_payment_refund_and_amount(self) -> None:
        transport = FakeTransport(NoAnswer("cut"))
        refund = RefundRequest(REFUND_SERIAL_NO, PAYMENT, 5, 1990, "CNY", "重复缴费")
        CHANNEL.refund(peer.account(), refund, transport)
        assert content_in(transport.sent[0]) == {
            "out_trade_no": SERIAL_NO,
            "refund_amount": "0.05",
            "out_request_no": REFUND_SERIAL_NO,
            "refund_reason": "重复缴费",
        }

    def test_refund_is_asked_for_by_both_numbers(self) -> None:
        transport = FakeTransport(NoAnswer("cut"))
        CHANNEL.refund_query(peer.account(), RefundRef(REFUND_SERIAL_NO, PAYMENT), transport)
        content = content_in(transport.sent[0])
        assert (content["out_trade_no"], content["out_request_no"]) == (SERIAL_NO, REFUND_SERIAL_NO)


class TestAround:
    def test_request_says_who_asks_in_which_charset_and_when(self) -> None:
        wire = sent(request(InvokeMethod.QR_CODE))
        address = urlsplit(wire.url)
        assert wire.method == "POST"
        assert address.path == "/gateway.do"
        assert dict(parse_qsl(address.query)) == {
            "charset": "utf-8",
            "method": "alipay.trade.precreate",
        }
        assert wire.headers["Content-Type"] == "application/x-www-form-urlencoded;charset=utf-8"
        parameters = peer.parameters_in(wire)
        signature = parameters.pop("sign")
        content = joined({key.encode(): value.encode() for key, value in parameters.items()})
        assert peer.BY_STRANGER.sign(content) == signature
        assert (parameters["sign_type"], parameters["version"]) == ("RSA2", "1.0")
        assert parameters["timestamp"] == "2026-01-01 08:00:00"

    def test_provider_asks_for_its_merchant(self) -> None:
        parameters = peer.parameters_in(
            sent(request(InvokeMethod.QR_CODE), peer.provider_account())
        )
        assert parameters["app_id"] == peer.APPID
        assert parameters["app_auth_token"] == peer.TOKEN.value

    def test_authorisation_stands_in_no_address(self) -> None:
        wire = sent(request(InvokeMethod.QR_CODE), peer.provider_account())
        assert peer.TOKEN.value not in wire.url
        assert "app_auth_token" in CHANNEL.masked_fields

    @pytest.mark.parametrize("method", LOCAL)
    def test_certificates_are_named_in_certificate_mode(self, method: InvokeMethod) -> None:
        parameters = launched(request(method), peer.certified_account())
        assert len(parameters["app_cert_sn"]) == 32
        # Only the RSA root counts, and it stands second in the file.
        assert len(parameters["alipay_root_cert_sn"]) == 32
        assert "app_cert_sn" not in launched(request(method))

    def test_slash_at_the_end_of_the_base_url_is_not_doubled(self) -> None:
        account = peer.account(base_url="http://127.0.0.1:8001/")
        assert sent(request(InvokeMethod.QR_CODE), account).url.startswith(
            "http://127.0.0.1:8001/gateway.do?"
        )
