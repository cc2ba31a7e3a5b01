"""Everything outside of the center, in one small process that takes the same time for every answer.

One port plays WeChat Pay APIv3: each Native order gets the same ``code_url``, after a delay that
``POST /delay/<milliseconds>`` sets, signed for real. The signature covers neither the request nor
its number, so one serves many answers until it is no longer fresh. Beside it an EasyPay platform,
which signs nothing, gives the same QR code for each order at once. The other port takes
notifications and answers 204 at once, but never below ``/dead``.

    python -m tests.benchmarks.outside <sandbox data folder> <channel's port> <receiver's port>
"""

import asyncio
import re
import secrets
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from gateway.sandbox.identity import load_or_create
from gateway.sandbox.wechat import signing
from gateway.sandbox.wechat.identity import WechatMerchant
from paycenter.local.ports import LOOPBACK

_ORDER = b'{"code_url":"weixin://wxpay/bizpayurl?pr=benchmark"}'
_EASYPAY_ORDER = b'{"code":1,"msg":"","qrcode":"https://pay.example/benchmark"}'
_EASYPAY_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    % (len(_EASYPAY_ORDER), _EASYPAY_ORDER)
)
_TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
_UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_NEVER = 3600.0
_DELAY = re.compile(rb"POST /delay/([0-9]{1,4}) ")
_SIGNED_ANEW_AFTER = 60  # seconds; an answer may be 300 s old

Answer = Callable[[bytes], tuple[bytes, float]]
"""From a request's head to the answer's bytes and the delay before them in seconds."""


class Channel:
    """The simulated channel: constant in content and in time."""

    def __init__(self, merchant: WechatMerchant) -> None:
        self._merchant = merchant
        self._delay = 0.0

    def answer(self, head: bytes) -> tuple[bytes, float]:
        """Answer an order after the delay, and a change of the delay at once."""
        if head.startswith(b"POST /v3/pay/transactions/native "):
            return _signed_order(
                self._merchant, int(time.time()) // _SIGNED_ANEW_AFTER
            ), self._delay
        if head.startswith(b"POST /easypay/mapi.php "):
            return _EASYPAY_ANSWER, 0.0
        asked = _DELAY.match(head)
        if asked is None:
            return _UNKNOWN, 0.0
        self._delay = int(asked[1]) / 1000
        return _TAKEN, 0.0


def take(head: bytes) -> tuple[bytes, float]:
    """Answer a notification, unless it goes to the application that is dead."""
    return _TAKEN, _NEVER if head.startswith(b"POST /dead") else 0.0


@lru_cache(maxsize=1)
def _signed_order(merchant: WechatMerchant, minute: int) -> bytes:
    timestamp, nonce = str(minute * _SIGNED_ANEW_AFTER), secrets.token_hex(16)
    message = signing.answer_message(timestamp, nonce, _ORDER)
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(_ORDER)}\r\n"
        f"Wechatpay-Timestamp: {timestamp}\r\nWechatpay-Nonce: {nonce}\r\n"
        f"Wechatpay-Serial: {merchant.public_key_id}\r\n"
        f"Wechatpay-Signature: {signing.sign(merchant.public_key_private_pem, message)}\r\n\r\n"
    ).encode() + _ORDER


class Connection(asyncio.Protocol):
    """One kept connection whose requests come one after the other."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once a request is complete; its body does not matter."""
        self._received += data
        head, blank_line, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not blank_line or (length and len(body) < int(length[1])):
            return
        self._received = b""
        answer, delay = self._answer(head)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def serve(channel: Channel, *, channel_port: int, receiver_port: int) -> None:
    """Listen on both ports until stopped."""
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Connection(channel.answer), LOOPBACK, channel_port)
    await loop.create_server(lambda: Connection(take), LOOPBACK, receiver_port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    folder, *ports = sys.argv[1:]
    played = Channel(load_or_create(Path(folder)).wechat.merchant)
    asyncio.run(serve(played, channel_port=int(ports[0]), receiver_port=int(ports[1])))
