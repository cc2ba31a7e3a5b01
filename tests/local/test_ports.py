"""Ports of a local installation: the usual one when it is free, never somebody else's."""

import socket
from collections.abc import Iterator

import pytest

from paycenter.local.errors import LocalError
from paycenter.local.ports import LOOPBACK, any_free_port, choose_port, is_free


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_default_port_is_used_when_free() -> None:
    port = any_free_port()
    assert choose_port(port) == port


def test_taken_default_port_gives_way_to_a_free_one(taken_port: int) -> None:
    chosen = choose_port(taken_port)
    assert chosen != taken_port
    assert is_free(chosen)


def test_port_asked_for_wins_over_the_default() -> None:
    asked = any_free_port()
    assert choose_port(8000, asked=str(asked)) == asked


def test_taken_port_asked_for_stops_the_start(taken_port: int) -> None:
    with pytest.raises(LocalError, match="is in use"):
        choose_port(8000, asked=str(taken_port))


@pytest.mark.parametrize("nonsense", ["web", "0", "65536", "-1", "80.5", ""])
def test_nonsense_as_a_port_stops_the_start(nonsense: str) -> None:
    with pytest.raises(LocalError, match="number from 1 to 65535"):
        choose_port(8000, asked=nonsense)
