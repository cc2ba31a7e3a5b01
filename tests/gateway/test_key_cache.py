"""Keys are loaded once per account and version, and never confused."""

import threading

import pytest

from gateway.contract import ConfigurationError
from gateway.key_cache import KeyCache
from gateway.messages import ChannelAccount


def account(merchant: int = 1, version: int = 1) -> ChannelAccount:
    return ChannelAccount(
        channel="wechat",
        payment_no="P0000000001",
        channel_merchant_id=merchant,
        mchid="1900000109",
        appid="wx1",
        base_url="https://channel.test",
        callback_url="https://center.test/",
        credentials=(),
        version=version,
    )


class Loader:
    """Counts what it loads and returns something that tells whose it is."""

    def __init__(self) -> None:
        self.loaded: list[tuple[int, int]] = []

    def __call__(self, wanted: ChannelAccount) -> str:
        self.loaded.append(wanted.cache_key)
        return f"keys of {wanted.cache_key}"


def test_keys_are_loaded_once_per_version() -> None:
    loader = Loader()
    cache = KeyCache(loader)
    got = [cache.get(account(version=version)) for version in (1, 1, 2, 1, 2)]
    assert loader.loaded == [(1, 1), (1, 2)]
    assert got == [f"keys of (1, {version})" for version in (1, 1, 2, 1, 2)]


def test_same_version_of_another_merchant_is_loaded_for_itself() -> None:
    cache = KeyCache(Loader())
    assert cache.get(account(merchant=1)) != cache.get(account(merchant=2))


def test_least_recently_used_keys_go_first() -> None:
    loader = Loader()
    cache = KeyCache(loader, size=2)
    for version in (1, 2, 1, 3, 1, 2):
        cache.get(account(version=version))
    assert [version for _, version in loader.loaded] == [1, 2, 3, 2]


def test_account_that_cannot_work_is_not_remembered() -> None:
    def refuse(wanted: ChannelAccount) -> str:
        raise ConfigurationError("no keys")

    cache = KeyCache(refuse)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            cache.get(account())
    assert len(cache) == 0


def test_threads_share_the_cache_safely() -> None:
    cache = KeyCache(Loader(), size=3)
    wanted = [account(version=version) for version in range(8)]
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for item in wanted * 200:
                assert cache.get(item) == f"keys of {item.cache_key}"
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(cache) <= 3
