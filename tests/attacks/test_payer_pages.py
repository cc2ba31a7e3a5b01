"""What strangers try on payers' pages: forged returns, frames, injected script, foreign forms."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from gateway.messages import Operation
from gateway.registry import CHANNELS
from tests.attacks.facts import nothing_changes
from tests.support.checkout_channels import CodeFakeChannel, LinkFakeChannel
from tests.support.desk import Desk, open_desk
from tests.support.resident import (
    IN_WECHAT,
    PHONE,
    Resident,
    ask_for_page,
    paid_resident,
    resident_of,
)
from tests.support.workers import Workers
from transactions.models import Payment

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = ["", "go", "receipt", "receipt.pdf", "status", "login/wechat"]


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch, workers: Workers) -> Desk:
    """An application whose payers come to a page, with workers at work."""
    workers.resume()
    codes, links = CodeFakeChannel(), LinkFakeChannel()
    for channel in (codes, links):
        monkeypatch.setitem(CHANNELS, channel.code, channel)
    return open_desk(codes, links)


@pytest.fixture
def resident(desk: Desk) -> Resident:
    """Somebody on a phone who went to the channel's page."""
    resident = resident_of(desk, agent=PHONE)
    resident.press("wechat")
    return resident


# --- A return that says "paid" --------------------------------------------------------------------

FORGED = [
    "trade_status=TRADE_SUCCESS",
    "trade_status=TRADE_SUCCESS&out_trade_no={serial_no}&total_amount=100.00&sign=AAAA",
    "trade_status=TRADE_FINISHED&trade_no=1&money=100.00&sign=x&sign_type=MD5",
    "state=paid&paid=true&success=1&code=0",
    "trade_state=SUCCESS&transaction_id=1",
    "said=paid",
    "begun=1",
]


@pytest.mark.parametrize("query", FORGED)
@pytest.mark.parametrize("below", ["", "go", "receipt", "status"])
def test_forged_return_changes_nothing(
    desk: Desk, resident: Resident, below: str, query: str
) -> None:
    forged = query.format(serial_no=desk.the_payment().serial_no)
    with nothing_changes():
        answer = resident.client.get(f"{resident.path}{below}?{forged}")
        resident.client.post(f"{resident.path}{below}?{forged}")
    assert answer.status_code in {200, 302, 303}
    assert resident.look().state == "waiting"


def test_return_asks_the_truth_of_nobody_but_the_channel(desk: Desk, resident: Resident) -> None:
    """The page looks for what the center knows; the center learns it from the channel alone."""
    desk.channel.paid(desk.the_payment().serial_no)
    assert resident.look(f"?{FORGED[0]}").state == "waiting"
    desk.sweep_payments()
    assert resident.look().state == "paid"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Real-Ip": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Client-Ip": "203.0.113.9"},
    ],
    ids=str,
)
def test_payer_cannot_make_up_an_address(desk: Desk, headers: dict[str, str]) -> None:
    resident = resident_of(desk)
    body = {"way": "wechat", "client_ip": "203.0.113.9"}
    resident.client.post(f"{resident.path}pay", body, headers=headers)
    (call,) = desk.channel.calls_of(Operation.PAY)
    assert call.request.payer.client_ip == resident.client.defaults["REMOTE_ADDR"]


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "127.0.0.1@evil.test"])
def test_page_is_not_built_for_another_host(desk: Desk, host: str) -> None:
    resident = resident_of(desk)
    with nothing_changes():
        answers = [
            resident.client.get(resident.path, headers={"Host": host}),
            resident.client.post(f"{resident.path}pay", {"way": "wechat"}, headers={"Host": host}),
        ]
    assert {answer.status_code for answer in answers} == {400}


# --- Guessing -------------------------------------------------------------------------------------


def test_numbers_of_an_order_do_not_open_its_page(desk: Desk) -> None:
    _, payment = paid_resident(desk)
    order = payment.order
    numbers = [
        *("A1", str(order.pk), str(payment.pk), str(order.checkout.pk), payment.serial_no),
        *(str(payment.channel_serial_no), order.merchant.merchant_no, desk.account.payment_no),
    ]
    for number in numbers:
        for below in ("", "status", "receipt", "receipt.pdf"):
            assert Resident(f"/checkout/{number}/").look(below).status == 404


