"""A company at every channel of the sandbox whose secrets are all known to the test."""

from django.contrib.auth.models import User

from gateway.registry import CHANNELS
from merchants.doors import open_door
from merchants.keys import issue_key, issue_webhook_secret
from merchants.models import Application, ChannelMerchant, StoredCredential
from notifications.models import Robot
from paycenter.sandbox_seed import APPLICATION_CODE, seed
from tests.admin.rows import ROBOT_SECRET, ROBOT_TOKEN
from tests.admin.security.door import PASSWORD, give_app, make_person
from tests.canaries.finding import Canaries
from tests.support.signing import SigningClient
from tests.support.split_rules import make_receiver

OPENID = "oCANARYpayer00000000000000001"
PHONE = "13987654321"
RECEIVER_NAME = "金丝雀先生"
RECEIVER_ACCOUNT = "oCANARYreceiver00000000000001"

KEPT = {
    # What the channel is told of the payer, and what the application gave to find its order by.
    "transactions_payment.launch": frozenset({"payer's openid"}),
    "transactions_payment.metadata": frozenset({"payer's phone"}),
    # The application's own words come back to it.
    "notifications_event.data": frozenset({"payer's phone"}),
}


def plant() -> tuple[Canaries, SigningClient, User]:
    """Make the company, its application, a robot and an operator with an app on a phone."""
    seed()
    application = Application.objects.get(code=APPLICATION_CODE)
    application.keys.all().delete()
    key, secret = issue_key(application)
    door, door_key = open_door(application)
    known = {
        "application's key": secret,
        "notification secret": issue_webhook_secret(application),
        "EasyPay door's key": door_key,
        "robot's token": ROBOT_TOKEN,
        "robot's secret": ROBOT_SECRET,
        "password": PASSWORD,
        **_channel_secrets(),
    }
    operator = make_person("owner", is_superuser=True)
    app, codes = give_app(operator)
    known["authenticator's secret"] = app.unseal("sealed_secret")
    known["recovery code"] = codes[0]
    robot = Robot(name="duty", keyword="支付")
    robot.seal("sealed_token", ROBOT_TOKEN).seal("sealed_secret", ROBOT_SECRET).save()
    known["EasyPay door's private key"] = _middle(door.unseal("sealed_private_key"))
    wechat = ChannelMerchant.objects.get(channel="wechat")
    receiver = make_receiver(wechat, kind="personal", account=RECEIVER_ACCOUNT)
    receiver.seal("sealed_name", RECEIVER_NAME).save()
    payers = {
        "payer's openid": OPENID,
        "payer's phone": PHONE,
        "receiver's name": RECEIVER_NAME,
        "receiver's account": RECEIVER_ACCOUNT,
    }
    return Canaries(known, payers, KEPT), SigningClient(key.key_id, secret), operator


def _channel_secrets() -> dict[str, str]:
    """Return what is secret of each account; of a private key one line in its middle."""
    found = {}
    for row in StoredCredential.objects.select_related("channel_merchant"):
        channel = row.channel_merchant.channel
        kinds = {kind.kind: kind for kind in CHANNELS[channel].credential_kinds}
        if kinds[row.kind].secret:
            found[f"{channel} {row.kind}"] = _middle(row.unseal("sealed_value"))
    return found


def _middle(secret: str) -> str:
    """Return a line that only this secret has: a key in PEM begins as all of them do."""
    lines = secret.strip().splitlines()
    return lines[len(lines) // 2]
