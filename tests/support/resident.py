"""A resident with a browser: opens a checkout page, reads it, presses what it offers.

Reads English, whatever the translations say, and comes from an address of its own, so that nobody
else's wrong links slow this one down.
"""

import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.test import Client

from tests.support.desk import Desk
from tests.support.signing import Answer
from transactions.models import Payment

CHECKOUTS = "/api/v1/checkouts"
LOGIN_DONE = "/checkout/login/"

COMPUTER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605 Mobile/15E148"
IN_WECHAT = f"{PHONE} MicroMessenger/8.0.66(0x18004230) NetType/WIFI Language/zh_CN"
IN_ALIPAY = f"{PHONE} AlipayDefined(nt:WIFI) AliApp(AP/10.8.20) AlipayClient/10.8.20"

_WAY = re.compile(r'(?:name="way" value="|/login/)([a-z-]+)"')
_TAG = re.compile(r"<(style|script|title).*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True)
class Face:
    """What a browser was shown."""

    response: Any = field(repr=False)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.response.status_code)

    @property
    def html(self) -> str:
        """The page as it was sent."""
        return str(self.response.content.decode())

    @property
    def text(self) -> str:
        """What a person reads, without repeated blanks."""
        return " ".join(unescape(_TAG.sub(" ", self.html)).split())

    @property
    def ways(self) -> list[str]:
        """The ways to pay that can be pressed, in their order."""
        return _WAY.findall(self.html)

    @property
    def state(self) -> str:
        """Which of its faces the page shows."""
        return self.attribute("data-state")

    @property
    def stamp(self) -> str:
        """The stamp the page compares with."""
        return self.attribute("data-stamp")

    def attribute(self, name: str) -> str:
        """Return an attribute as a browser reads it, blank where there is none."""
        found = re.search(rf' {name}="([^"]*)"', self.html)
        return unescape(found[1]) if found else ""


class Resident:
    """Somebody with the link to a checkout page."""

    def __init__(self, url: str, agent: str = COMPUTER, **facts: Any) -> None:
        """``url`` may be a whole address or a path; ``facts`` as Django's client takes them."""
        self.path = urlsplit(url).path
        address = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
        self.client = Client(headers={"User-Agent": agent}, **{"REMOTE_ADDR": address, **facts})
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    @property
    def token(self) -> str:
        """The token in the page's address."""
        return self.path.strip("/").rpartition("/")[2]

    def look(self, below: str = "") -> Face:
        """Open the page, or what lies below it."""
        return Face(self.client.get(self.path + below))

    def stamp(self) -> str:
        """Ask whether anything changed, as an open page does."""
        return str(self.client.get(f"{self.path}status").json()["stamp"])

    def press(self, way: str) -> str:
        """Choose a way to pay and return where the browser is sent."""
        response = self.client.post(f"{self.path}pay", {"way": way})
        assert response.status_code == 303, response.status_code
        return str(response["Location"])

    def log_in(self, way: str, name: str = "somebody") -> Face:
        """Choose a way inside its app, come back from its login, and go where one is sent."""
        left = self.client.get(f"{self.path}login/{way}")
        state = dict(parse_qsl(urlsplit(left["Location"]).query))["state"]
        code = {"wechat": "code", "alipay": "auth_code"}[way]
        back = self.client.get(LOGIN_DONE, {code: f"of-{name}", "state": state})
        return Face(self.client.get(back["Location"]))

    def pay_by(self, way: str) -> Face:
        """Choose a way to pay and go where the browser is sent."""
        return Face(self.client.get(self.press(way)))


def checkout_body(desk: Desk, order_no: str = "A1", **changes: Any) -> dict[str, Any]:
    """Return the body of a request for a page on which 100 yuan are paid."""
    facts = {
        "merchant_id": desk.account.channel_merchant.merchant.merchant_no,
        "order_no": order_no,
        "amount": 10_000,
        "subject": "物业费",
    }
    return facts | changes


def ask_for_page(desk: Desk, order_no: str = "A1", **changes: Any) -> Answer:
    """Ask for the page of an order."""
    return desk.client.post(CHECKOUTS, checkout_body(desk, order_no, **changes))


def resident_of(
    desk: Desk, order_no: str = "A1", agent: str = COMPUTER, **changes: Any
) -> Resident:
    """Return somebody who has just got the link to an order's page."""
    return Resident(ask_for_page(desk, order_no, **changes)["checkout_url"], agent)


def paid_resident(desk: Desk, **changes: Any) -> tuple[Resident, Payment]:
    """Return somebody who has paid an order by its code, and the payment; the only one there is."""
    resident = resident_of(desk, **changes)
    resident.press("wechat")
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    return resident, desk.the_payment()
