"""Loaded keys of the accounts used last, so that no call parses PEM: one private key costs 44 ms.

Kept per process under ``ChannelAccount.cache_key``, which changes with every change of the
credentials: nothing here ever goes stale.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.messages import ChannelAccount

K = TypeVar("K")

CACHED_ACCOUNTS = 256


class KeyCache(Generic[K]):
    """Remembers what ``load`` made of an account's credentials; safe for threads."""

    def __init__(self, load: Callable[[ChannelAccount], K], size: int = CACHED_ACCOUNTS) -> None:
        self._load = load
        self._size = size
        self._entries: OrderedDict[tuple[int, int], K] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, account: ChannelAccount) -> K:
        """Return the account's keys, loading them at first use; raises what ``load`` raises."""
        with self._lock:
            found = self._entries.get(account.cache_key)
            if found is not None:
                self._entries.move_to_end(account.cache_key)
                return found
        keys = self._load(account)
        with self._lock:
            self._entries[account.cache_key] = keys
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return keys
