"""What is sent, parameter by parameter, and repeats that are equal."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount, InvokeMethod, Payer, PaymentRef
from paycenter.kernel.http import NoAnswer
from tests.contract.channel_contract import PAYMENT, REFUND, pay_request, refund_request
from tests.contract.transport import FakeTransport
from tests.gateway.channels.easypay.peer import (
    MD5_KEY,
    PID,
    TRADE_NO,
    form_of,
    md5_signed,
    v1_account,
    v2_account,
)

CHANNEL = EasyPayChannel()
ORDER = {
    "pid": PID,
    "type": "alipay",
    "out_trade_no": PAYMENT.serial_no,
    "notify_url": "https://center.test/callbacks/easypay/P0000000001/",
    "return_url": "https://app.test/paid?order=A1",
    "name": "物业费 2026-01",
    "money": "19.90",
}
SIGNATURE = ("sign", "sign_type", "timestamp")


def page(owner: ChannelAccount | None = None, **changes: Any) -> tuple[str, dict[str, str]]:
    """Return where a V1 page is and what its address carries."""
    request = replace(pay_request(InvokeMethod.WAP), **changes)
    action = CHANNEL.pay(owner or v1_account(), request, FakeTransport()).action
    assert action is not None
    address, _, query = action.params["url"].partition("?")
    return address, dict(parse_qsl(query, strict_parsing=True))


def sent(
    owner: ChannelAccount, method: InvokeMethod = InvokeMethod.QR_CODE, **changes: Any
) -> tuple[str, dict[str, str]]:
    """Return where an order goes and its form without the signature."""
    transport = FakeTransport(NoAnswer("cut"))
    CHANNEL.pay(owner, replace(pay_request(method), **changes), transport)
    (request,) = transport.sent
    assert request.method == "POST"
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    form = form_of(request)
    return request.url, {name: form[name] for name in form if name not in SIGNATURE}


class TestOrder:
    def test_v1_page_carries_the_whole_signed_order(self) -> None:
        address, query = page()
        assert address == "https://pay.test/epay/submit.php"
        assert query == md5_signed(ORDER)

    @pytest.mark.parametrize("method", [InvokeMethod.WAP, InvokeMethod.PC])
    def test_v1_pages_are_the_same_for_phone_and_computer(self, method: InvokeMethod) -> None:
        assert page(invoke_method=method) == page()

    def test_payer_chooses_where_the_account_names_no_type(self) -> None:
        _, query = page(v1_account(options={"type": ""}))
        assert "type" not in query

    def test_page_without_a_return_address_ends_at_our_own(self) -> None:
        assert page(return_url="")[1]["return_url"] == ORDER["notify_url"]

    def test_v1_code_is_ordered_with_address_and_device(self) -> None:
        url, form = sent(v1_account())
        assert url == "https://pay.test/epay/mapi.php"
        assert form == {**ORDER, "clientip": "203.0.113.9", "device": "pc"}

    @pytest.mark.parametrize(
        ("method", "shown"),
        [
            (InvokeMethod.QR_CODE, {"method": "web", "device": "pc"}),
            (InvokeMethod.WAP, {"method": "jump"}),
            (InvokeMethod.PC, {"method": "jump"}),
        ],
    )
    def test_v2_order_says_how_it_is_shown(
        self, method: InvokeMethod, shown: dict[str, str]
    ) -> None:
        url, form = sent(v2_account(), method)
        assert url == "https://pay.test/epay/api/pay/create"
        assert form == {**ORDER, "clientip": "203.0.113.9", **shown}

    @pytest.mark.parametrize("owner", [v1_account(), v2_account()])
    def test_order_names_an_address_even_when_the_payer_s_is_not_known(
        self, owner: ChannelAccount
    ) -> None:
        assert sent(owner, payer=Payer())[1]["clientip"] == "127.0.0.1"

    @pytest.mark.parametrize("owner", [v1_account(), v2_account()])
    def test_empty_parameters_are_not_sent(self, owner: ChannelAccount) -> None:
        assert "return_url" not in sent(owner, return_url="")[1]

    @pytest.mark.parametrize(
        ("fen", "yuan"),
        [(1, "0.01"), (10, "0.10"), (200, "2.00"), (10_000_000_000, "100000000.00")],
    )
    def test_money_has_exactly_two_decimals(self, fen: int, yuan: str) -> None:
        assert page(amount=fen)[1]["money"] == yuan

    def test_name_is_free_of_what_platforms_escape(self) -> None:
        _, query = page(subject="""A&B <c> "d" 'e'""")
        assert query["name"] == "A＆B ＜c＞ ＂d＂ ＇e＇"

    def test_name_is_cut_to_whole_characters_within_127_bytes(self) -> None:
        assert page(subject="物" * 127)[1]["name"] == "物" * 42
        assert page(subject="&" * 127)[1]["name"] == "＆" * 42
        assert page(subject="x" * 200)[1]["name"] == "x" * 127

    def test_code_needs_a_type(self) -> None:
        with pytest.raises(ConfigurationError, match="QR code"):
            CHANNEL.pay(
                v1_account(options={"type": ""}), pay_request(InvokeMethod.QR_CODE), FakeTransport()
            )

    @pytest.mark.parametrize("base", ["https://pay.test/", "https://pay.test/a/b/"])
    def test_platform_may_live_in_a_folder_of_its_site(self, base: str) -> None:
        assert page(v1_account(base_url=base))[0] == f"{base}submit.php"


class TestOtherCalls:
    def asked(self, owner: ChannelAccount, operation: str) -> tuple[str, str, dict[str, str]]:
        subject = {"refund": refund_request(), "refund_query": REFUND}.get(operation, PAYMENT)
        transport = FakeTransport(NoAnswer("cut"))
        getattr(CHANNEL, operation)(owner, subject, transport)
        (request,) = transport.sent
        parts = urlsplit(request.url)
        form = form_of(request) if request.body else dict(parse_qsl(parts.query))
        assert request.url.startswith("https://pay.test/epay/")
        path = parts.path.removeprefix("/epay/")
        return request.method, path, {n: v for n, v in form.items() if n not in SIGNATURE}

    @pytest.mark.parametrize("operation", ["query", "refund_query"])
    def test_v1_asks_for_the_order_by_our_number_alone(self, operation: str) -> None:
        named = {"act": "order", "pid": PID, "key": MD5_KEY, "out_trade_no": PAYMENT.serial_no}
        assert self.asked(v1_account(), operation) == ("GET", "api.php", named)

    def test_v1_refund_names_payment_and_money(self) -> None:
        transport = FakeTransport(NoAnswer("cut"))
        CHANNEL.refund(v1_account(), refund_request(), transport)
        (request,) = transport.sent
        assert request.url == "https://pay.test/epay/api.php?act=refund"
        assert form_of(request) == {
            "pid": PID,
            "key": MD5_KEY,
            "out_trade_no": PAYMENT.serial_no,
            "money": "9.90",
            "out_refund_no": REFUND.refund_serial_no,
        }

    @pytest.mark.parametrize(
        ("operation", "path", "named"),
        [
            ("query", "api/pay/query", {"out_trade_no": PAYMENT.serial_no}),
            ("close", "api/pay/close", {"out_trade_no": PAYMENT.serial_no}),
            ("refund_query", "api/pay/refundquery", {"out_refund_no": REFUND.refund_serial_no}),
            (
                "refund",
                "api/pay/refund",
                {
                    "out_trade_no": PAYMENT.serial_no,
                    "money": "9.90",
                    "out_refund_no": REFUND.refund_serial_no,
                },
            ),
        ],
    )
    def test_v2_names_its_subject(self, operation: str, path: str, named: dict[str, str]) -> None:
        assert self.asked(v2_account(), operation) == ("POST", path, {"pid": PID, **named})

    @pytest.mark.parametrize("owner", [v1_account(), v2_account()])
    def test_refund_stays_the_same_when_the_platform_s_number_becomes_known(
        self, owner: ChannelAccount
    ) -> None:
        known = replace(refund_request(), payment=PaymentRef(PAYMENT.serial_no, TRADE_NO))
        bodies = []
        for request in (refund_request(), known):
            transport = FakeTransport(NoAnswer("cut"))
            CHANNEL.refund(owner, request, transport)
            bodies.append(transport.sent[0].body)
        assert bodies[0] == bodies[1]
