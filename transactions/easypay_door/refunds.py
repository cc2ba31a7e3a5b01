"""Refunds through the door, on the same service as the API's.

V2 names a refund (``out_refund_no``), and the name is the key: sent again it is the same refund,
with other content it is refused. V1 has no name. There, the same amount of the same order again
within ten minutes is taken for a repeat after a lost answer, and gets the first refund: money that
went back by mistake does not come again. Who means a second one sends ``out_refund_no``, or waits.
"""

import re
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from paycenter.kernel.clock import now
from paycenter.kernel.money import format_yuan
from transactions import tasks
from transactions.easypay_door.calls import V2, Call
from transactions.easypay_door.documents import named_order, own_orders, settling_payment
from transactions.easypay_door.wanted import read_money
from transactions.easypay_door.words import NO_PARAMETERS, Refused
from transactions.lifecycle import RESERVING_REFUND, RefundState
from transactions.models import DoorOrder, Payment, Refund
from transactions.representations import refund_resource
from transactions.selectors import refunds
from transactions.services.commands import RefundCommand
from transactions.services.refunds import request_refund
from transactions.waiting import ask_worker

REPEAT_WINDOW = timedelta(minutes=10)
REASON = "退款"
_NOT_TAKEN = frozenset({RefundState.WAITING, RefundState.APPROVED, RefundState.UNKNOWN})

_REFUND_NO = re.compile(r"[a-zA-Z0-9._\-|]{6,64}", re.ASCII)


def refund(call: Call) -> dict[str, Any]:
    """Refund a part or all of a paid order; code 0 once it is accepted. Raises ``Refused``."""
    known = named_order(call)
    amount = read_money(call.text("money"))
    try:
        row, is_new = _request(call, known, amount)
    except IntegrityError:
        # The number was given to another order's refund this moment: now that one is found.
        row, is_new = _request(call, known, amount)
    channel = row.payment.channel_merchant.channel
    is_to_send = is_new and row.state != RefundState.WAITING
    answer = ask_worker(tasks.send_refund, row.pk, channel) if is_to_send else None
    resource = answer or refund_resource(row)
    if resource["state"] == RefundState.FAILED:
        raise Refused(f"退款失败：{resource['failure']['message']}")
    if resource["state"] == RefundState.REJECTED:
        raise Refused("退款失败：未获批准")
    if resource["state"] in _NOT_TAKEN:
        # Nobody could say yet that the channel took it; a repeat finds this same refund.
        raise Refused("退款处理中，请稍后再查询")
    words = "退款成功" if is_new else "已存在相同退款"
    told = _told(call, known, row)
    return {"code": 0, **told, "msg": f"{words}！退款金额¥{format_yuan(amount)}"}


def query_refund(call: Call) -> dict[str, Any]:
    """Answer with a refund of this door that has ended; status 1 done, 0 failed."""
    row = _named_refund(call)
    known = own_orders(call).filter(order=row.payment.order_id).first() if row else None
    if row is None or known is None:
        raise Refused("退款记录不存在")
    if row.state in RESERVING_REFUND:
        # Either status would be a lie.
        raise Refused("退款处理中，请稍后再查询")
    status = int(row.state == RefundState.SUCCEEDED)
    return {"code": 0, **_told(call, known, row), "status": status}


@transaction.atomic
def _request(call: Call, known: DoorOrder, amount: int) -> tuple[Refund, bool]:
    """Reserve the money under the order's lock, or find the refund that this repeats."""
    DoorOrder.objects.select_for_update(no_key=True).get(pk=known.pk)
    payment = settling_payment(known)
    if payment is None:
        raise Refused("当前订单状态不支持退款")
    refund_no = _given_number(call)
    if not refund_no:
        earlier = _repeated(payment, known, amount)
        if earlier is not None:
            return earlier, False
        refund_no = _next_number(payment, known)
    command = RefundCommand(payment.serial_no, refund_no, amount, REASON)
    return request_refund(call.door.application, command)


def _given_number(call: Call) -> str:
    """Return the application's own number: required in V2, welcome in V1."""
    number = call.text("out_refund_no") or ("" if call.version == V2 else call.text("refund_no"))
    if not number and call.version == V2:
        raise Refused("退款单号(out_refund_no)不能为空")
    if number and not _REFUND_NO.fullmatch(number):
        raise Refused("退款单号(out_refund_no)格式不正确")
    return number


def _unnamed(known: DoorOrder) -> str:
    return f"EP{known.trade_no}-"


def _repeated(payment: Payment, known: DoorOrder, amount: int) -> Refund | None:
    """Return the refund without a name that this one cannot be told from."""
    recent = refunds().filter(
        payment=payment,
        amount=amount,
        refund_no__startswith=_unnamed(known),
        created_at__gt=now() - REPEAT_WINDOW,
    )
    return recent.exclude(state=RefundState.FAILED).order_by("-pk").first()


def _next_number(payment: Payment, known: DoorOrder) -> str:
    prefix = _unnamed(known)
    return f"{prefix}{payment.refunds.filter(refund_no__startswith=prefix).count() + 1}"


def _named_refund(call: Call) -> Refund | None:
    ours, theirs = call.text("refund_no"), call.text("out_refund_no")
    if not ours and not theirs:
        raise Refused("退款单号不能为空", NO_PARAMETERS)
    own = refunds().filter(application=call.door.application)
    return own.filter(**({"refund_serial_no": ours} if ours else {"refund_no": theirs})).first()


def _told(call: Call, known: DoorOrder, row: Refund) -> dict[str, Any]:
    return {
        "refund_no": row.refund_serial_no,
        "out_refund_no": row.refund_no,
        "trade_no": known.trade_no,
        "out_trade_no": known.out_trade_no,
        "uid": call.door.pid,
        "money": format_yuan(row.amount),
        "reducemoney": format_yuan(row.amount),
    }
