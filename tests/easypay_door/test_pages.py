"""What the payer's browser meets, from the order it brings to the way back."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.conf import settings

from tests.easypay_door.client import OldApplication, md5
from tests.support.desk import Desk
from transactions.models import Order, Payment

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Mobile/15E148"


def _submit(old: OldApplication, *, agent: str = "Mozilla/5.0", **changes: str | None) -> str:
    """Bring an order and return where the page jumps."""
    form = old.signed(old.order(**({"clientip": None} | changes)))
    page = old.client.get(f"/easypay/submit.php?{urlencode(form)}", headers={"User-Agent": agent})
    return _target(page)


def _target(page: Any) -> str:
    found = re.search(r'content="1;url=([^"]+)"', page.content.decode())
    assert found is not None, page.content.decode()
    return unescape(found[1])


def _path(url: str) -> str:
    assert url.startswith(settings.PUBLIC_BASE_URL)
    return url.removeprefix(settings.PUBLIC_BASE_URL)


def test_browser_jumps_to_the_channels_page(old: OldApplication) -> None:
    assert _submit(old, type="alipay").startswith("https://fake.test/")
    assert Payment.objects.get().invoke_method == "pc"


def test_phone_gets_the_page_for_phones(old: OldApplication) -> None:
    _submit(old, type="alipay", agent=PHONE)

    assert Payment.objects.get().invoke_method == "wap"


def test_computer_shows_the_code_until_it_is_paid(desk: Desk, old: OldApplication) -> None:
    path = _path(_submit(old, param="p"))
    waiting = old.client.get(path).content.decode()
    assert "<svg" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert "12.80" in waiting

    desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    back = old.client.get(path)

    assert back.status_code == 302
    assert back["Location"].startswith("https://app.test/back?pid=")
    told = dict(parse_qsl(urlsplit(back["Location"]).query))
    assert (told["trade_status"], told["sign"]) == ("TRADE_SUCCESS", md5(told, old.key))


def test_unpaid_order_never_says_that_it_is_paid(old: OldApplication) -> None:
    page = old.client.get(_path(_submit(old)))

    assert (page.status_code, b"TRADE_SUCCESS" in page.content) == (200, False)


def test_page_of_an_order_cannot_be_guessed(old: OldApplication) -> None:
    token = _submit(old).rstrip("/").rpartition("/")[2]

    for guess in (token[:-1], f"{token}x", "A1", f"{old.door.pid}:A1"):
        assert old.client.get(f"/easypay/page/{guess}/").status_code == 404


def test_payer_chooses_where_no_type_is_given(old: OldApplication) -> None:
    path = _path(_submit(old, type=None))
    choice = old.client.get(path).content.decode()
    assert 'value="wxpay"' in choice
    assert 'value="alipay"' in choice
    assert not Order.objects.exists(), "nothing is written before the payer has chosen"

    chosen = old.client.post(path, {"type": "alipay"})

    assert _target(chosen).startswith("https://fake.test/")
    assert Order.objects.get().amount == 1280


def test_choice_cannot_be_altered(old: OldApplication) -> None:
    path = _path(_submit(old, type=None))

    bent = old.client.post(path.replace("/choose/", "/choose/x"), {"type": "wxpay"})
    unknown = old.client.post(path, {"type": "qqpay"})

    assert (bent.status_code, b'value="wxpay"' in unknown.content) == (404, True)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"return_url": None}, {"money": "0"}, {"type": "<script>alert(1)</script>"}]
)
def test_refusal_is_a_page(old: OldApplication, changes: dict[str, str | None]) -> None:
    form = old.signed(old.order(**changes))

    page = old.client.get("/easypay/submit.php", form)

    assert (page.status_code, b"<h1>" in page.content) == (200, True)
    assert b"<script>alert" not in page.content


def test_name_is_escaped_on_the_page(old: OldApplication) -> None:
    page = old.client.get(_path(_submit(old, name="<b>费</b>")))

    assert "&lt;b&gt;费&lt;/b&gt;" in page.content.decode()
