"""From nothing to a paid trial payment, by what the pages of the operators say."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.house import House
from tests.browser.operator import Operator
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow

DESKTOP, TABLET = 1280, 820


@dataclass(frozen=True)
class Walk:
    """Who is set up: names that nobody else has, and what a channel gave the company."""

    mark: str
    channel: str
    given: dict[str, Any]

    @property
    def company(self) -> str:
        """The registered name."""
        return f"Riverside Property {self.mark}"


@pytest.fixture
def operator_with(chromium: Browser, house: House) -> Iterator[Any]:
    """Return what gives an operator a screen of a width."""
    opened: list[Operator] = []

    def make(width: int) -> Operator:
        opened.append(Operator(chromium, house, width=width))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()


def enter_company(operator: Operator, walk: Walk) -> None:
    """Enter group, company, project and a person."""
    operator.opens_menu()
    operator.presses("New property company")
    operator.presses("Add a property group")
    operator.fills(Code=f"group-{walk.mark}", Name=f"Riverside {walk.mark}")
    operator.saves()
    operator.presses("Add a company in this group", beside=f"Riverside {walk.mark}")
    operator.fills(
        Registered_name=walk.company,
        Name_shown_to_residents="Riverside",
        Unified_social_credit_code=f"9131{secrets.randbelow(10**13):013d}X",
    )
    operator.saves()
    operator.reads_next("People who work here")
    operator.presses("Add a project")
    operator.fills(Code="north", Name="North Court")
    operator.saves()
    operator.presses("Add a person")
    phrase = secrets.token_urlsafe(12)
    operator.fills(Username=f"clerk-{walk.mark}", Password=phrase, Password_confirmation=phrase)
    operator.saves()
    operator.presses("Add another Role of an operator")
    operator.page.locator("select[name='memberships-0-role']").select_option("operator")
    operator.finds("memberships-0-merchant", walk.company)
    operator.saves()
    operator.reads_next("Channel merchants")


def enter_wechat(operator: Operator, walk: Walk) -> None:
    """Enter the company's account at WeChat Pay, one key of it as a file."""
    operator.presses("Add a channel merchant")
    operator.chooses("Channel", "WeChat Pay")
    operator.fills(Number_at_the_channel=walk.given["mchid"])
    operator.ticks("Sandbox")
    operator.saves()
    operator.reads_next("Keys and certificates")
    operator.presses("Add a key or certificate")
    operator.chooses("Kind", "Merchant API private key and certificate serial")
    operator.fills(Serial_number=walk.given["serial_no"])
    operator.uploads("apiclient_key.pem", walk.given["private_key_pem"])
    operator.presses("Seal and store")
    operator.reads("Still missing: APIv3 key.")
    operator.presses("Add a key or certificate")
    operator.chooses("Kind", "APIv3 key")
    operator.fills(Key_or_certificate=walk.given["apiv3_key"])
    operator.presses("Seal and store")
    operator.presses("Add a key or certificate")
    operator.chooses("Kind", "WeChat Pay public key and its ID")
    operator.fills(
        Serial_number=walk.given["public_key_id"], Key_or_certificate=walk.given["public_key_pem"]
    )
    operator.presses("Seal and store")


def enter_alipay(operator: Operator, walk: Walk) -> None:
    """Enter the company's account at Alipay."""
    operator.presses("Add a channel merchant")
    operator.chooses("Channel", "Alipay")
    operator.fills(Number_at_the_channel=walk.given["seller_id"])
    operator.ticks("Sandbox")
    operator.saves()
    for kind, name in (
        ("Application private key", "app_private_key_pem"),
        ("Alipay public key", "alipay_public_key_pem"),
    ):
        operator.presses("Add a key or certificate")
        operator.chooses("Kind", kind)
        operator.fills(Key_or_certificate=walk.given[name])
        operator.presses("Seal and store")


