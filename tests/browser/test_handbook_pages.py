"""Pages the handbook shows besides those of the other walks, each in both languages."""

import pytest

from paycenter.kernel.clock import business_date, now
from tests.browser.conftest import MakeOperator
from tests.browser.house import House
from tests.browser.names import OTHER_COMPANY
from tests.browser.operator import DESKTOP, TABLET, Screen
from tests.browser.staff import Staff

pytestmark = pytest.mark.slow

BY_ADDRESS = {
    "overview": "/admin/",
    "collect": "/admin/transactions/order/collect/",
    "differences": "/admin/transactions/difference/",
    "duplicates": "/admin/transactions/duplicatepayment/",
    "splits": "/admin/transactions/split/",
    "deliveries": "/admin/notifications/delivery/",
    "channel-health": "/admin/channels/",
    "audit-log": "/admin/merchants/auditevent/",
    "check-signature": "/admin/merchants/application/1/check-signature/",
}
"""Pictures by the page's address; the first application is the sandbox's."""


def about_companies(house: House) -> dict[str, str]:
    """Return the addresses of one's statement of today, and of an order's story of the other."""
    ((company,),) = house.center.query(
        "SELECT id FROM merchants_merchant WHERE merchant_no = %s", house.credentials.merchant_id
    )
    ((order,),) = house.center.query(
        "SELECT max(id) FROM transactions_order WHERE merchant_id = "
        "(SELECT id FROM merchants_merchant WHERE name = %s)",
        OTHER_COMPANY,
    )
    today = business_date(now())
    return {
        "statements": f"/admin/statements/?company={company}&first={today}&last={today}",
        "order-story": f"/admin/transactions/order/{order}/change/",
    }


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("screen", [DESKTOP, TABLET], ids=["desktop", "tablet"])
def test_pages_of_the_handbook_can_be_shown(
    house: House, staff: Staff, operator_with: MakeOperator, screen: Screen
) -> None:
    operator = operator_with(staff.platform_operator(), screen)
    for picture, address in (BY_ADDRESS | about_companies(house)).items():
        operator.goes_to(address)
        operator.shows(picture)
