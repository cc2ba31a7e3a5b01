"""From nothing to a paid trial payment, by what the pages of the operators say."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import MakeOperator
from tests.browser.house import House
from tests.browser.operator import DESKTOP, TABLET, Operator, Screen
from tests.browser.staff import Staff
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Walk:
    """Who is set up, in names that no other walk has, and what a channel gave the company."""

    code: str
    short: str
    channel: str
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The group's name."""
        return f"{self.short}集团"

    @property
    def company(self) -> str:
        """The registered name."""
        return f"{self.short}物业服务有限公司"

    @property
    def shown(self) -> str:
        """What residents read."""
        return f"{self.short}物业"

    @property
    def application(self) -> str:
        """The name of the system that collects fees."""
        return f"{self.short}收费系统"


def enter_company(operator: Operator, walk: Walk) -> None:
    """Enter group, company, project and a person."""
    operator.opens("New property company")
    operator.presses("Add a property group")
    operator.fills(Code=f"group-{walk.code}", Name=walk.group)
    operator.saves()
    operator.presses("Add a company in this group", beside=walk.group)
    operator.fills(
        Registered_name=walk.company,
        Name_shown_to_residents=walk.shown,
        Unified_social_credit_code=f"9131{secrets.randbelow(10**13):013d}X",
    )
    operator.saves()
    operator.reads_next("People who work here")
    operator.presses("Add a project")
    operator.fills(Code="north", Name="北苑")
    operator.saves()
    operator.presses("Add a person")
    phrase = secrets.token_urlsafe(12)
    operator.fills(Username=f"clerk-{walk.code}", Password=phrase, Password_confirmation=phrase)
    operator.saves()
    operator.page.locator("#memberships-group a.add-row").click()
    operator.page.locator("select[name='memberships-0-role']").select_option("operator")
    operator.finds("memberships-0-merchant", walk.company)
    operator.saves()
    operator.reads_next("Channel merchants")
    operator.shows("onboarding-checklist")


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
    operator.writes("Serial number or key id", walk.given["serial_no"])
    operator.uploads("apiclient_key.pem", walk.given["private_key_pem"])
    operator.presses("Seal and store")
    operator.reads("APIv3 key")
    operator.presses("Add a key or certificate")
    operator.chooses("Kind", "APIv3 key")
    operator.writes("Key or certificate, pasted", walk.given["apiv3_key"])
    operator.presses("Seal and store")
    operator.presses("Add a key or certificate")
    operator.chooses("Kind", "WeChat Pay public key and its ID")
    operator.writes("Serial number or key id", walk.given["public_key_id"])
    operator.writes("Key or certificate, pasted", walk.given["public_key_pem"])
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
        operator.writes("Key or certificate, pasted", walk.given[name])
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
    operator.reads("The account works: the channel took our signature and we verified its.")


def enter_application(operator: Operator, walk: Walk) -> None:
    """Enter an application, let it use the account, and give it its secrets."""
    operator.reads_next("Granted to an application")
    operator.presses("Add an application")
    operator.fills(
        Code=f"fees-{walk.code}",
        Name=walk.application,
        Notification_URL=f"{operator.house.center.at.receiver_url}/notify",
    )
    operator.writes("Hosts of its return and notification URLs", "127.0.0.1")
    operator.saves()
    operator.presses("Grant it to an application")
    operator.chooses("Application", walk.application)
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
    operator.presses("Trial payment of %(amount)s", amount="¥0.01")
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
    ("screen", "walk"),
    [(DESKTOP, Walk("yunqi", "云栖", "wechat")), (TABLET, Walk("binjiang", "滨江", "alipay"))],
    ids=["desktop", "tablet"],
)
def test_a_company_is_set_up_from_nothing_to_a_paid_trial(
    house: House, staff: Staff, operator_with: MakeOperator, screen: Screen, walk: Walk
) -> None:
    walk.given.update(house.control(f"{walk.channel}/merchants"))
    operator = operator_with(staff.platform_operator(), screen)
    operator.data |= {walk.company, walk.group, walk.application, walk.shown, walk.code, "北苑"}

    enter_company(operator, walk)
    if walk.channel == "wechat":
        enter_wechat(operator, walk)
        enter_account(operator, walk.given["appid"])
    else:
        enter_alipay(operator, walk)
        enter_account(operator, walk.given["app_id"])
    enter_application(operator, walk)
    pay_trial(operator, walk.channel)

    operator.reads("Nothing is missing. Residents can pay.")
    operator.shows("onboarding-trial")
    assert trial(house, walk) == [("paid", "succeeded", 1, 0, walk.channel)]

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
