"""A link does what its weather says, and is clear again afterwards."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
import requests

from tests.soak.link import DELAY, Link, Weather, running_links
from tests.support.peer import answering, http, peer, read_request

ANSWER = http(b'{"word": "yes"}')


@pytest.fixture
def link() -> Iterator[Link]:
    with peer(answering(ANSWER)) as url, running_links("test") as (link,):
        link.lead_to(int(url.rpartition(":")[2]))
        yield link


def test_clear_link_passes_on(link: Link) -> None:
    assert requests.get(link.url, timeout=5).json() == {"word": "yes"}


@pytest.mark.parametrize("weather", [Weather.CUT, Weather.MUTE])
def test_what_is_lost_is_an_error_until_the_link_is_clear_again(
    link: Link, weather: Weather
) -> None:
    link.become(weather)
    with pytest.raises(requests.ConnectionError):
        requests.get(link.url, timeout=5)
    link.become(Weather.CLEAR)
    assert requests.get(link.url, timeout=5).ok


@pytest.mark.parametrize(("weather", "arrived"), [(Weather.CUT, 0), (Weather.MUTE, 1)])
def test_only_a_mute_link_lets_the_question_arrive(weather: Weather, arrived: int) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        connection.sendall(ANSWER)

    with peer(answer) as url, running_links("test") as (link,):
        link.lead_to(int(url.rpartition(":")[2]))
        link.become(weather)
        with pytest.raises(requests.ConnectionError):
            requests.get(link.url, timeout=5)
    assert len(asked) == arrived


def test_cut_ends_connections_that_are_open(link: Link) -> None:
    with socket.create_connection(("127.0.0.1", link.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.1)
        link.become(Weather.CUT)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_slow_link_delays_question_and_answer(link: Link) -> None:
    link.become(Weather.SLOW)
    started = time.monotonic()
    assert requests.get(link.url, timeout=5).ok
    assert time.monotonic() - started > 2 * DELAY
