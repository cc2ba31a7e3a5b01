"""How often something may be done: counted in Redis by fixed windows. Lost Redis limits nothing.

For doors without a signature only, where somebody could try tokens or make rows without end.
"""

import time

import redis

from paycenter.kernel.quick_redis import ask_redis


def over_limit(name: str, *, most: int, seconds: int) -> int:
    """Count one more of ``name``; returns the seconds to wait when it was one too many, else 0.

    ``name`` may hold an address (``addresses.client_network``) or a number, never a secret.
    """
    window, passed = divmod(int(time.time()), seconds)
    key = f"rate:{name}:{window}"

    def count(client: "redis.Redis") -> int:
        with client.pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, seconds)
            done: int = pipe.execute()[0]
        return done

    return seconds - passed if ask_redis(count, otherwise=0) > most else 0
