"""Receivers bound and unbound at the simulated channels over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from gateway.models import ChannelCall
from merchants.models import ChannelMerchant
from paycenter.sandbox_seed import seed
from tests.contract.sandbox import Sandbox, running_sandbox
from transactions.models import Receiver
from transactions.splits.binding import look_at_receiver
from transactions.splits.receivers import add_receiver, bind_again, unbind

NAME = "阳光保洁有限公司"
ACCOUNTS = {"wechat": ("merchant", "1900099301"), "alipay": ("login_name", "cleaning@example.com")}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def sandbox(data_dir: Path) -> Iterator[Sandbox]:
    with running_sandbox(data_dir) as running:
        yield running


@pytest.fixture(params=sorted(ACCOUNTS))
def owner(
    request: pytest.FixtureRequest,
    transactional_db: None,
    settings: Settings,
    sandbox: Sandbox,
    data_dir: Path,
) -> ChannelMerchant:
    """The seeded company's account at one simulated channel, which knows a cleaning company."""
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, data_dir
    sandbox.control("reset")
    seed()
    code = request.param
    sandbox.control(f"{code}/receivers", account=ACCOUNTS[code][1], fail_reason=None, name=NAME)
    return ChannelMerchant.objects.get(channel=code)


def _enter(owner: ChannelMerchant, *, name: str) -> Receiver:
    kind, account = ACCOUNTS[owner.channel]
    receiver = Receiver(
        channel_merchant=owner, label="保洁公司", kind=kind, relation="service_provider"
    )
    add_receiver(receiver, account=account, name=name)
    return look_at_receiver(receiver.pk)


def test_a_receiver_is_bound_unbound_and_bound_again(owner: ChannelMerchant) -> None:
    receiver = _enter(owner, name=NAME)
    assert (receiver.state, receiver.failure_message) == ("bound", "")
    for change, state in ((unbind, "unbound"), (bind_again, "bound")):
        assert change(receiver.pk, by="operator", version=receiver.version)
        receiver = look_at_receiver(receiver.pk)
        assert (receiver.state, receiver.failure_message) == (state, "")


def test_another_name_is_refused_in_the_channels_words(owner: ChannelMerchant) -> None:
    receiver = _enter(owner, name="月光保洁有限公司")
    assert receiver.state == "refused"
    assert "不匹配" in receiver.failure_message


def test_the_recorded_calls_do_not_tell_who_it_is(owner: ChannelMerchant) -> None:
    receiver = _enter(owner, name=NAME)
    unbind(receiver.pk, by="operator", version=receiver.version)
    look_at_receiver(receiver.pk)
    calls = ChannelCall.objects.filter(number=receiver.receiver_no)
    assert calls.count() == 2
    for call in calls:
        told = f"{call.url} {call.request_body} {call.response_body}"
        assert ACCOUNTS[owner.channel][1] not in told
        assert NAME not in told