def test_page_of_one_order_says_nothing_of_another(desk: Desk) -> None:
    mine, other = resident_of(desk, "A1"), resident_of(desk, "A2", subject="别人的费用")
    assert mine.token not in other.look().html
    assert "别人的费用" not in mine.look().html
    with nothing_changes():
        mine.client.get(f"{mine.path}?order_no=A2&token={other.token}")


def test_status_gives_the_minimum(desk: Desk, resident: Resident) -> None:
    answer = resident.client.get(f"{resident.path}status")
    assert set(answer.json()) == {"stamp"}
    assert desk.the_payment().serial_no not in answer.content.decode()


# --- Frames, script, referrers --------------------------------------------------------------------


def _answers(resident: Resident) -> Iterator[tuple[str, Any]]:
    for below in PAGES:
        yield below, resident.client.get(resident.path + below)
    yield "pay", resident.client.post(f"{resident.path}pay", {"way": "x"})
    yield "pay by GET", resident.client.get(f"{resident.path}pay")
    yield "wrong token", Resident("/checkout/wrong/").client.get("/checkout/wrong/")
    yield "login", resident.client.get("/checkout/login/")


def test_no_page_can_be_framed_kept_or_found(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    for name, answer in _answers(resident):
        headers = answer.headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], name
        assert headers["X-Frame-Options"] == "DENY", name
        assert headers["Cache-Control"] == "no-store", name
        assert headers["X-Robots-Tag"] == "noindex, nofollow", name
        assert headers["X-Content-Type-Options"] == "nosniff", name


def test_no_page_tells_where_its_reader_comes_from(desk: Desk, resident: Resident) -> None:
    for name, answer in _answers(resident):
        policy = "origin" if name == "go" else "no-referrer"
        assert answer.headers["Referrer-Policy"] == policy, name


def test_channel_learns_the_site_and_not_the_token(desk: Desk, resident: Resident) -> None:
    """WeChat Pay's page wants to know from which site a payer comes; more it does not get."""
    jump = resident.client.get(f"{resident.path}go")
    assert (jump.status_code, jump.headers["Referrer-Policy"]) == (200, "origin")
    assert resident.token not in jump.content.decode()


def _nonces(answer: Any) -> set[str]:
    found = re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    return set(found)


@pytest.mark.parametrize("below", ["", "go", "receipt"])
def test_nonce_is_new_in_every_answer_and_on_all_that_may_run(desk: Desk, below: str) -> None:
    resident = resident_of(desk, agent=PHONE)
    resident.press("wechat")
    if below == "receipt":
        desk.callback(desk.channel.paid(desk.the_payment().serial_no))
    first, second = (resident.client.get(resident.path + below) for _ in range(2))
    assert first.status_code == 200
    (nonce,) = _nonces(first)
    assert len(nonce) >= 22
    assert _nonces(second) != {nonce}
    running = re.findall(r"<(?:style|script)\b[^>]*>", first.content.decode())
    assert running
    assert all(f'nonce="{nonce}"' in tag for tag in running)


def test_policy_lets_nothing_else_run(desk: Desk) -> None:
    policy = resident_of(desk).look().response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert re.search(r"script-src 'nonce-[^' ]+'(;|$)", policy)
    assert re.search(r"style-src 'nonce-[^' ]+'(;|$)", policy)
    assert "default-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'self'" in policy


