"""What every test gets: no network beyond this machine and no broker. Who asks, gets a desk."""

import ipaddress
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from celery import Task
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from gateway.health import scopes
from gateway.registry import CHANNELS
from paycenter.operators.security.sign_ins import open_sign_in
from tests.support.clock import clock as clock
from tests.support.desk import Desk, open_desk
from tests.support.fake_channel import FakeChannel, OtherFakeChannel
from tests.support.workers import Workers

hypothesis.settings.register_profile("long", max_examples=5_000, deadline=None, print_blob=True)
"""Fifty times as many examples as usual: ``pytest --hypothesis-profile=long``."""


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Let sockets reach this machine only."""
    connect = socket.socket.connect

    def guarded(sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
            raise AssertionError(f"a test wants to connect to {address[0]}")
        connect(sock, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Take every message to a worker; what goes wrong in one fails the test at its end."""
    taken = Workers()

    def publish(task: "Task[..., Any]", **message: Any) -> None:
        taken.take(task, message["args"], message.get("queue"))

    monkeypatch.setattr(Task, "apply_async", publish)
    yield taken
    assert taken.errors == []


@pytest.fixture(autouse=True)
def _everything_proved(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever a test signs in by force has given password and code at the door just now.

    Both are wanted, whatever a local installation leaves out.
    """
    settings.SECOND_FACTOR = "required"
    force_login = Client.force_login

    def sign_in(client: Client, user: User, backend: str | None = None) -> None:
        force_login(client, user, backend)
        request = HttpRequest()
        request.session = client.session
        open_sign_in(request, user, second_factor=True)
        request.session.save()

    monkeypatch.setattr(Client, "force_login", sign_in)


@pytest.fixture(autouse=True)
def _own_health(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch no channel under the same name as another test, or another process of them."""
    monkeypatch.setattr(scopes, "PREFIX", f"test:{secrets.token_hex(8)}:")


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    """The fake channel that stands in WeChat Pay's place."""
    fake = FakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def other_channel(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    """The fake channel to switch to."""
    fake = OtherFakeChannel()
    monkeypatch.setitem(CHANNELS, fake.code, fake)
    return fake


@pytest.fixture
def desk(
    transactional_db: None, settings: Settings, channel: FakeChannel, other_channel: FakeChannel
) -> Desk:
    """An application at work, on a database that really commits."""
    settings.INITIATE_WAIT_SECONDS = 0.05
    return open_desk(channel, other_channel)
