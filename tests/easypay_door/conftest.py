"""An application behind a door, with an account at each of two fake channels."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import pytest

from gateway.messages import InvokeMethod
from gateway.registry import CHANNELS
from merchants.doors import open_door
from tests.easypay_door.client import OldApplication, own_public_key
from tests.support.desk import Desk
from tests.support.fake_channel import PageFakeChannel


class DoorFakeChannel(PageFakeChannel):
    """Like Alipay, with a page for computers too."""

    methods: ClassVar[Mapping[InvokeMethod, str]] = MappingProxyType(
        {InvokeMethod.PC: "page", InvokeMethod.WAP: "wap", InvokeMethod.QR_CODE: "precreate"}
    )
    local_launch = frozenset({InvokeMethod.PC, InvokeMethod.WAP})


@pytest.fixture
def other_channel(monkeypatch: pytest.MonkeyPatch) -> DoorFakeChannel:
    """The fake channel in Alipay's place."""
    fake = DoorFakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def old(desk: Desk) -> OldApplication:
    """An application that speaks EasyPay to the center; ``desk`` is the same application."""
    door, key = open_door(
        desk.application, wxpay_account=desk.account, alipay_account=desk.other_account
    )
    door.merchant_public_key = own_public_key()
    door.full_clean()
    door.save()
    return OldApplication(door, key)


@pytest.fixture
def paid(desk: Desk, old: OldApplication) -> OldApplication:
    """The same, whose order A1 of 12.80 yuan was paid over WeChat."""
    old.mapi(param="p=1&q=费")
    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    return old


@pytest.fixture
def now_text() -> str:
    """This moment as V2 writes it."""
    return str(int(time.time()))
