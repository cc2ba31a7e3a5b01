"""The token is the key to a page: nobody guesses it, and it is written down nowhere."""

import io
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.test import Client
from pytest_django import Settings

from gateway.messages import Operation
from paycenter.kernel import quick_redis
from tests.support.checkout_channels import LinkFakeChannel
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.peer import unused_url
from tests.support.resident import (
    COMPUTER,
    IN_WECHAT,
    PHONE,
    Face,
    Resident,
    resident_of,
)
from tests.support.workers import Workers
from transactions.checkout import views
from transactions.checkout.guarding import TRIES_PER_MINUTE, WRONG_TOKENS_PER_MINUTE
from transactions.models import Checkout, Payment
from transactions.services.checkouts import token_hash

BELOW = ["", "status", "go", "receipt", "receipt.pdf", "login/wechat"]


def _database() -> str:
    return "\n".join(
        repr(row) for model in apps.get_models() for row in model._base_manager.values_list()
    )


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the center writes to its log, as it writes it."""
    (handler,) = (one for one in logging.getLogger().handlers if one.name == "console")
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    level = logging.getLogger().level
    logging.getLogger().setLevel("DEBUG")
    yield written
    logging.getLogger().setLevel(level)
    handler.setStream(before)


def test_token_is_long_random_and_url_safe(desk: Desk) -> None:
    tokens = {resident_of(desk, f"A{number}").token for number in range(50)}
    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {32}
    alphabet = set("".join(tokens))
    assert alphabet <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert len(alphabet) > 60


def test_database_holds_a_hash_and_a_sealed_text_of_the_token(desk: Desk) -> None:
    token = resident_of(desk).token
    row = Checkout.objects.get()
    assert row.token_hash == token_hash(token)
    assert token not in row.sealed_token
    assert row.unseal("sealed_token") == token
    assert token not in repr(vars(row))


@pytest.mark.parametrize(
    ("way", "agent"),
    [("wechat", COMPUTER), ("wechat", PHONE), ("alipay", COMPUTER), ("alipay", PHONE)],
)
def test_paying_from_the_page_leaves_no_token_behind(desk: Desk, way: str, agent: str) -> None:
    resident = resident_of(desk, agent=agent)
    resident.press(way)
    payment = desk.the_payment()
    given = (desk.channel if way == "wechat" else desk.other_channel).calls[0].request
    assert given.return_url.endswith(resident.path)
    # What opens the channel's page is signed with the way back in it, until the attempt ends.
    Payment.objects.filter(pk=payment.pk).update(action=None)
    assert resident.token not in _database()


def test_hosted_payment_leaves_no_token_behind(desk: Desk) -> None:
    token = Resident(desk.pay(invoke_method="pc")["action"]["params"]["url"]).token
    assert token not in _database()


def test_launch_data_are_gone_once_the_attempt_is_over(desk: Desk, links: LinkFakeChannel) -> None:
    resident = resident_of(desk)
    resident.press("alipay")
    assert resident.token in _database(), "the channel's page must know the way back"
    links.come(desk.the_payment().serial_no)
    desk.callback(desk.other_channel.paid(desk.the_payment().serial_no), account=desk.other_account)
    assert resident.token not in _database()


def test_token_is_no_message_to_a_worker(desk: Desk, workers: Workers) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    assert workers.messages
    assert resident.token not in repr(workers.messages)


def test_token_is_never_logged(
    desk: Desk, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = resident_of(desk)
    client = Client(raise_request_exception=False)
    for below in BELOW:
        resident.look(below)
        client.generic("DELETE", resident.path + below)
    for _ in range(TRIES_PER_MINUTE + 2):
        resident.client.post(f"{resident.path}pay", {"way": "wechat"})

    def broken(*args: object, **rest: object) -> None:
        raise RuntimeError(f"no page {resident.path}")

    monkeypatch.setattr(views, "known_page", broken)
    assert client.get(resident.path).status_code == 500
    written = log.getvalue()
    for expected in (" 405 in ", " 429 in ", "RuntimeError: no page"):
        assert expected in written
    assert "/checkout/***/pay" in written
    assert resident.token not in written


WRONG = [
    "x",
    "x" * 31,
    "x" * 32,
    "x" * 33,
    "x" * 5_000,
    "A1",
    "1",
    "0",
    "null",
    "%00",
    "\u0000",
    "💩",
    "物业费",
    "..",
    "%2e%2e",
    "a\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "{{7*7}}",
    "%s%d",
    "login",
    ".",
    " ",
]


@pytest.mark.parametrize("below", BELOW)
@pytest.mark.parametrize("token", WRONG, ids=lambda token: ascii(token)[:24])
def test_wrong_token_leads_nowhere(db: None, token: str, below: str) -> None:
    resident = Resident(f"/checkout/{quote(token, safe='')}/")
    answer = resident.client.get(f"{resident.path}{below}")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.content.decode()


def test_nearly_right_token_leads_nowhere(desk: Desk) -> None:
    resident = resident_of(desk)
    token = resident.token
    row = Checkout.objects.get()
    nearly = [
        *(token[:-1], f"{token}A", token.swapcase(), f" {token}", f"{token} ", f"{token}\n"),
        *(token[::-1], row.token_hash, row.sealed_token, str(row.pk), str(row.order_id)),
    ]
    for wrong in nearly:
        guess = Resident(f"/checkout/{quote(wrong, safe='')}/")
        assert guess.look().status == 404, wrong
        assert guess.client.post(f"{guess.path}pay", {"way": "wechat"}).status_code == 404
    assert not Payment.objects.exists()


def test_wrong_token_gets_a_page_that_says_what_to_do(db: None) -> None:
    face = Resident("/checkout/wrong/").look()
    assert "There is nothing to pay here" in face.text
    assert "Open it again from where you got it" in face.text


def _guess(resident: Resident, times: int) -> list[int]:
    return [
        Resident(f"/checkout/{number:032d}/", REMOTE_ADDR=resident.client.defaults["REMOTE_ADDR"])
        .look()
        .status
        for number in range(times)
    ]


def test_guessing_is_slowed_down_for_each_address(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk)
    most = WRONG_TOKENS_PER_MINUTE
    assert _guess(resident, most + 5) == [404] * most + [429] * 5
    face = Resident("/checkout/x/", REMOTE_ADDR=resident.client.defaults["REMOTE_ADDR"]).look()
    assert face.response["Retry-After"] == "60"
    assert "Wait 60 seconds" in face.text
    assert _guess(resident_of(desk), 1) == [404], "somebody else is not slowed down"
    assert resident.look().status == 200, "nor is who has the right link behind the same address"
    clock.shift(60)
    assert _guess(resident, 1) == [404]


def test_whoever_makes_up_addresses_is_slowed_down_as_one(desk: Desk, clock: Clock) -> None:
    """``X-Forwarded-For`` counts only from our own proxies."""
    address = resident_of(desk).client.defaults["REMOTE_ADDR"]
    statuses = [
        Face(
            Client(REMOTE_ADDR=address).get(
                f"/checkout/{number:032d}/", headers={"X-Forwarded-For": f"203.0.113.{number}"}
            )
        ).status
        for number in range(WRONG_TOKENS_PER_MINUTE + 1)
    ]
    assert statuses[-2:] == [404, 429]


def test_nobody_begins_attempts_faster_than_a_person(desk: Desk, clock: Clock) -> None:
    resident, other = resident_of(desk), resident_of(desk, "A2")
    pressed = [
        resident.client.post(f"{resident.path}pay", {"way": "wechat"}).status_code
        for _ in range(TRIES_PER_MINUTE + 3)
    ]
    assert pressed == [303] * TRIES_PER_MINUTE + [429] * 3
    assert len(desk.channel.calls_of(Operation.PAY)) == 1
    assert resident.look().status == 200, "looking is always possible"
    assert other.press("wechat"), "another order is not held up"
    clock.shift(60)
    assert resident.press("wechat")


def test_logins_are_counted_as_tries_too(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, agent=IN_WECHAT)
    statuses = [resident.look("login/wechat").status for _ in range(TRIES_PER_MINUTE + 1)]
    assert statuses == [302] * TRIES_PER_MINUTE + [429]


def test_without_redis_nothing_is_slowed_down_and_everything_works(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = resident_of(desk)
    monkeypatch.setattr(quick_redis, "_left_alone_until", 0.0)
    settings.REDIS_URL = unused_url().replace("http://", "redis://")
    quick_redis._client.cache_clear()
    try:
        assert set(_guess(resident, WRONG_TOKENS_PER_MINUTE + 2)) == {404}
        assert resident.pay_by("wechat").state == "waiting"
    finally:
        quick_redis._client.cache_clear()


@pytest.mark.parametrize(
    ("method", "below"),
    [
        *(("POST", below) for below in BELOW),
        *((method, below) for method in ("PUT", "DELETE", "PATCH") for below in ("", "pay")),
    ],
)
def test_other_methods_are_refused(desk: Desk, method: str, below: str) -> None:
    resident = resident_of(desk)
    assert resident.client.generic(method, resident.path + below).status_code == 405
    assert not Payment.objects.exists()


def test_looking_changes_nothing(desk: Desk) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    before = _database()
    for below in [*BELOW, "?begun=1", "?said=held", "?lang=en", "?lang=xx"]:
        resident.client.get(resident.path + below)
        resident.client.head(resident.path + below)
    assert _database() == before


@pytest.mark.parametrize("below", ["", "status", "go", "receipt", "receipt.pdf"])
def test_head_answers_as_get_without_a_body(desk: Desk, below: str) -> None:
    resident = resident_of(desk, agent=PHONE)
    resident.press("wechat")
    got, head = (
        getattr(resident.client, method)(resident.path + below) for method in ("get", "head")
    )
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert _names(head) == _names(got)


def _names(response: Any) -> set[str]:
    return {name.lower() for name in response.headers}
