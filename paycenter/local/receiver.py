"""A small application that receives notifications: the example to copy for an application's own.

`POST /notify` verifies the signature with the `standardwebhooks` library, drops what it has seen
already (notifications come at least once, in any order) and prints one line for each. `GET /` shows
what came, `GET /received.json` gives it to tools.

    WEBHOOK_SECRET=whsec_... python -m paycenter.local.receiver --port 8002
"""

import argparse
import html
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from paycenter.local.ports import LOOPBACK

_LARGEST_BODY = 1_000_000  # bytes
_NUMBERS = ("order_no", "serial_no", "refund_serial_no", "state", "amount")
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3">
<title>Notifications</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem; overflow-wrap: anywhere; }}
  td, th {{ text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; }}
  @media (max-width: 767px) {{
    body {{ margin: 1rem; }}
    tr:first-child {{ display: none; }}
    tr, td {{ display: block; padding: 0; }}
    tr {{ padding: .5rem 0; border-top: 1px solid #ddd; }}
  }}
</style>
<h1>Notifications received: {count}</h1>
<table>
<tr><th>Received (UTC)</th><th>Type</th><th>About</th><th>Times</th></tr>
{rows}
</table>
</html>
"""


@dataclass
class Received:
    """One notification and how many times it was delivered."""

    id: str
    received_at: str
    event: dict[str, Any]
    times: int = 1

    def about(self) -> str:
        """Return the numbers that say what it is about."""
        data = self.event.get("data", {})
        return " ".join(f"{name}={data[name]}" for name in _NUMBERS if name in data)


@dataclass
class Inbox:
    """What was received, each event once. Safe to use from several threads."""

    webhook: Webhook
    received: dict[str, Received] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, body: bytes, headers: dict[str, str]) -> Received:
        """Keep an authentic notification; raises WebhookVerificationError or ValueError."""
        event = self.webhook.verify(body, headers)
        event_id = headers["webhook-id"]
        with self._lock:
            if event_id in self.received:
                self.received[event_id].times += 1
            else:
                now = datetime.now(UTC).isoformat(timespec="seconds")
                self.received[event_id] = Received(event_id, now, event)
            return self.received[event_id]


class Handler(BaseHTTPRequestHandler):
    """Serves one inbox; `make_server` makes the subclass that knows which."""

    inbox: Inbox
    protocol_version = "HTTP/1.1"
    timeout = 15

    def do_POST(self) -> None:
        """Receive a notification: 204 when it is authentic (2xx means delivered), 401 if not."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/notify" or not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.NOT_FOUND)
            return
        body = self.rfile.read(int(length))
        try:
            received = self.inbox.take(body, {k.lower(): v for k, v in self.headers.items()})
        except (WebhookVerificationError, ValueError) as error:
            print(f"refused a notification that is not authentic: {error}", flush=True)
            self._answer(HTTPStatus.UNAUTHORIZED)
            return
        again = f" (delivery {received.times})" if received.times > 1 else ""
        print(f"{received.event['type']} {received.about()}{again}", flush=True)
        self._answer(HTTPStatus.NO_CONTENT)

    def do_GET(self) -> None:
        """Show what was received, newest first: a page at `/`, JSON at `/received.json`."""
        newest_first = list(self.inbox.received.values())[::-1]
        if self.path == "/received.json":
            data = json.dumps({"data": [asdict(each) for each in newest_first]})
            self._answer(HTTPStatus.OK, "application/json", data)
        elif self.path == "/":
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", _page(newest_first))
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing about each request: the lines above are what a reader wants."""

    def _answer(self, status: HTTPStatus, content_type: str = "", text: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def make_server(port: int, secret: str) -> ThreadingHTTPServer:
    """Return a server, not yet serving, for notifications signed with this `whsec_` secret."""
    handler = type("InboxHandler", (Handler,), {"inbox": Inbox(Webhook(secret))})
    return ThreadingHTTPServer((LOOPBACK, port), handler)


def _page(received: list[Received]) -> str:
    cells = (
        (each.received_at, str(each.event.get("type")), each.about(), str(each.times))
        for each in received
    )
    rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in cells)
    return _PAGE.format(count=len(received), rows="\n".join(f"<tr>{row}</tr>" for row in rows))


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8002)
    make_server(parser.parse_args().port, os.environ["WEBHOOK_SECRET"]).serve_forever()


if __name__ == "__main__":
    main()
