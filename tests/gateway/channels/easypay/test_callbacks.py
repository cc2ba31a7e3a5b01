"""Callbacks: the vectors, the traps of real platforms, and what must be refused."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine

from gateway.channels.easypay.channel import EasyPayChannel
from gateway.channels.easypay.config import shared_keys
from gateway.messages import (
    CallbackRejected,
    ChannelAccount,
    InvokeMethod,
    Outcome,
    PaymentReport,
    RawCallback,
)
from tests.contract.channel_contract import pay_request
from tests.contract.transport import FakeTransport
from tests.gateway.channels.easypay.peer import (
    NOW,
    PID,
    SERIAL_NO,
    TRADE_NO,
    get,
    md5_signed,
    post,
    rsa_signed,
    told,
    v1_account,
    v1_callback,
    v2_account,
    v2_callback,
    vector,
)

CHANNEL = EasyPayChannel()
PAID = PaymentReport(
    Outcome.SUCCEEDED,
    serial_no=SERIAL_NO,
    channel_serial_no=TRADE_NO,
    amount=1990,
    currency="CNY",
    mchid=PID,
)


def parse(message: RawCallback, owner: ChannelAccount | None = None) -> PaymentReport:
    event = CHANNEL.parse_callback(owner or v1_account(), message)
    assert isinstance(event, PaymentReport)
    return event


def rejection(message: RawCallback, owner: ChannelAccount | None = None) -> str:
    with pytest.raises(CallbackRejected) as caught:
        parse(message, owner)
    return caught.value.reason


class TestRead:
    def test_v1_success_is_reported_as_the_platform_signed_it(self) -> None:
        assert parse(v1_callback()) == PAID

    def test_v2_success_also_names_the_payer(self) -> None:
        assert parse(v2_callback(), v2_account()) == replace(PAID, payer_id="2088102146225135")

    @pytest.mark.parametrize("name", ["v1_notify", "v2_notify"])
    def test_vector_is_read(self, name: str) -> None:
        item = vector(name)
        params = item["params"]
        owner = v1_account() if name == "v1_notify" else v2_account()
        with time_machine.travel(int(params.get("timestamp", NOW)), tick=False):
            report = parse(get({**params, "sign": item["sign"]}), owner)
        assert (report.serial_no, report.channel_serial_no) == (
            params["out_trade_no"],
            params["trade_no"],
        )
        assert report.amount == {"1.1": 110, "2": 200}[params["money"]]

    def test_query_as_a_platform_wrote_it_is_read(self) -> None:
        message = RawCallback("GET", vector("v1_notify")["body"], {}, b"")
        assert parse(message).amount == 110

    @pytest.mark.parametrize("money", ["19.9", "19.90", "19.9000"])
    def test_money_is_compared_as_a_number(self, money: str) -> None:
        assert parse(v1_callback(money=money)) == PAID

    def test_form_by_post_is_the_same_event(self) -> None:
        assert parse(post(md5_signed(told()))) == PAID
        assert parse(post(rsa_signed(told())), v2_account()) == PAID

    def test_own_query_parameters_are_not_signed(self) -> None:
        owner = v1_account(callback_url="https://center.test/cb/?x=1&y=%E4%B8%AD")
        for message in (v1_callback(), post(md5_signed(told()))):
            query = f"x=1&y=%E4%B8%AD&{message.query}".rstrip("&")
            assert parse(replace(message, query=query), owner) == PAID
        assert "wrong" in rejection(replace(v1_callback(), query=f"x=1&{v1_callback().query}"))

    def test_unknown_parameters_are_verified_and_then_ignored(self) -> None:
        assert parse(v1_callback(addtime="2026-01-01 08:00:00", news="1")) == PAID
        added = RawCallback("GET", f"{v1_callback().query}&news=1", {}, b"")
        assert "wrong" in rejection(added)

    def test_empty_parameters_count_for_nothing(self) -> None:
        assert parse(replace(v1_callback(), query=f"{v1_callback().query}&empty=&blank=+")) == PAID

    @pytest.mark.parametrize("state", ["TRADE_CLOSED", "WAIT_BUYER_PAY", "trade_success", "1", ""])
    def test_other_state_is_no_success(self, state: str) -> None:
        report = parse(v1_callback(trade_status=state))
        assert report.outcome is Outcome.UNKNOWN
        assert not report.closed
        assert report.failure is not None

    @pytest.mark.parametrize("param", ["x" * 10_000, "<script>", "a=1&money=0.01"])
    def test_free_text_has_no_say(self, param: str) -> None:
        assert parse(v1_callback(param=param)) == PAID


class TestRefused:
    @pytest.mark.parametrize(
        ("message", "owner"),
        [
            (v1_callback(pid="1001"), v1_account()),
            (v1_callback(), v1_account(mchid="1001")),
            (v1_callback(pid=""), v1_account()),
            (v1_callback(pid="01000"), v1_account()),
        ],
    )
    def test_other_merchant_s_event_counts_for_nobody(
        self, message: RawCallback, owner: ChannelAccount
    ) -> None:
        assert "another merchant" in rejection(message, owner)

    @pytest.mark.parametrize("name", ["money", "sign", "pid", "out_trade_no"])
    def test_nobody_chooses_between_two_of_one_name(self, name: str) -> None:
        genuine = v1_callback()
        for query in (f"{name}=1&{genuine.query}", f"{genuine.query}&{name}=1"):
            assert "twice" in rejection(replace(genuine, query=query))
        posted = post(md5_signed(told()))
        assert "twice" in rejection(replace(posted, query=f"{name}=1"))
        again = dict(parse_qsl(genuine.query))[name]
        assert "twice" in rejection(replace(genuine, query=f"{genuine.query}&{name}={again}"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"money": ""},
            {"money": "19,90"},
            {"money": "1.99e1"},
            {"money": "+19.90"},
            {"money": "１９.90"},
            {"money": "19.999"},
            {"money": "NaN"},
            {"out_trade_no": ""},
            {"out_trade_no": "../../x"},
            {"out_trade_no": "P1' OR 1=1"},
            {"out_trade_no": "P" * 65},
            {"trade_no": ""},
            {"trade_no": "1\r\n2"},
        ],
    )
    def test_signed_value_that_is_not_of_its_form_is_refused(self, changes: dict[str, str]) -> None:
        assert rejection(v1_callback(**changes)).startswith("unreadable")

    @pytest.mark.parametrize(
        "query", ["%ff=1", "a=%ff", "a=\xe8\xb4\xb9%e8", "&".join(f"p{n}=1" for n in range(65))]
    )
    def test_query_that_is_no_form_is_refused(self, query: str) -> None:
        assert "form" in rejection(replace(v1_callback(), query=query))

    @pytest.mark.parametrize("body", [b"\xff", "费".encode("gbk"), "a=费".encode()])
    def test_body_that_is_no_form_is_refused(self, body: bytes) -> None:
        assert "form" in rejection(RawCallback("POST", "", {}, body))

    @pytest.mark.parametrize("body", [b"{}", b"<xml/>", b"", b"%00=1"])
    def test_body_of_another_kind_is_refused(self, body: bytes) -> None:
        assert rejection(RawCallback("POST", "", {}, body))

    @pytest.mark.parametrize("method", ["PUT", "HEAD", "post", ""])
    def test_other_methods_are_refused(self, method: str) -> None:
        assert "neither" in rejection(replace(v1_callback(), method=method))

    @pytest.mark.parametrize("kind", ["RSA", "NONE", "md5"])
    def test_v1_account_takes_no_other_kind_of_signature(self, kind: str) -> None:
        assert "kind" in rejection(get({**md5_signed(told()), "sign_type": kind}))

    @pytest.mark.parametrize("kind", ["MD5", "NONE", "rsa"])
    def test_v2_account_cannot_be_talked_down(self, kind: str) -> None:
        for signed in (rsa_signed(told()), md5_signed({**told(), "timestamp": str(NOW)})):
            assert "kind" in rejection(get({**signed, "sign_type": kind}), v2_account())

    def test_md5_is_no_signature_for_v2_whatever_it_is_called(self) -> None:
        signed = md5_signed({**told(), "timestamp": str(NOW)})
        assert rejection(get({**signed, "sign_type": "RSA"}), v2_account())
        assert rejection(get({**signed, "sign_type": ""}), v2_account())

    @pytest.mark.parametrize("age", [-301, 301, 86_400])
    def test_v2_callback_of_another_time_is_refused(self, age: int) -> None:
        assert "clock" in rejection(v2_callback(timestamp=NOW - age), v2_account())

    @pytest.mark.parametrize(
        "timestamp", ["", "NaN", "1767225600.0", "9" * 20, "１７６７２２５６００"]
    )
    def test_v2_callback_without_a_time_is_refused(self, timestamp: str) -> None:
        message = get(rsa_signed(told(), timestamp=timestamp))
        assert "timestamp" in rejection(message, v2_account())

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_host_and_forwarding_headers_open_no_door(self, host: str) -> None:
        headers = {"host": host, "x-forwarded-for": host, "x-forwarded-host": host}
        unsigned = replace(get(told()), headers=headers)
        assert "no signature" in rejection(unsigned)

    def test_account_that_cannot_verify_believes_nothing(self) -> None:
        assert "cannot verify" in rejection(v1_callback(), v1_account(credentials=()))


class TestPlayedBack:
    """V1 signs orders and callbacks with one key, and the signed string hides where values end."""

    RETURN_URL = f"https://app.test/?a=1&trade_no={TRADE_NO}&trade_status=TRADE_SUCCESS"

    def cut_up(self, regroup: Callable[[dict[str, str]], dict[str, str]]) -> RawCallback:
        """Return our own signed order with the same signature over other names and values."""
        request = replace(pay_request(InvokeMethod.WAP), return_url=self.RETURN_URL)
        action = CHANNEL.pay(v1_account(), request, FakeTransport()).action
        assert action is not None
        regrouped = regroup(dict(parse_qsl(urlsplit(action.params["url"]).query)))
        shared_keys(v1_account()).verify(regrouped)  # the signature holds all the same
        return get(regrouped)

    @pytest.mark.parametrize(
        ("returning", "reason"),
        [
            ({"return_url": "https://app.test/?a=1"}, "an order"),
            ({"return_url=https://app.test/?a": "1"}, "proper name"),
        ],
    )
    def test_signed_order_is_never_a_callback(self, returning: dict[str, str], reason: str) -> None:
        def regroup(signed: dict[str, str]) -> dict[str, str]:
            del signed["return_url"]
            name = f"{signed['name']}&notify_url={signed.pop('notify_url')}"
            paid = {"trade_no": TRADE_NO, "trade_status": "TRADE_SUCCESS"}
            return {**signed, "name": name, **returning, **paid}

        assert reason in rejection(self.cut_up(regroup))

    def test_neighbours_cannot_swallow_what_gives_an_order_away(self) -> None:
        def regroup(signed: dict[str, str]) -> dict[str, str]:
            name = f"{signed['name']}&notify_url={signed.pop('notify_url')}"
            pid = f"{signed['pid']}&return_url=https://app.test/?a=1"
            del signed["return_url"]
            paid = {"trade_no": TRADE_NO, "trade_status": "TRADE_SUCCESS"}
            return {**signed, "name": name, "pid": pid, **paid}

        assert "another merchant" in rejection(self.cut_up(regroup))


def test_replay_is_the_same_event_for_five_minutes() -> None:
    message = v2_callback()
    with time_machine.travel(NOW + 300, tick=False):
        assert parse(message, v2_account()).outcome is Outcome.SUCCEEDED
    with time_machine.travel(NOW + 301, tick=False):
        assert rejection(message, v2_account())
