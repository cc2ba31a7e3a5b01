"""What happens on a day: payments at every channel, callbacks, notifications, refunds, an alert."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import time_machine
from django.test import Client

from merchants.models import PaymentAccount
from notifications.alerting.tasks import sweep_alerts
from notifications.alerts import raise_alert
from notifications.models import Alert
from notifications.tasks import number_events, sweep_deliveries
from paycenter.kernel.clock import now
from tests.canaries.planting import OPENID, PHONE, plant
from tests.contract.sandbox import CallbackReceiver, Sandbox
from tests.notifications.receiver import Receiver
from tests.support.desk import PAYMENTS, REFUNDS
from tests.support.fake_dingtalk import FakeDingTalk
from tests.support.signing import Answer
from tests.support.workers import Workers


class Door(CallbackReceiver):
    """Where the center takes callbacks: whatever the path."""

    _path = "/callbacks/"

    @property
    def base_url(self) -> str:
        """The center's address."""
        return f"http://127.0.0.1:{self._server.server_port}"


@dataclass
class Scene:
    """The company with all its secrets, and those it speaks to."""

    sandbox: Sandbox
    door: Door
    chat: FakeDingTalk
    receiver: Receiver

    def __post_init__(self) -> None:
        self.canaries, self.client, self.operator = plant()
        self.answers: list[Answer] = []

    def pay(self, channel: str, method: str, **more: Any) -> str:
        """Ask for a payment, have it paid and take the callback; returns its number."""
        account = PaymentAccount.objects.select_related("channel_merchant__merchant").get(
            channel_merchant__channel=channel
        )
        body = {
            "merchant_id": account.channel_merchant.merchant.merchant_no,
            "payment_id": account.payment_no,
            "order_no": f"{channel}-1",
            "amount": 12_850,
            "currency": "CNY",
            "invoke_method": method,
            "subject": "物业费",
            "metadata": {"phone": PHONE},
            **more,
        }
        asked = self._keep(self.client.post(PAYMENTS, body))
        assert asked.status == 201, asked
        serial_no = str(asked["serial_no"])
        self.sandbox.control(f"{channel}/pay", serial_no=serial_no)
        path, told = self.door.next()
        url = f"{path}?{told.query}" if told.query else path
        taken = Client().generic(told.method, url, told.body, headers=dict(told.headers))
        assert taken.status_code in {200, 204}, taken.content
        return serial_no

    def refund(self, serial_no: str, refund_no: str) -> None:
        """Ask for a part of a payment back."""
        body = {"serial_no": serial_no, "refund_no": refund_no, "amount": 100, "reason": "多收"}
        assert self._keep(self.client.post(REFUNDS, body)).status in {201, 202}

    def whole_day(self, workers: Workers) -> None:
        """Let everything happen that touches a secret."""
        numbers = [
            self.pay("wechat", "mini_program", payer={"openid": OPENID}),
            self.pay("alipay", "qr_code"),
            self.pay("easypay", "qr_code"),
        ]
        for serial_no in numbers:
            self.refund(serial_no, f"R-{serial_no}")
            self._keep(self.client.get(f"{PAYMENTS}/{serial_no}"))
            self._keep(self.client.post(f"{PAYMENTS}/{serial_no}/sync"))
        self.client.post(PAYMENTS, b"{", X_Pc_Signature="x")
        number_events()
        sweep_deliveries()
        raise_alert("circuit_open", "A channel does not work.", severity=Alert.Severity.CRITICAL)
        sweep_alerts()
        with time_machine.travel(now() + timedelta(seconds=60)):
            sweep_alerts()
            for message in [one for one in workers.messages if one.queue in {"notify", "alerts"}]:
                workers.work_on(message)
        assert self.receiver.received
        assert self.chat.taken

    def _keep(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer
