"""Test vocabulary: a company ready to collect, and an order to which everything happened."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from gateway.messages import InvokeMethod, Operation, Outcome
from gateway.models import Callback, ChannelCall, HealthChange
from merchants.credentials import store_credential
from merchants.keys import issue_key, issue_webhook_secret
from merchants.models import (
    Application,
    ChannelMerchant,
    ChannelSwitch,
    Grant,
    Merchant,
    PaymentAccount,
    Project,
    PropertyGroup,
    SecurityRecord,
    UsedNonce,
)
from notifications.models import (
    Alert,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    Event,
    Heartbeat,
    Incident,
    Post,
    Robot,
    Telling,
)
from notifications.services.number_events import number_events
from paycenter.kernel.credential import Credential
from paycenter.kernel.numbers import mint
from transactions.models import (
    Checkout,
    CollectionCode,
    DuplicatePayment,
    Move,
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundProposal,
)
from transactions.services.desk_orders import new_once, open_code_order

PRIVATE_KEY_CANARY = "CANARY-channel-key-1f6c"
ROBOT_TOKEN = "ca9a51" * 10 + "0000"
ROBOT_SECRET = "SECcanary" + "7" * 55
BODY_CANARY = "<script>alert('callback')</script>"

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Company:
    """A property company with an account, and an application that may use it."""

    merchant: Merchant
    project: Project
    owner: ChannelMerchant
    account: PaymentAccount
    application: Application
    secrets: tuple[str, ...]


def make_company(*, is_sandbox: bool = True) -> Company:
    """Make a company, its secrets included."""
    number = next(_numbers)
    group = PropertyGroup.objects.create(code=f"group-{number}", name=f"阳光集团{number}")
    merchant = Merchant.objects.create(
        group=group,
        name=f"阳光物业服务有限公司{number}",
        display_name="阳光物业",
        credit_code=f"91310000MA1K{number:05d}X",
    )
    project = Project.objects.create(merchant=merchant, code="garden", name="阳光花园")
    owner = ChannelMerchant.objects.create(
        merchant=merchant, channel="wechat", mchid=f"19000{number:05d}", is_sandbox=is_sandbox
    )
    store_credential(owner, Credential("apiv3_key", "", PRIVATE_KEY_CANARY))
    account = PaymentAccount.objects.create(
        channel_merchant=owner, project=project, name="微信收款", appid="wx1", is_active=True
    )
    application = Application.objects.create(
        code=f"app-{number}", name=f"物业收费系统{number}", group=group
    )
    key, secret = issue_key(application)
    webhook_secret = issue_webhook_secret(application)
    Grant.objects.create(application=application, payment_account=account)
    UsedNonce.objects.create(key=key, nonce="n" * 16, expires_at=datetime.now(UTC))
    SecurityRecord.objects.create(
        door="api", reason="signature_invalid", claimed=key.key_id, path="/api/v1/payments"
    )
    return Company(merchant, project, owner, account, application, (secret, webhook_secret))


def make_story(company: Company, *, attempts: int = 2, tries: int = 2, order_no: str = "") -> Order:
    """Make an order: failed attempts, a paid one, calls, callbacks, a refund, notifications."""
    moment = datetime.now(UTC) - timedelta(minutes=5)
    order = _order(company, moment, order_no or f"FEE-2026-{next(_numbers):06d}")
    earlier: Payment | None = None
    for number in range(1, attempts + 1):
        moment += timedelta(seconds=7)
        earlier = _payment(company, order, number, moment, earlier=earlier)
        paid = number == attempts
        _call(company, earlier.serial_no, Operation.PAY, Outcome.PENDING, moment)
        _move(order, "payment", earlier.pk, "initiating", "pending", moment)
        if not paid:
            _event(company, order, moment, type_="payment.failed", tries=tries)
        if paid:
            _callback(company, earlier.serial_no, moment + timedelta(seconds=3))
        _move(order, "payment", earlier.pk, "pending", "succeeded" if paid else "failed", moment)
    if earlier is not None:
        _move(order, "order", order.pk, "paying", "paid", moment + timedelta(seconds=4))
        moment += timedelta(seconds=30)
        refund = _refund(company, earlier, moment)
        _call(company, refund.refund_serial_no, Operation.REFUND, Outcome.SUCCEEDED, moment)
        _move(order, "refund", refund.pk, "approved", "succeeded", moment)
    _event(company, order, moment, type_="payment.succeeded", tries=tries)
    _outage(company, moment)
    return order


def make_duplicate(order: Order, **changes: object) -> DuplicatePayment:
    """Let the money of an order's first attempt have come too, and be held for a person."""
    payment = Payment.objects.filter(order=order).earliest("id")
    Payment.objects.filter(pk=payment.pk).update(
        state="succeeded", failure_code="", failure_message="", paid_at=payment.created_at
    )
    facts = {"state": "held", "merchant": order.merchant, "created_at": payment.created_at}
    return DuplicatePayment.objects.create(payment_id=payment.pk, **(facts | changes))


