"""Where people enter a platform's address, no such address leads into the private network."""

import io

import pytest
from pytest_django import Settings

from gateway.transport import FILE_LIMITS, session_of, transport_for
from paycenter.kernel.guarded_http import guarded_session
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_channel_merchant
from tests.support.peer import answering, http, peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    """A channel whose platforms have addresses of their own."""
    monkeypatch.setattr(FakeChannel, "own_endpoint", True)
    return channel


@pytest.mark.usefixtures("platform")
def test_an_entered_address_is_called_through_the_guard(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    transport = transport_for(make_channel_merchant())
    with peer(answering(http(b"secret"))) as url, pytest.raises(NotSent):
        transport.send(WireRequest("GET", url, {}))
    assert transport.response is None


@pytest.mark.usefixtures("platform")
def test_the_sandbox_is_our_own_address(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    transport = transport_for(make_channel_merchant(is_sandbox=True))
    with peer(answering(http(b"{}"))) as url:
        assert transport.send(WireRequest("GET", url, {})).status == 200


@pytest.mark.usefixtures("channel")
def test_a_channel_with_one_address_keeps_one_session() -> None:
    session = session_of(make_channel_merchant())
    assert session is session_of(make_channel_merchant())
    assert session is not guarded_session()


@pytest.mark.usefixtures("channel")
def test_file_is_downloaded_and_remembered_without_its_body() -> None:
    transport, target = transport_for(make_channel_merchant()), io.BytesIO()
    with peer(answering(http(b"the file"))) as url:
        transport.download(WireRequest("GET", url, {}), target)
    assert target.getvalue() == b"the file"
    assert transport.response is not None
    assert (transport.response.status, transport.response.body) == (200, b"")


@pytest.mark.usefixtures("channel")
def test_download_that_broke_off_is_remembered() -> None:
    transport = transport_for(make_channel_merchant())
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    with peer(answering(broken)) as url, pytest.raises(NoAnswer):
        transport.download(WireRequest("GET", url, {}), io.BytesIO())
    assert transport.response is None
    assert transport.error.startswith("NoAnswer: ")


@pytest.mark.usefixtures("platform")
def test_file_at_an_entered_address_is_fetched_through_the_guard(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_URLS = False
    target = io.BytesIO()
    with peer(answering(http(b"secret"))) as url, pytest.raises(NotSent):
        transport_for(make_channel_merchant()).download(WireRequest("GET", url, {}), target)
    assert target.getvalue() == b""


def test_files_may_be_large_and_take_their_time() -> None:
    assert FILE_LIMITS.max_bytes == 2 * 1024**3
    assert FILE_LIMITS.total == 900
