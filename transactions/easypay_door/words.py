"""What the door says when it refuses, in the words that EasyPay clients know.

Rules: EasyPay protocol, answer codes: -1 business, -2 channel, -3 signature or merchant, -4 nothing
was sent, -5 unknown method. The words are the protocol's and Chinese in every language.
"""

from paycenter.kernel.errors import Problem

BUSINESS, CHANNEL, NOT_AUTHENTIC, NO_PARAMETERS, NO_METHOD = -1, -2, -3, -4, -5

CHANGED = "该订单支付参数有变化，请更换订单号重新发起支付"
UNKNOWN_ORDER = "订单号不存在"

_OF_PROBLEMS = {
    "order_paid": "该订单已完成支付，请勿重复发起支付",
    "order_mismatch": CHANGED,
    "order_closed": "该订单已关闭，请更换订单号重新发起支付",
    "attempt_too_soon": "该订单正在以其他方式支付，请稍后再试",
    "notify_url_refused": "通知地址(notify_url)不可用",
    "return_url_refused": "回调地址(return_url)不可用",
    "invalid_request": "金额超出允许范围",
    "refund_exceeds_payment": "退款金额超过剩余可退款金额",
    "payment_not_refundable": "当前订单状态不支持退款",
    "refund_mismatch": "该退款单号已用于其他退款",
    "not_found": UNKNOWN_ORDER,
}
_NOT_OFFERED = "该支付方式暂不可用"


class Refused(Exception):
    """A request is answered with ``code`` and ``message`` instead of what it asked for."""

    def __init__(self, message: str, code: int = BUSINESS) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotAdmitted(Refused):
    """Who sent this is not the merchant it ``claimed`` to be, or may not come in.

    ``reason`` is for the security record, not for the sender.
    """

    def __init__(self, message: str, *, reason: str, claimed: str) -> None:
        super().__init__(message, NOT_AUTHENTIC)
        self.reason = reason
        self.claimed = claimed


def in_words(problem: Problem) -> Refused:
    """Return the refusal that stands for a problem of the services behind the door."""
    return Refused(_OF_PROBLEMS.get(problem.code, _NOT_OFFERED))
