"""One installation for all tests of this folder, whole again before each of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.application import Application
from tests.faults.center import Center, running_center
from tests.faults.channel import Channel


@dataclass(frozen=True)
class Installation:
    """The center, the business system that uses it, and the channel with its payers."""

    center: Center
    application: Application
    channel: Channel


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Everything, started once."""
    with running_center() as (center, credentials):
        application = Application(credentials, receiver_url=center.at.receiver_url)
        yield Installation(center, application, Channel(center.at.sandbox_url))


@pytest.fixture
def center(installation: Installation) -> Center:
    """The center with everything running and no fault switched on."""
    installation.center.heal()
    return installation.center


@pytest.fixture
def application(center: Center, installation: Installation) -> Application:
    """The business system that asks for payments and is notified of them."""
    return installation.application


@pytest.fixture
def channel(center: Center, installation: Installation) -> Channel:
    """The simulated WeChat Pay, and the payer's side."""
    return installation.channel
