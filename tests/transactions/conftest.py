"""Desks whose channels have the ways of Alipay or of EasyPay, or are paid on a checkout page."""

import pytest
from pytest_django import Settings

from gateway.registry import CHANNELS
from tests.support.checkout_channels import CodeFakeChannel, LinkFakeChannel
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


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> CodeFakeChannel:
    """The channel in WeChat Pay's place that checkout pages offer."""
    fake = CodeFakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> LinkFakeChannel:
    """The channel in Alipay's place that checkout pages offer."""
    fake = LinkFakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def checkout_desk(
    transactional_db: None, settings: Settings, codes: CodeFakeChannel, links: LinkFakeChannel
) -> Desk:
    """An application at work whose payers come to a page: they scan codes, or follow links."""
    settings.INITIATE_WAIT_SECONDS = 0.05
    return open_desk(codes, links)
