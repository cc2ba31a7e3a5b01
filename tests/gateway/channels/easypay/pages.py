"""A platform that lists its orders in pages, newest first, and may change while it is read."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from paycenter.kernel.http import WireRequest, WireResponse
from tests.gateway.channels.easypay.peer import answer, form_of, order, rsa_signed

Orders = list[dict[str, Any]]


def orders(count: int, *, day: str = "2026-01-01", **changes: Any) -> Orders:
    """Return so many paid orders of a day, a minute apart, the newest first."""
    return [
        order(
            trade_no=f"{day.replace('-', '')}{number:011d}",
            out_trade_no=f"P{day.replace('-', '')}{number:015d}",
            addtime=f"{day} {number // 60:02d}:{number % 60:02d}:00",
            endtime=f"{day} {number // 60:02d}:{number % 60:02d}:30",
            **changes,
        )
        for number in reversed(range(count))
    ]


def page(rows: Orders, *, v2: bool = False) -> WireResponse:
    """Return an answer with these rows; in V2 it is signed, and the list is not."""
    if not v2:
        return answer({"code": 1, "msg": "查询订单记录成功！", "count": len(rows), "data": rows})
    return answer({**rsa_signed({"code": "0"}), "code": 0, "data": rows})


class Platform:
    """Answers every request for a page; ``between`` is called before each but the first."""

    def __init__(
        self,
        rows: Orders,
        *,
        most: int = 50,
        between: Callable[[Orders], None] = lambda _: None,
        ignores_offset: bool = False,
    ) -> None:
        self.rows = rows
        self.sent: list[WireRequest] = []
        self._most, self._between = most, between
        self._ignores_offset = ignores_offset

    def send(self, request: WireRequest) -> WireResponse:
        """Answer with the page that was asked for."""
        if self.sent:
            self._between(self.rows)
        self.sent.append(request)
        v2 = request.method == "POST"
        asked = form_of(request) if v2 else dict(parse_qsl(urlsplit(request.url).query))
        offset = 0 if self._ignores_offset else int(asked["offset"])
        return page(self.rows[offset : offset + min(self._most, int(asked["limit"]))], v2=v2)

    def download(self, request: WireRequest, target: BinaryIO) -> WireResponse:
        """Platforms have no files."""
        raise AssertionError(f"a file was asked for: {request} {target}")


def lines_in(file: io.BytesIO) -> list[bytes]:
    """Return the lines that were written."""
    return file.getvalue().splitlines()
