"""One application with a notification secret, and the server it is notified at."""

import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from merchants.keys import issue_webhook_secret
from merchants.models import Application, Merchant
from tests.notifications.receiver import Receiver
from tests.support.parties import make_application, make_merchant


@pytest.fixture(autouse=True)
def loopback_allowed(settings: Settings) -> None:
    """Let notifications go to this machine."""
    settings.ALLOW_PRIVATE_URLS = True


@pytest.fixture
def merchant(db: None) -> Merchant:
    """A property company."""
    return make_merchant()


@pytest.fixture
def application(db: None) -> Application:
    """A business system."""
    application = make_application()
    issue_webhook_secret(application)
    return application


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The application's server."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
