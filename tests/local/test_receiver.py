"""The example receiver takes authentic notifications once each and refuses all others."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import requests
from standardwebhooks.webhooks import Webhook

from paycenter.local.receiver import make_server

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = json.dumps(
    {"id": "evt_1", "type": "payment.succeeded", "data": {"order_no": "A1", "amount": 12850}}
)


@pytest.fixture
def receiver_url() -> Iterator[str]:
    """A receiver that knows SECRET."""
    with make_server(0, SECRET) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def signed(body: str = BODY, *, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers a notification with this body carries."""
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("evt_1", moment, body),
    }


def notify(url: str, *, headers: dict[str, str], body: str = BODY) -> int:
    return requests.post(f"{url}/notify", data=body, headers=headers, timeout=5).status_code


def received(url: str) -> list[dict[str, object]]:
    data: list[dict[str, object]] = requests.get(f"{url}/received.json", timeout=5).json()["data"]
    return data


def test_authentic_notification_is_kept(receiver_url: str) -> None:
    assert notify(receiver_url, headers=signed()) == 204
    [one] = received(receiver_url)
    assert one["event"] == json.loads(BODY)


def test_repeated_notification_counts_once(receiver_url: str) -> None:
    assert notify(receiver_url, headers=signed()) == 204
    assert notify(receiver_url, headers=signed()) == 204
    assert [(one["id"], one["times"]) for one in received(receiver_url)] == [("evt_1", 2)]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no headers"),
        pytest.param(signed(secret="whsec_" + "A" * 43 + "="), id="another secret"),
        pytest.param(signed(BODY.replace("12850", "1")), id="another amount"),
        pytest.param(signed(at=datetime.now(UTC) - timedelta(minutes=10)), id="old"),
        pytest.param(signed() | {"webhook-signature": "v1"}, id="half a signature"),
        pytest.param(signed() | {"webhook-id": "evt_2"}, id="another id"),
    ],
)
def test_notification_that_is_not_authentic_is_refused(
    receiver_url: str, headers: dict[str, str]
) -> None:
    assert notify(receiver_url, headers=headers) == 401
    assert received(receiver_url) == []


def test_page_shows_what_came_and_trusts_none_of_it(receiver_url: str) -> None:
    body = BODY.replace("A1", "<script>alert(1)</script>")
    assert notify(receiver_url, headers=signed(body), body=body) == 204
    page = requests.get(receiver_url, timeout=5).text
    assert "payment.succeeded" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["/", "/other"])
def test_nothing_is_taken_elsewhere(receiver_url: str, path: str) -> None:
    answer = requests.post(receiver_url + path, data=BODY, headers=signed(), timeout=5)
    assert answer.status_code == 404
    assert received(receiver_url) == []


def test_line_is_printed_for_each(receiver_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    notify(receiver_url, headers=signed())
    assert capsys.readouterr().out == "payment.succeeded order_no=A1 amount=12850\n"