_FORBIDDEN = re.compile(r"\son[a-z]+\s*=|\sstyle\s*=|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("folder", ["checkout", "easypay_door"])
def test_no_template_needs_what_the_policy_stops(folder: str) -> None:
    files = sorted((TEMPLATES / folder).glob("*.html"))
    assert files
    for file in files:
        text = file.read_text("utf-8")
        assert not _FORBIDDEN.findall(text), file.name
        tags = re.findall(r"<(?:style|script)\b[^>]*>", text)
        assert all('nonce="{{ request.csp_nonce }}"' in tag for tag in tags), file.name


def test_script_of_the_page_builds_no_markup() -> None:
    """What it shows it sets as text: nothing that was written by others can become an element."""
    found = finders.find("checkout/checkout.js")
    assert isinstance(found, str)
    script = Path(found).read_text("utf-8")
    dangerous = ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(")
    assert [word for word in dangerous if word in script] == []


# --- Foreign sites --------------------------------------------------------------------------------

FOREIGN = {
    "Origin": "https://evil.test",
    "Referer": "https://evil.test/",
    "Sec-Fetch-Site": "cross-site",
}


def test_foreign_form_without_the_token_does_nothing(desk: Desk) -> None:
    """There is no CSRF token because there is nothing to ride on: no session, no cookie counts."""
    resident = resident_of(desk)
    with nothing_changes():
        for path in ("", "x/pay", "login/", f"{'x' * 32}/pay"):
            answer = resident.client.post(f"/checkout/{path}", {"way": "wechat"}, headers=FOREIGN)
            assert answer.status_code in {404, 405}
    assert desk.channel.calls == []


def test_no_cookie_opens_anything(desk: Desk) -> None:
    """Whoever has the link may pay, with or without what a browser kept from before."""
    resident = resident_of(desk)
    resident.look()
    assert set(resident.client.cookies) == {settings.LANGUAGE_COOKIE_NAME}
    fresh = Resident(resident.path)
    fresh.client.cookies.clear()
    assert fresh.press("wechat").startswith(resident.path)


def test_session_of_an_operator_opens_nothing(desk: Desk) -> None:
    client = Client(REMOTE_ADDR="10.98.0.1")
    client.force_login(User.objects.create(username="op", is_staff=True, is_superuser=True))
    resident_of(desk)
    assert client.get("/checkout/A1/").status_code == 404


def test_login_of_somebody_else_cannot_be_planted(desk: Desk) -> None:
    """An attacker's code in a victim's browser begins nothing: it left for no login."""
    attacker, victim = (resident_of(desk, agent=IN_WECHAT) for _ in range(2))
    left = attacker.client.get(f"{attacker.path}login/wechat")["Location"]
    state = re.search(r"state=([0-9a-f]{32})", left)
    assert state is not None
    with nothing_changes():
        answer = victim.client.get(f"/checkout/login/?state={state[1]}&code=of-attacker")
    assert answer.status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.parametrize("name", ["admin:login", "admin:logout", "admin:index", "set_language"])
def test_operators_form_without_a_csrf_token_is_refused(db: None, name: str) -> None:
    user = User.objects.create(username="op", is_staff=True, is_superuser=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    with nothing_changes():
        answer = browser.post(reverse(name), {"language": "en"}, headers=FOREIGN)
    assert answer.status_code == 403
    assert browser.get(reverse("admin:index")).status_code == 200, "still signed in"


def test_operators_records_are_not_written_by_a_foreign_form(desk: Desk) -> None:
    user = User.objects.create(username="op", is_staff=True, is_superuser=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    account = desk.account
    urls = [
        reverse("admin:merchants_paymentaccount_add"),
        reverse("admin:merchants_paymentaccount_change", args=[account.pk]),
        reverse("admin:merchants_paymentaccount_changelist"),
        reverse("admin:merchants_paymentaccount_delete", args=[account.pk]),
    ]
    for url in urls:
        assert browser.post(url, {"name": "x"}, headers=FOREIGN).status_code == 403
    account.refresh_from_db()
    assert account.name == "阳光花园"


def test_operators_cookies_stay_on_their_site(db: None) -> None:
    client = Client()
    client.get(reverse("admin:login"))
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
def test_no_address_answers_to_foreign_scripts(desk: Desk, method: str) -> None:
    path = resident_of(desk).path
    asked = FOREIGN | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-Pc-Key",
    }
    addresses = [
        *(path, f"{path}status", f"{path}pay", f"{path}receipt", "/checkout/login/"),
        *("/api/v1/payments", "/api/v1/checkouts", "/api/v1/events", "/api/schema/", "/api/docs/"),
        *("/admin/", "/admin/login/", "/callbacks/wechat/P1/", "/easypay/submit.php"),
        *("/healthz", "/readyz", "/nowhere", "/static/checkout/checkout.js"),
    ]
    for address in addresses:
        answer = Client(REMOTE_ADDR="10.97.0.1").generic(method, address, headers=asked)
        shared = [name for name in answer.headers if name.lower().startswith("access-control")]
        assert shared == [], address


def test_link_is_not_told_to_who_may_only_read(desk: Desk) -> None:
    """The event feed and its notifications never carry the key to a page."""
    url = ask_for_page(desk)["checkout_url"]
    paid_resident(desk)
    feed = desk.client.get("/api/v1/events?after=0")
    assert feed.status == 200
    assert Resident(url).token not in repr(feed.body)
