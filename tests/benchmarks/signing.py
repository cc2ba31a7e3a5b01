"""What one call to a channel costs the center itself: signing, verifying, and the whole call.

The calls are real, over HTTP on this machine, to a peer that answers at once with a signed answer.
Only the calling thread's processor time is counted, so neither the peer nor a busy machine is. The
last column is what a call would cost if it read its keys from PEM, as the first call of an account
does; the key cache (``gateway.key_cache``) is what it saves.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median

from gateway.messages import InvokeMethod, Outcome, Payer, PayRequest
from paycenter.kernel.http import Limits, WireRequest, WireResponse, exchange, pooled_session
from paycenter.local.ports import LOOPBACK, any_free_port
from tests.benchmarks.outside import Connection
from tests.benchmarks.specimens import SERIAL_NO, Specimen, all_specimens

CALLS = 40
"""So many of each are timed for one median."""

_versions = count(1_000_000)


@dataclass(frozen=True)
class SigningCost:
    """Milliseconds of processor time, each the median of ``CALLS``."""

    label: str
    sign: float
    verify: float
    call: float
    call_reading_keys: float

    def share(self, channel_delay: int) -> float:
        """Return our part of a call whose channel takes so many milliseconds."""
        return self.call / (self.call + channel_delay)


class PooledTransport:
    """Sends as the center does, over a kept connection."""

    def __init__(self) -> None:
        self._session = pooled_session()

    def send(self, request: WireRequest) -> WireResponse:
        """Exchange one request."""
        return exchange(self._session, request, Limits())


def measure_signing() -> list[SigningCost]:
    """Measure every way of signing that a channel knows."""
    return [_measured(specimen) for specimen in all_specimens()]


def _measured(specimen: Specimen) -> SigningCost:
    with _answering(specimen.answer) as url:
        account = replace(specimen.account, base_url=url)
        request, transport = _request(), PooledTransport()

        def call(version: int = account.version) -> None:
            known = replace(account, version=version)
            result = specimen.channel.pay(known, request, transport)
            assert result.outcome is Outcome.PENDING, result.failure

        return SigningCost(
            specimen.label,
            sign=_milliseconds(specimen.sign),
            verify=_milliseconds(specimen.verify),
            call=_milliseconds(call),
            call_reading_keys=_milliseconds(lambda: call(next(_versions))),
        )


def _milliseconds(work: Callable[[], object]) -> float:
    work()  # the first loads keys and opens connections
    return median(_timed(work) for _ in range(CALLS))


def _timed(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return 1000 * (time.thread_time() - begun)


def _request() -> PayRequest:
    return PayRequest(
        serial_no=SERIAL_NO,
        amount=12850,
        currency="CNY",
        subject="物业费 2026-11",
        invoke_method=InvokeMethod.QR_CODE,
        expires_at=datetime.now(UTC) + timedelta(minutes=30),
        payer=Payer(client_ip="203.0.113.9"),
    )


@contextmanager
def _answering(answer: WireResponse) -> Iterator[str]:
    """Yield the address of a peer, in a thread of its own, that gives every request this answer."""
    raw, port, loop = _raw(answer), any_free_port(), asyncio.new_event_loop()
    serving = loop.create_server(lambda: Connection(lambda _: (raw, 0.0)), LOOPBACK, port)
    loop.run_until_complete(serving)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{port}/"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _raw(answer: WireResponse) -> bytes:
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} OK\r\n{lines}\r\n".encode() + answer.body
