"""The network as a channel sees it in a test: the sent is kept, the answers are scripted."""

from dataclasses import replace
from typing import BinaryIO

from paycenter.kernel.http import WireRequest, WireResponse

Reply = WireResponse | Exception


class FakeTransport:
    """Gives the replies in turn, raising those that are exceptions; ``sent`` holds the requests."""

    def __init__(self, *replies: Reply) -> None:
        self.sent: list[WireRequest] = []
        self._replies = list(replies)

    def send(self, request: WireRequest) -> WireResponse:
        """Record the request and give the next reply; one too many fails the test."""
        self.sent.append(request)
        assert self._replies, f"an unexpected request: {request.method} {request.url}"
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def download(self, request: WireRequest, target: BinaryIO) -> WireResponse:
        """The same, with the body of a success written to ``target``."""
        reply = self.send(request)
        if reply.status != 200:
            return reply
        target.write(reply.body)
        return replace(reply, body=b"")
