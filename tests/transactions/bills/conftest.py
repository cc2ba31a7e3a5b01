"""A channel merchant whose channel has bills, and a place of its own for files."""

from pathlib import Path

import pytest
from pytest_django import Settings

from merchants.models import PaymentAccount
from tests.support.fake_bills import FakeBills
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def bills(channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> FakeBills:
    """The bills of the fake channel."""
    fake = FakeBills()
    monkeypatch.setattr(type(channel), "bills", fake)
    return fake


@pytest.fixture
def account(transactional_db: None, bills: FakeBills) -> PaymentAccount:
    """An account at the fake channel."""
    return make_account()
