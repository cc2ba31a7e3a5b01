"""A property company's application with a real WeChat Pay account, and the callbacks it gets."""

import json
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client

from gateway.channels.wechat import config
from merchants.credentials import store_credential
from merchants.models import Application, PaymentAccount
from paycenter.kernel.credential import Credential
from tests.attacks import forge
from tests.attacks.forge import Message, WeChatPay
from tests.support.parties import make_account, make_application, make_channel_merchant, make_key
from tests.support.signing import Answer, SigningClient
from transactions.models import Payment, Refund
from transactions.selectors import load_payment, load_refund

AMOUNT = 10_000
PAYMENTS = "/api/v1/payments"
REFUNDS = "/api/v1/refunds"


@dataclass(frozen=True)
class Shop:
    """An application with one WeChat Pay account; ``wechat`` speaks to that account."""

    application: Application
    account: PaymentAccount
    client: SigningClient
    wechat: WeChatPay

    def order_body(self, order_no: str = "A1", **changes: Any) -> dict[str, Any]:
        """Return the body of a request to pay 100 yuan by QR code."""
        facts = {
            "merchant_id": self.account.channel_merchant.merchant.merchant_no,
            "payment_id": self.account.payment_no,
            "order_no": order_no,
            "amount": AMOUNT,
            "currency": "CNY",
            "invoke_method": "qr_code",
            "subject": "物业费",
        }
        return facts | changes

    def pay(self, order_no: str = "A1", **changes: Any) -> Answer:
        """Ask for a payment."""
        return self.client.post(PAYMENTS, json.dumps(self.order_body(order_no, **changes)).encode())

    def initiated(self, order_no: str = "A1", **changes: Any) -> Payment:
        """Return a payment that no worker has sent yet."""
        return self.payment(self.pay(order_no, **changes)["serial_no"])

    def paid(self, order_no: str = "A1") -> Payment:
        """Return a payment that succeeded by a genuine callback."""
        payment = self.initiated(order_no)
        assert self.deliver(self.wechat.message(self.wechat.paid(payment))).status_code == 204
        return self.payment(payment.serial_no)

    def refunding(self, payment: Payment, amount: int = 1_000) -> Refund:
        """Return a refund that no worker has sent yet."""
        facts = {
            "serial_no": payment.serial_no,
            "refund_no": f"RF-{payment.pk}",
            "amount": amount,
            "reason": "多收",
        }
        answer = self.client.post(REFUNDS, facts)
        return self.refund(answer["refund_serial_no"])

    def deliver(
        self, message: Message, *, account: PaymentAccount | None = None, **environ: str
    ) -> HttpResponse:
        """Deliver a callback to an account's address."""
        return self.deliver_to(
            f"/callbacks/wechat/{(account or self.account).payment_no}/", message, **environ
        )

    def deliver_to(self, path: str, message: Message, **environ: str) -> HttpResponse:
        """Deliver a callback to any address; ``environ`` are raw WSGI variables."""
        method = environ.pop("method", "POST")
        headers = dict(message.headers)
        content_type = headers.pop("Content-Type", "")
        variables: dict[str, Any] = {**environ}
        response: Any = Client().generic(
            method, path, message.body, content_type, headers=headers, **variables
        )
        return cast(HttpResponse, response)

    def payment(self, serial_no: str) -> Payment:
        """Read a payment anew."""
        return load_payment(Payment.objects.only("pk").get(serial_no=serial_no).pk)

    def refund(self, refund_serial_no: str) -> Refund:
        """Read a refund anew."""
        return load_refund(Refund.objects.only("pk").get(refund_serial_no=refund_serial_no).pk)


def open_shop(mchid: str = forge.OUR_MCHID) -> Shop:
    """Make a company with one WeChat Pay account and an application that may use it."""
    known = forge.merchant(mchid)
    owner = make_channel_merchant(mchid=mchid)
    for credential in (
        Credential(config.MERCHANT_KEY, known.serial_no, known.private_key_pem),
        Credential(config.APIV3_KEY, "", known.apiv3_key),
        Credential(config.PUBLIC_KEY, known.public_key_id, known.public_key_pem),
    ):
        store_credential(owner, credential)
    account = make_account(owner, appid=known.appid, mini_program_appid=known.mini_program_appid)
    application = make_application(account)
    key, secret = make_key(application)
    return Shop(application, account, SigningClient(key.key_id, secret), WeChatPay(known))