def make_proposal(order: Order) -> RefundProposal:
    """Let somebody have found out that a refund of an order, which is stuck, went back."""
    refund = Refund.objects.filter(payment__order=order).earliest("pk")
    stuck = {"state": "unknown", "needs_person": True, "due_at": order.created_at}
    Refund.objects.filter(pk=refund.pk).update(succeeded_at=None, **stuck)
    return RefundProposal.objects.create(
        merchant=order.merchant,
        refund=refund,
        refund_version=refund.version,
        solution="returned",
        explanation="seen in their console",
        proposed_by="asker",
        created_at=order.created_at,
    )


def make_code(company: Company, **changes: Any) -> CollectionCode:
    """Make a collection code that leaves amount and room open."""
    facts = {
        "merchant": company.merchant,
        "application": company.application,
        "project": company.project,
        "place": "前台",
        "subject": "临时停车费",
    }
    return CollectionCode.objects.create(**(facts | changes))


def make_checkout(company: Company) -> Checkout:
    """Make an order of 100 yuan that somebody who scanned a code is about to pay."""
    return open_code_order(make_code(company), once=new_once(), amount=10_000, room="3-1-502")


def _order(company: Company, moment: datetime, order_no: str) -> Order:
    order = Order.objects.create(
        state="partially_refunded",
        application=company.application,
        merchant=company.merchant,
        order_no=order_no,
        amount=12_850,
        paid_amount=12_850,
        refunded_amount=2_850,
        subject="11月物业费",
        content_hash="0" * 64,
        expires_at=moment + timedelta(minutes=30),
        paid_at=moment + timedelta(seconds=20),
        created_at=moment,
    )
    for number, (fee, amount) in enumerate((("物业费", 10_000), ("停车费", 2_850)), start=1):
        OrderLine.objects.create(
            merchant=company.merchant,
            order=order,
            line_no=number,
            fee_type=fee,
            room="3-1-502",
            period="2026-11",
            amount=amount,
        )
    return order


def _payment(
    company: Company, order: Order, number: int, moment: datetime, *, earlier: Payment | None
) -> Payment:
    if earlier is not None:
        Payment.objects.filter(pk=earlier.pk).update(
            state="failed",
            settles_order=False,
            refunded=0,
            channel_serial_no=None,
            paid_at=None,
            failure_code="NOTENOUGH",
            failure_message="余额不足",
        )
    return Payment.objects.create(
        state="succeeded",
        merchant=company.merchant,
        order=order,
        payment_account=company.account,
        channel_merchant=company.owner,
        serial_no=mint("P", moment),
        channel_serial_no=f"42000{next(_numbers):015d}",
        invoke_method=InvokeMethod.MINI_PROGRAM,
        amount=order.amount,
        attempt_no=number,
        repeat_of=earlier,
        repeat_gap_ms=7_000 if earlier else None,
        launch={"payer": {"openid": "oABCDEFGHIJKLMN"}, "return_url": ""},
        request_hash="0" * 64,
        settles_order=True,
        refunded=2_850,
        expires_at=order.expires_at,
        paid_at=moment,
        created_at=moment,
    )


def _refund(company: Company, payment: Payment, moment: datetime) -> Refund:
    return Refund.objects.create(
        state="succeeded",
        merchant=company.merchant,
        application=company.application,
        payment=payment,
        refund_serial_no=mint("R", moment),
        refund_no=f"RF-{next(_numbers):06d}",
        channel_refund_no=f"50300{next(_numbers):015d}",
        amount=2_850,
        reason="停车费多收",
        content_hash="0" * 64,
        succeeded_at=moment,
        created_at=moment,
    )


