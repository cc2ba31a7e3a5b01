"""One server or Sentinels, by what the address says."""

import pytest
from redis.sentinel import SentinelConnectionPool

from paycenter.kernel.redis_address import Watched, parse_sentinels, redis_client

URL = "sentinel://:p%40ss@a.internal:26379,b.internal:26380/pay.main/3"


def test_sentinels_their_master_and_its_password_are_read() -> None:
    hosts = (("a.internal", 26379), ("b.internal", 26380))
    assert parse_sentinels(URL) == Watched(hosts, "pay.main", 3, "p@ss")


def test_an_address_of_one_server_is_none_of_sentinels() -> None:
    assert parse_sentinels("redis://:p@a.internal:6379/0") is None


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://a.internal/pay/0",
        "sentinel://a.internal:26379/pay",
        "sentinel://a.internal:26379,/pay/0",
        "sentinel://user:canary@a.internal:26379/pay/0",
        "sentinel:canary",
    ],
)
def test_one_that_is_written_otherwise_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="write it like sentinel://") as caught:
        parse_sentinels(url)
    assert "canary" not in str(caught.value)


def test_the_client_asks_for_the_master_whenever_it_connects() -> None:
    pool = redis_client(URL, decode_responses=True).connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert (pool.service_name, pool.connection_kwargs["password"]) == ("pay.main", "p@ss")
    assert pool.connection_kwargs["db"] == 3
