"""One application at work: what it asks of the center, what its channel tells the center.

A desk has an account at each of two fake channels. It speaks through the real API and the real
callback address, and looks into the database to see what became of it all.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client

from gateway.messages import ChannelEvent
from merchants.models import Application, PaymentAccount
from notifications.models import Event
from paycenter.kernel.clock import now
from tests.support.fake_channel import GENUINE, FakeChannel, callback_body
from tests.support.parties import make_account, make_application, make_channel_merchant, make_key
from tests.support.signing import Answer, SigningClient
from transactions.models import DuplicatePayment, Move, Order, Payment, Refund
from transactions.selectors import load_payment, load_refund
from transactions.tasks import sweep_payments, sweep_refunds

PAYMENTS = "/api/v1/payments"
REFUNDS = "/api/v1/refunds"


@dataclass(frozen=True)
class Desk:
    """An application, its accounts and its key; ``channel`` is where ``account`` collects."""

    application: Application
    account: PaymentAccount
    other_account: PaymentAccount
    client: SigningClient
    channel: FakeChannel = field(repr=False)
    other_channel: FakeChannel = field(repr=False)

    def order_body(self, order_no: str = "A1", **changes: Any) -> dict[str, Any]:
        """Return the body of a request to pay 100 yuan by QR code."""
        account: PaymentAccount = changes.pop("account", self.account)
        facts = {
            "merchant_id": account.channel_merchant.merchant.merchant_no,
            "payment_id": account.payment_no,
            "order_no": order_no,
            "amount": 10_000,
            "currency": "CNY",
            "invoke_method": "qr_code",
            "subject": "物业费",
        }
        return facts | changes

    def pay(self, order_no: str = "A1", **changes: Any) -> Answer:
        """Ask for a payment."""
        return self.client.post(PAYMENTS, self.order_body(order_no, **changes))

    def close(self, serial_no: str) -> Answer:
        """Ask to close a payment."""
        return self.client.post(f"{PAYMENTS}/{serial_no}/close")

    def sync(self, serial_no: str) -> Answer:
        """Ask for the channel's truth."""
        return self.client.post(f"{PAYMENTS}/{serial_no}/sync")

    def refund(self, payment: Payment, refund_no: str = "R1", **changes: Any) -> Answer:
        """Ask to return 10 yuan."""
        facts = {
            "serial_no": payment.serial_no,
            "refund_no": refund_no,
            "amount": 1_000,
            "reason": "多收",
        }
        return self.client.post(REFUNDS, facts | changes)

    def callback(self, report: ChannelEvent, *, account: PaymentAccount | None = None) -> Any:
        """Deliver an authentic callback of the account's channel."""
        return self.raw_callback(callback_body(report), account=account, headers=GENUINE)

    def raw_callback(
        self,
        body: bytes,
        *,
        account: PaymentAccount | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Deliver these very bytes to an account's callback address."""
        account = account or self.account
        path = f"/callbacks/{account.channel_merchant.channel}/{account.payment_no}/"
        return Client().generic("POST", path, data=body, headers=headers or {})

    def pending_payment(self, order_no: str = "A1", **changes: Any) -> Payment:
        """Return a payment that waits for the payer."""
        return self.payment(self.pay(order_no, **changes)["serial_no"])

    def paid_payment(self, order_no: str = "A1", **changes: Any) -> Payment:
        """Return a payment that succeeded and settled its order."""
        payment = self.pending_payment(order_no, **changes)
        self.callback(self.channel.paid(payment.serial_no))
        return self.payment(payment.serial_no)

    def payment(self, serial_no: str) -> Payment:
        """Read a payment anew, with its order."""
        return load_payment(Payment.objects.only("pk").get(serial_no=serial_no).pk)

    def the_payment(self) -> Payment:
        """Read the only payment there is."""
        return load_payment(Payment.objects.only("pk").get().pk)

    def the_refund(self) -> Refund:
        """Read the only refund there is, with its payment."""
        return load_refund(Refund.objects.only("pk").get().pk)

    def order(self, order_no: str = "A1") -> Order:
        """Read an order anew."""
        return Order.objects.get(application=self.application, order_no=order_no)

    def sweep_payments(self) -> None:
        """Let every payment's time come, and the sweep with it."""
        due = Payment.objects.filter(due_at__isnull=False)
        due.update(due_at=now() - timedelta(seconds=1))
        sweep_payments()

    def sweep_refunds(self) -> None:
        """Let every refund's time come, and the sweep with it."""
        due = Refund.objects.filter(due_at__isnull=False)
        due.update(due_at=now() - timedelta(seconds=1))
        sweep_refunds()


def open_desk(channel: FakeChannel, other_channel: FakeChannel, **changes: Any) -> Desk:
    """Make a company with an account at each channel, and an application that may use both.

    ``changes`` are the application's.
    """
    owner = make_channel_merchant(channel=channel.code)
    account = make_account(owner)
    other_account = make_account(
        make_channel_merchant(owner.merchant, channel=other_channel.code), appid="2021000000000001"
    )
    application = make_application(account, other_account, **changes)
    key, secret = make_key(application)
    return Desk(
        application=application,
        account=account,
        other_account=other_account,
        client=SigningClient(key.key_id, secret),
        channel=channel,
        other_channel=other_channel,
    )


def events(type_: str = "") -> list[Event]:
    """Return recorded events, oldest first, of one type or of all."""
    found = Event.objects.order_by("pk")
    return list(found.filter(type=type_) if type_ else found)


def history(row: Order | Payment | Refund | DuplicatePayment) -> list[tuple[str, str, str]]:
    """Return the moves of a row as (from, to, because of)."""
    subject = type(row).__name__.lower()
    moves = Move.objects.filter(subject=subject, subject_id=row.pk)
    return list(moves.values_list("source", "target", "cause"))
