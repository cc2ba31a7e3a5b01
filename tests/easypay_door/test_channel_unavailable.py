"""The door obeys switches and breakers like every other, and says so in the protocol's words."""

from urllib.parse import urlencode

import pytest

from gateway.health.switching import switch_off
from merchants.models import ChannelSwitch
from tests.easypay_door.client import OldApplication
from tests.support.desk import Desk
from tests.support.health import open_breakers
from transactions.models import Order

NOT_OFFERED = "该支付方式暂不可用"


@pytest.fixture(params=["switch", "breaker"])
def unavailable(request: pytest.FixtureRequest, desk: Desk) -> None:
    """WeChat Pay is switched off, or does not work."""
    if request.param == "switch":
        switch_off(ChannelSwitch(channel="wechat", reason="维护"), by="operator")
    else:
        open_breakers(desk.account)


@pytest.mark.usefixtures("unavailable")
def test_an_order_between_servers_is_refused(old: OldApplication) -> None:
    assert old.mapi() == {"code": -1, "msg": NOT_OFFERED}
    assert old.create()["msg"] == NOT_OFFERED
    assert not Order.objects.exists()
    assert old.mapi(type="alipay")["code"] == 1


@pytest.mark.usefixtures("unavailable")
def test_an_order_of_a_browser_is_refused(old: OldApplication) -> None:
    query = urlencode(old.signed(old.order()))
    page = old.client.get(f"/easypay/submit.php?{query}").content.decode()
    assert NOT_OFFERED in page
    assert not Order.objects.exists()
