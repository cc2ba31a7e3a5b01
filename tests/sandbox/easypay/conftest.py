"""The platform's merchant and its callback address."""

from collections.abc import Iterator

import pytest

from tests.sandbox.easypay.merchant import Merchant
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def merchant(sandbox: Sandbox) -> Merchant:
    """The merchant known from the start."""
    return Merchant(sandbox.url, sandbox.identity.easypay.merchant)


@pytest.fixture
def platform_key(sandbox: Sandbox) -> str:
    """The platform's public key, as its console shows it."""
    return sandbox.identity.easypay.platform_public_key_pem


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The merchant's callback address, which acknowledges."""
    receiver = Receiver(usual_answer=(200, b"success"))
    yield receiver
    receiver.close()
