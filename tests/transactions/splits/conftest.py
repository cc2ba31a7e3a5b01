"""Desks whose channels divide payments."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import translation

from gateway.split_contract import ReturnWay
from tests.support.desk import Desk
from tests.support.fake_splits import TERMS, FakeSplits
from tests.support.split_desk import SplitDesk


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Read what is refused in the words that the tests are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def splits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> FakeSplits:
    """The splits of the desk's channel, which takes shares back before a refund."""
    fake = FakeSplits(desk.channel)
    monkeypatch.setattr(desk.channel, "splits", fake, raising=False)
    return fake


@pytest.fixture
def split_desk(desk: Desk, splits: FakeSplits) -> SplitDesk:
    """An application at work with a channel that divides payments."""
    return SplitDesk(desk, splits)


@pytest.fixture
def carrying_desk(split_desk: SplitDesk) -> SplitDesk:
    """The same with a channel whose refunds take shares back themselves, all shares or none."""
    split_desk.splits.terms = replace(TERMS, returns=ReturnWay.WITH_REFUND, partial=False)
    return split_desk
