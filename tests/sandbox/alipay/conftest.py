"""The apps of the sandbox's Alipay, and a callback address that answers as Alipay wants it."""

from collections.abc import Iterator

import pytest

from tests.sandbox.alipay.merchant import Merchant
from tests.sandbox.alipay.sharing import BRANCH, HEADQUARTERS, MANAGER, Sharer
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.fixture
def merchant(sandbox: Sandbox) -> Merchant:
    """The app in public-key mode."""
    return Merchant(sandbox.url, sandbox.identity.alipay.merchant)


@pytest.fixture
def sharer(sandbox: Sandbox, merchant: Merchant) -> Sharer:
    """A merchant with two bound accounts and a bound person."""
    sharer = Sharer(sandbox, merchant)
    for account in (HEADQUARTERS, BRANCH, MANAGER):
        assert sharer.bind(account).node["result_code"] == "SUCCESS"
    return sharer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The merchant's callback address."""
    receiver = Receiver(usual_answer=(200, b"success"))
    yield receiver
    receiver.close()
