"""Which calls are failures of the infrastructure, and which are answers."""

import pytest

from gateway.channels.alipay.answers import read_answer as read_alipay
from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.alipay.config import keys_of as alipay_keys
from gateway.channels.alipay.statuses import refusal_outcome
from gateway.channels.easypay.channel import EasyPayChannel
from gateway.channels.easypay.statuses import CHANNEL, order_refusal
from gateway.contract import Channel
from gateway.health.observation import WATCHED, Observation, observed
from gateway.messages import Failure, Operation, Outcome, Trouble
from gateway.models import ChannelCall
from gateway.words import CLOSED
from tests.gateway.channels.alipay import peer as alipay
from tests.support.fake_channel import FakeChannel


def _observed(
    *,
    outcome: str = Outcome.UNKNOWN,
    operation: Operation = Operation.PAY,
    status: int | None = 200,
    error: str = "",
    code: str = "",
    channel: Channel | None = None,
) -> Observation | None:
    call = ChannelCall(
        operation=operation,
        method="POST",
        outcome=outcome,
        status=status,
        error=error,
        milliseconds=120,
    )
    failure = Failure(code, "words") if code else None
    return observed(call, channel or FakeChannel(), failure)


def _trouble(**facts: object) -> Trouble | None:
    observation = _observed(**facts)  # type: ignore[arg-type]
    assert observation is not None
    return observation.trouble


@pytest.mark.parametrize(
    ("facts", "trouble"),
    [
        ({"error": "NotSent: NewConnectionError", "status": None}, Trouble.NOT_SENT),
        ({"error": "NoAnswer: took too long", "status": None}, Trouble.NO_ANSWER),
        ({"status": 500, "code": "SYSTEM_ERROR"}, Trouble.SERVER_ERROR),
        ({"status": 502}, Trouble.SERVER_ERROR),
        ({"status": 429, "code": "FREQUENCY_LIMITED"}, Trouble.LIMITED),
        ({"code": "unverified_answer"}, Trouble.UNVERIFIED),
        ({"code": "unreadable_answer"}, Trouble.UNREADABLE),
        ({"status": 403, "code": "http_403"}, Trouble.UNREADABLE),
        ({"status": 302, "code": "http_302"}, Trouble.UNREADABLE),
    ],
)
def test_infrastructure_that_fails_is_trouble(facts: dict[str, object], trouble: Trouble) -> None:
    assert _trouble(**facts) is trouble


@pytest.mark.parametrize(
    "facts",
    [
        {"outcome": Outcome.SUCCEEDED},
        {"outcome": Outcome.PENDING},
        {"outcome": Outcome.FAILED, "status": 403, "code": "NOT_ENOUGH"},
        # A fault of the data that WeChat Pay answers with status 500.
        {"outcome": Outcome.FAILED, "status": 500, "code": "OPENID_MISMATCH"},
        {"outcome": CLOSED},
        {"status": 404, "code": "ORDER_NOT_EXIST"},
        # The number has a history: the payer paid meanwhile, or is paying.
        {"status": 400, "code": "ORDER_PAID"},
        {"status": 400, "code": "USERPAYING"},
        {"status": 202, "code": "http_202"},
        {"status": 200, "code": "another_number"},
        {"status": 200},
    ],
)
def test_an_answer_is_an_answer_whatever_it_says(facts: dict[str, object]) -> None:
    assert _trouble(**facts) is None


@pytest.mark.parametrize(
    ("outcome", "is_refusal"),
    [(Outcome.FAILED, True), (CLOSED, False), (Outcome.PENDING, False), (Outcome.UNKNOWN, False)],
)
def test_a_refusal_is_told_from_other_answers(outcome: str, is_refusal: bool) -> None:
    observation = _observed(outcome=outcome)
    assert observation == Observation(is_payment=True, milliseconds=120, is_refusal=is_refusal)


@pytest.mark.parametrize("operation", list(Operation))
def test_what_payments_and_refunds_need_is_watched(operation: Operation) -> None:
    observation = _observed(operation=operation, outcome=Outcome.PENDING)
    assert (observation is not None) == (operation in WATCHED)
    if observation is not None:
        assert observation.is_payment == (operation is Operation.PAY)


def test_a_call_that_asked_nobody_says_nothing() -> None:
    call = ChannelCall(operation=Operation.CLOSE, outcome=Outcome.UNKNOWN)
    assert observed(call, FakeChannel(), None) is None


@pytest.mark.parametrize("channel", [AlipayChannel(), EasyPayChannel()], ids=["alipay", "easypay"])
def test_a_channels_own_words_for_its_trouble_count(channel: Channel) -> None:
    for code, trouble in channel.troubles.items():
        assert _trouble(code=code, channel=channel) is trouble
        assert _trouble(code=code, channel=channel, outcome=Outcome.FAILED) is None


@pytest.mark.parametrize("operation", [Operation.PAY, Operation.REFUND])
def test_alipays_trouble_leaves_the_outcome_open(operation: Operation) -> None:
    """Otherwise a listed code would never be looked at."""
    for code in AlipayChannel.troubles:
        gateway_code = "40004" if code.endswith("SYSTEM_ERROR") else "20000"
        assert refusal_outcome(operation, gateway_code, code) is Outcome.UNKNOWN


def test_easypays_trouble_leaves_the_outcome_open() -> None:
    assert order_refusal(CHANNEL, "通道繁忙") is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("code", "sub_code", "trouble"),
    [
        ("20000", "isp.unknow-error", Trouble.BUSY),
        ("20000", "", Trouble.BUSY),
        ("40004", "ACQ.SYSTEM_ERROR", Trouble.BUSY),
        ("40005", "isv.app-call-limited", Trouble.LIMITED),
        ("40005", "", Trouble.LIMITED),
        ("40004", "ACQ.TRADE_HAS_SUCCESS", None),
    ],
)
def test_alipays_answers_are_understood(code: str, sub_code: str, trouble: Trouble | None) -> None:
    method = "alipay.trade.create"
    reply = alipay.failed(method, sub_code, code)
    keys = alipay_keys(alipay.account())
    answer = read_alipay(keys.trusted, reply, alipay.node_of(method))
    assert _trouble(code=answer.failure.code, channel=AlipayChannel()) is trouble
