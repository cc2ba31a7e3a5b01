"""Two strangers' shops, no worker that could reach a channel, and a real server for raw bytes."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.attacks import forge
from tests.attacks.server import Server, running_server
from tests.attacks.shop import Shop, open_shop
from tests.support.workers import Workers


@pytest.fixture(autouse=True)
def _no_channel(workers: Workers, settings: Settings) -> None:
    """Keep every message: payments stay as they were asked for."""
    workers.pause()
    settings.INITIATE_WAIT_SECONDS = 0.05


@pytest.fixture
def shop(db: None) -> Shop:
    """The application under attack."""
    return open_shop()


@pytest.fixture
def other_shop(db: None) -> Shop:
    """Another company, its application and its WeChat Pay account."""
    return open_shop(forge.OTHER_MCHID)


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[Server]:
    """The web server as it runs in production."""
    with running_server() as running:
        yield running


@pytest.fixture
def public_shop(transactional_db: None) -> Shop:
    """A shop that the server sees too: its rows are committed."""
    return open_shop()