def _call(
    company: Company, number: str, operation: Operation, outcome: Outcome, moment: datetime
) -> None:
    ChannelCall.objects.create(
        merchant=company.merchant,
        payment_account=company.account,
        operation=operation,
        number=number,
        method="POST",
        url="https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi",
        request_body='{"out_trade_no": "' + number + '", "payer": {"openid": "oAB***LMN"}}',
        status=200,
        response_body='{"prepay_id": "wx2***0000"}',
        outcome=outcome,
        milliseconds=213,
        request_id="08F78BB9AF0610D302",
        created_at=moment + timedelta(milliseconds=300),
    )


def _callback(company: Company, number: str, moment: datetime) -> None:
    Callback.objects.create(
        merchant=company.merchant,
        payment_account=company.account,
        method="POST",
        headers={"wechatpay-serial": "PUB_KEY_ID_0"},
        body=('{"id": "EV-1", "summary": "' + BODY_CANARY + '"}').encode(),
        result="applied",
        number=number,
        received_at=moment,
    )


def _move(
    order: Order, subject: str, subject_id: int, source: str, target: str, moment: datetime
) -> None:
    Move.objects.create(
        merchant_id=order.merchant_id,
        subject=subject,
        subject_id=subject_id,
        source=source,
        target=target,
        cause="callback",
        created_at=moment + timedelta(seconds=3, milliseconds=1),
    )


def _outage(company: Company, moment: datetime) -> None:
    HealthChange.objects.create(
        scope=f"account:{company.account.pk}",
        channel=company.owner.channel,
        is_sandbox=company.owner.is_sandbox,
        merchant=company.merchant,
        payment_account=company.account,
        source="closed",
        target="open",
        calls=20,
        failures=11,
        cool_down=30,
        created_at=moment,
    )
    alert = Alert.objects.create(
        rule="circuit_closed",
        severity="info",
        merchant=company.merchant,
        text="%(channel)s, %(whose)s: the channel answers again. New payments are taken.",
        params={"channel": "WeChat Pay", "whose": str(company.account)},
        raised_at=moment,
    )
    ChannelSwitch.objects.create(
        payment_account=company.account, reason="证书更换", created_by="operator"
    )
    if not Robot.objects.exists():
        _telling(alert, moment)


def _telling(alert: Alert, moment: datetime) -> None:
    """An incident, and the robot that told of it."""
    Heartbeat.objects.create(name="queue:notify", at=moment)
    robot = Robot(name="平台值班群", keyword="支付", mobiles=["13800000001"])
    robot.seal("sealed_token", ROBOT_TOKEN).seal("sealed_secret", ROBOT_SECRET).save()
    incident = Incident.objects.create(
        rule="circuit_open",
        merchant=alert.merchant,
        subject="account:1",
        severity="warning",
        lasting=True,
        first_at=moment,
        newest_at=moment,
        newest=alert,
    )
    post = Post.objects.create(robot=robot, speaker=robot, kind="alerts", outcome="sent", at=moment)
    Telling.objects.create(
        incident=incident,
        robot=robot,
        post=post,
        told_count=1,
        first_told_at=moment,
        told_at=moment,
        due_at=moment + timedelta(days=365),
    )


def _event(company: Company, order: Order, moment: datetime, *, type_: str, tries: int) -> None:
    with transaction.atomic():
        event = Event.objects.create(
            application=company.application,
            merchant=company.merchant,
            type=type_,
            data={"order_no": order.order_no, "amount": order.amount},
            occurred_at=moment,
        )
        url = f"https://app.example.com/notify/{event.pk}"
        delivery = Delivery.objects.create(
            event=event,
            application=company.application,
            merchant=company.merchant,
            url=url,
            attempts=tries,
            ladder_step=tries,
            due_at=moment + timedelta(hours=1),
            last_status=503,
            last_error="HTTP 503",
        )
        Endpoint.objects.create(application=company.application, url=url)
    number_events()
    for number in range(1, tries + 1):
        DeliveryAttempt.objects.create(
            delivery=delivery,
            merchant=company.merchant,
            number=number,
            at=moment + timedelta(seconds=15 * number),
            status=503,
            milliseconds=41,
            answer="maintenance",
            error="HTTP 503",
        )
