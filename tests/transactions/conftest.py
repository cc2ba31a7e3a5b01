"""Desks whose channel has the ways of Alipay or of EasyPay."""

import pytest
from pytest_django import Settings

from gateway.registry import CHANNELS
from tests.support.desk import Desk, open_desk
from tests.support.fake_channel import EasyFakeChannel, FakeChannel, PageFakeChannel


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> PageFakeChannel:
    """The fake channel whose payments are links."""
    fake = PageFakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch) -> EasyFakeChannel:
    """The fake channel that must be asked about everything."""
    fake = EasyFakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def page_desk(
    transactional_db: None, settings: Settings, pages: PageFakeChannel, channel: FakeChannel
) -> Desk:
    """An application at work with a channel whose payments are links."""
    settings.INITIATE_WAIT_SECONDS = 0.05
    return open_desk(pages, channel)


@pytest.fixture
def easy_desk(
    transactional_db: None, settings: Settings, easy: EasyFakeChannel, channel: FakeChannel
) -> Desk:
    """An application at work with a channel that must be asked about everything."""
    settings.INITIATE_WAIT_SECONDS = 0.05
    return open_desk(easy, channel)