def enter_account(operator: Operator, appid: str) -> None:
    """Enter a payment account, test it and so switch it on."""
    operator.reads_next("Payment accounts")
    operator.presses("Add a payment account")
    operator.fills(App_id=appid)
    operator.saves()
    operator.reads_next("Tested")
    operator.presses("Test and activate")
    operator.presses("Test now")
    operator.reads("The account works")


def enter_application(operator: Operator, walk: Walk) -> None:
    """Enter an application, let it use the account, and give it its secrets."""
    operator.reads_next("Granted to an application")
    operator.presses("Add an application")
    operator.fills(
        Code=f"fees-{walk.mark}",
        Name=f"Fees {walk.mark}",
        Notification_URL=f"{operator.house.center.at.receiver_url}/notify",
        Hosts="127.0.0.1",
    )
    operator.saves()
    operator.presses("Grant it to an application")
    operator.finds("application", f"Fees {walk.mark}")
    operator.saves()
    operator.presses("Issue an access key")
    operator.presses("Issue a key")
    operator.reads(
        "Hand-over sheet", "PC1-HMAC-SHA256", "merchant_id", operator.house.center.at.web_url
    )
    operator.presses("I have copied it")
    operator.presses("Issue a notification secret")
    operator.presses("Issue a secret")
    operator.presses("I have copied it")
    operator.reads_next("Trial payment")


def pay_trial(operator: Operator, way: str) -> None:
    """Pay the trial on the payer's page."""
    operator.presses("Trial payment of ¥0.01")
    operator.presses("Show the code to pay")
    page = operator.opens_payment_page()
    page.locator(f"button[value='{way}']").click()
    if way == "wechat":
        _scan(operator, page)
    else:
        page.locator("button[name='act'][value='pay']").click()
    page.locator("#page[data-state='paid']").wait_for()
    page.close()
    operator.presses("I have paid")


def _scan(operator: Operator, page: Page) -> None:
    """Have a telephone scan the code that the page shows."""
    page.locator("#page[data-state='waiting']").wait_for()
    rows = operator.house.center.query("SELECT max(serial_no) FROM transactions_payment")
    operator.house.control("wechat/pay", serial_no=rows[0][0])


@pytest.mark.parametrize(
    ("width", "channel"), [(DESKTOP, "wechat"), (TABLET, "alipay")], ids=["desktop", "tablet"]
)
def test_a_company_is_set_up_from_nothing_to_a_paid_trial(
    house: House, operator_with: Any, width: int, channel: str
) -> None:
    given = house.control(f"{channel}/merchants")
    walk = Walk(secrets.token_hex(3), channel, given)
    operator: Operator = operator_with(width)

    enter_company(operator, walk)
    if channel == "wechat":
        enter_wechat(operator, walk)
        enter_account(operator, given["appid"])
    else:
        enter_alipay(operator, walk)
        enter_account(operator, given["app_id"])
    enter_application(operator, walk)
    pay_trial(operator, channel)

    operator.reads("Nothing is missing. Residents can pay.")
    assert not operator.is_wider_than_the_screen()
    assert trial(house, walk) == [("paid", "succeeded", 1, 0, channel)]

    operator.presses("Give it back")
    operator.presses("Give it back now")
    operator.reads("Paid, and given back to its source.")
    eventually(lambda: assert_returned(house, walk))


def assert_returned(house: House, walk: Walk) -> None:
    """The channel has returned the money."""
    assert trial(house, walk) == [("refunded", "succeeded", 1, 1, walk.channel)]


def trial(house: House, walk: Walk) -> list[tuple[Any, ...]]:
    """Return what the books say of the company's payments."""
    return house.center.query(
        "SELECT orders.state, payment.state, payment.amount, payment.refunded, owner.channel "
        "FROM transactions_payment AS payment "
        "JOIN transactions_order AS orders ON orders.id = payment.order_id "
        "JOIN merchants_channelmerchant AS owner ON owner.id = payment.channel_merchant_id "
        "JOIN merchants_merchant AS merchant ON merchant.id = orders.merchant_id "
        "WHERE merchant.name = %s",
        walk.company,
    )
