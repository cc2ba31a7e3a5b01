"""One sandbox for all tests of this folder, as new before each of them."""

from collections.abc import Iterator

import pytest

from tests.sandbox.merchant import Merchant
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver
from tests.sandbox.sharing import Sharer


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The program, started once."""
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The program without any orders, faults or time travel."""
    running_sandbox.control("reset")
    return running_sandbox


@pytest.fixture
def merchant(sandbox: Sandbox) -> Merchant:
    """The direct merchant."""
    return Merchant(sandbox.url, sandbox.identity.wechat.merchant)


@pytest.fixture
def provider(sandbox: Sandbox) -> Merchant:
    """The service provider."""
    return Merchant(sandbox.url, sandbox.identity.wechat.service_provider)


@pytest.fixture
def sharer(sandbox: Sandbox, merchant: Merchant) -> Sharer:
    """A merchant with two bound merchants and a bound person."""
    sharer = Sharer(sandbox, merchant)
    sharer.bind_all()
    return sharer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The merchant's callback address."""
    receiver = Receiver()
    yield receiver
    receiver.close()
