"""The words and numbers of EasyPay platforms and what each lets the center conclude.

Rules: EasyPay protocol V1 and V2, "order status" and "error codes". One code covers many reasons,
so a few are told apart by their (Chinese) words; what is not listed proves nothing.
"""

from collections.abc import Mapping

from gateway.messages import Finding, Outcome, Trouble

PAID = "TRADE_SUCCESS"
"""The only ``trade_status`` a callback announces: refunds, closes and failures are never told."""

ORDER_UNPAID, ORDER_PAID, ORDER_REFUNDED = "0", "1", "2"

ORDER_STATES: Mapping[str, Outcome] = {
    ORDER_UNPAID: Outcome.PENDING,
    ORDER_PAID: Outcome.SUCCEEDED,
    # Was paid, and something of it was returned; a part is enough.
    ORDER_REFUNDED: Outcome.SUCCEEDED,
    # "3", frozen by the platform, is not listed: whether the merchant gets the money is open.
    # Held on the payer's account, not taken yet.
    "4": Outcome.PENDING,
}

REFUND_FAILED, REFUND_DONE = "0", "1"

BUSINESS, CHANNEL, SIGNATURE, SWITCHED_OFF = "-1", "-2", "-3", "-4"
ORDER_MISSING = ("订单", "不存在")
REFUND_MISSING = ("退款记录", "不存在")

_NUMBER_HAS_HISTORY = ("有变化", "已完成支付", "已支付", "重复", "已存在")
_NOTHING_RETURNED = ("不支持退款", "余额不足", "未开启", "未开通")
_BEHIND_THE_PLATFORM = "退款失败"
_OVER_THE_REST = ("剩余可退款金额", "已全额退款")

_TOLD_APART = (
    ("时间戳", "clock"),
    ("只能使用RSA", "rsa_only"),
    ("ID不存在", "unknown_pid"),
    ("商户不存在", "unknown_pid"),
    ("密钥", "wrong_key"),
    ("签名", "wrong_key"),
)

FINDINGS: Mapping[str, Finding] = {
    "unknown_pid": Finding.UNKNOWN_ACCOUNT,
    "wrong_key": Finding.WRONG_KEY,
    "rsa_only": Finding.MISCONFIGURED,
    "clock": Finding.CLOCK,
    # A page instead of an answer: the address is not that of the platform's interface.
    "unreadable_answer": Finding.MISCONFIGURED,
}

TROUBLES: Mapping[str, Trouble] = {CHANNEL: Trouble.BUSY}
"""The channel behind the platform gave no proper answer."""


def failure_code(code: str, message: str) -> str:
    """Return a code that tells the reasons apart which share one number."""
    return next((name for words, name in _TOLD_APART if words in message), code)


def says(message: str, words: tuple[str, ...]) -> bool:
    """Whether all of ``words`` are in the message."""
    return all(word in message for word in words)


def order_refusal(code: str, message: str) -> Outcome:
    """Conclude from an error answer to a new order.

    An error of the platform's own channel is its trouble, and a number with a history there has a
    state that tells more: both are asked for.
    """
    if code == CHANNEL or any(word in message for word in _NUMBER_HAS_HISTORY):
        return Outcome.UNKNOWN
    return Outcome.FAILED


def nothing_was_returned(message: str, *, knows_number: bool) -> bool:
    """Whether a refused refund certainly returned nothing, this time and before.

    A platform that ``knows_number`` recognises a repeat first, so "more than is left" is a refusal
    there. Elsewhere our own earlier sending may be what used the rest up. What the channel behind
    the platform said, after "退款失败", proves nothing.
    """
    if message.startswith(_BEHIND_THE_PLATFORM):
        return False
    listed = (*_NOTHING_RETURNED, *_OVER_THE_REST) if knows_number else _NOTHING_RETURNED
    return any(word in message for word in listed)
