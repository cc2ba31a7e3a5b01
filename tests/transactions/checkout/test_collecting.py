"""A collection code: what a payer enters becomes one order, or is refused in words that help."""

import re
import secrets
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from merchants.models import Application, Grant, Merchant, PaymentAccount, Project
from tests.support.desk import Desk
from tests.support.together import together
from transactions.checkout.collecting import FORMS_PER_ADDRESS
from transactions.models import Checkout, CollectionCode, Order, OrderLine
from transactions.services.desk_orders import ONCE, new_once

XSS = "<script>alert('x')</script>"


def make_code(desk: Desk, **changes: Any) -> CollectionCode:
    """Return a code of the desk's company that leaves amount and room open."""
    facts = {
        "merchant": desk.account.channel_merchant.merchant,
        "application": desk.application,
        "place": "前台",
        "subject": "临时停车费",
    }
    return CollectionCode.objects.create(**(facts | changes))


def payer() -> Client:
    """Return a browser that comes from an address of its own and reads English."""
    address = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
    client = Client(REMOTE_ADDR=address)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def look(code: CollectionCode, client: Client | None = None) -> str:
    """Open a code's page, which must be there."""
    answer = (client or payer()).get(f"/collect/{code.token}/")
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(code: CollectionCode, client: Client | None = None, **fields: str) -> Any:
    """Send the form of a code's page."""
    form = {"once": new_once(), "amount": "12.50"} | fields
    return (client or payer()).post(f"/collect/{code.token}/", form)


def said(answer: Any) -> str:
    """Return the complaint on a page."""
    found = re.search(r'role="alert">([^<]*)<', answer.content.decode())
    return unescape(found[1]) if found else ""


def test_payer_sees_whom_where_and_what_for(desk: Desk) -> None:
    company = desk.account.channel_merchant.merchant
    project = Project.objects.create(merchant=company, code="garden", name="阳光花园")
    page = look(make_code(desk, project=project, room="3-1-502", amount=8_800))
    for text in ("阳光物业", "阳光花园", "前台", "临时停车费", "3-1-502", "¥88.00"):
        assert text in page
    assert 'name="amount"' not in page
    assert 'name="room"' not in page


def test_open_amount_is_asked_for_with_the_keyboard_of_numbers(desk: Desk) -> None:
    page = look(make_code(desk))
    assert re.search(r'<label for="amount">.*<input id="amount"', page, re.DOTALL)
    assert 'inputmode="decimal"' in page
    assert "<script" not in page


def test_looking_makes_nothing_and_every_look_has_a_form_of_its_own(desk: Desk) -> None:
    code = make_code(desk)
    values = [re.search(r'name="once" value="([^"]*)"', look(code)) for _ in range(2)]
    drawn = {found[1] for found in values if found}
    assert len(drawn) == 2
    assert all(ONCE.fullmatch(value) for value in drawn)
    assert not Order.objects.exists()


def test_form_becomes_an_order_and_its_page(desk: Desk) -> None:
    code = make_code(desk, fee_type="停车费")
    client = payer()
    answer = send(code, client, amount="12.5", room=" 3-1-502 ")
    order = Order.objects.get()
    assert (order.amount, order.subject, order.state) == (1_250, "临时停车费", "created")
    line = OrderLine.objects.get()
    assert (line.fee_type, line.room, line.amount) == ("停车费", "3-1-502", 1_250)
    checkout = Checkout.objects.get()
    assert (checkout.order, checkout.collection_code) == (order, code)
    assert answer.status_code == 303
    assert answer["Location"] == f"/checkout/{checkout.unseal('sealed_token')}/"
    assert "¥12.50" in client.get(answer["Location"]).content.decode()


def test_application_reads_the_order_by_its_number(desk: Desk) -> None:
    send(make_code(desk))
    number = Order.objects.get().order_no
    merchant_no = desk.account.channel_merchant.merchant.merchant_no
    answer = desk.client.get(f"/api/v1/orders/{number}?merchant_id={merchant_no}")
    assert (answer.status, answer["order_no"]) == (200, number)


def test_application_finds_the_order_among_its_payments(desk: Desk) -> None:
    """Its number is such as the contract allows, so every filter takes it."""
    send(make_code(desk))
    number = Order.objects.get().order_no
    assert desk.client.get(f"/api/v1/payments?order_no={number}").status == 200


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1", 100),
        (" 1 ", 100),
        ("0.01", 1),
        ("12.5", 1_250),
        ("12.500", 1_250),
        ("99999", 9_999_900),
    ],
)
def test_amount_is_read(desk: Desk, text: str, fen: int) -> None:
    assert send(make_code(desk), amount=text).status_code == 303
    assert Order.objects.get().amount == fen


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Enter the amount"),
        ("   ", "Enter the amount"),
        ("１２", "plain digits"),
        ("1e2", "plain digits"),
        ("1,000", "plain digits"),
        ("12。5", "plain digits"),
        ("+5", "plain digits"),
        ("¥5", "plain digits"),
        ("05", "plain digits"),
        (".5", "plain digits"),
        ("1.005", "plain digits"),
        ("NaN", "plain digits"),
        ("0", "smallest amount is 0.01"),
        ("-5", "smallest amount is 0.01"),
        ("100000000.01", "largest amount is 100000000.00"),
        ("9" * 12, "largest amount is 100000000.00"),
        ("9" * 40, "32"),
        (XSS, "plain digits"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(desk: Desk, text: str, complaint: str) -> None:
    answer = send(make_code(desk), amount=text, room="3-1-502")
    assert answer.status_code == 400
    assert complaint in said(answer)
    page = answer.content.decode()
    assert 'aria-invalid="true" aria-describedby="amount-wrong"' in page
    assert 'value="3-1-502"' in page, "what was right need not be typed again"
    assert XSS not in page
    assert not Order.objects.exists()


def test_limits_are_those_of_the_accounts_that_could_take_it(desk: Desk) -> None:
    PaymentAccount.objects.filter(pk=desk.account.pk).update(min_amount=100, max_amount=500)
    PaymentAccount.objects.filter(pk=desk.other_account.pk).update(min_amount=900, max_amount=1_000)
    code = make_code(desk)
    assert "smallest amount is 1.00" in said(send(code, amount="0.99"))
    assert "cannot be paid here" in said(send(code, amount="7"))
    assert "largest amount is 10.00" in said(send(code, amount="10.01"))
    assert send(code, amount="9.5").status_code == 303


@pytest.mark.parametrize(
    "away", [{"is_active": False}, {"checkout_weight": 0}, {"min_amount": 9, "max_amount": 10}]
)
def test_fixed_amount_that_no_account_takes_is_said_at_once(
    desk: Desk, away: dict[str, Any]
) -> None:
    code = make_code(desk, amount=8_800)
    PaymentAccount.objects.update(**away)
    page = look(code)
    assert 'role="alert"' in page
    assert "<form" not in page
    assert send(code).status_code == 400
    assert not Order.objects.exists()


def test_without_a_granted_account_nothing_is_asked_for(desk: Desk) -> None:
    code = make_code(desk)
    Grant.objects.all().delete()
    page = look(code)
    assert "There is no way to pay at the moment" in page
    assert "<form" not in page
    assert send(code).status_code == 400
    assert not Order.objects.exists()


@pytest.mark.parametrize("what", ["code", "company", "application"])
def test_code_that_is_switched_off_makes_no_order(desk: Desk, what: str) -> None:
    code = make_code(desk)
    rows = {"code": CollectionCode, "company": Merchant, "application": Application}
    rows[what]._default_manager.update(is_active=False)
    for answer in (payer().get(f"/collect/{code.token}/"), send(code)):
        assert answer.status_code == 410
        assert "no longer in use" in answer.content.decode()
    assert not Order.objects.exists()


def test_the_same_form_is_the_same_order(desk: Desk) -> None:
    code, once = make_code(desk), new_once()
    pages = {send(code, once=once)["Location"] for _ in range(3)}
    assert (len(pages), Order.objects.count()) == (1, 1)


def test_a_form_sent_twice_at_once_is_one_order(desk: Desk) -> None:
    code, once = make_code(desk), new_once()
    pages = together(6, lambda _: str(send(code, once=once)["Location"]))
    assert (len(set(pages)), Order.objects.count(), Checkout.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("change", [{"amount": "13"}, {"room": "3-1-503"}, {"once": "A" * 22}])
def test_another_amount_room_or_form_is_another_order(desk: Desk, change: dict[str, str]) -> None:
    code, once = make_code(desk), new_once()
    send(code, once=once)
    assert send(code, None, **({"once": once} | change)).status_code == 303
    assert Order.objects.count() == 2


def test_the_same_form_of_another_code_is_another_order(desk: Desk) -> None:
    once = new_once()
    for code in (make_code(desk), make_code(desk)):
        send(code, once=once)
    assert Order.objects.count() == 2


@pytest.mark.parametrize("once", ["", "short", "x" * 23, "é" * 22, XSS])
def test_form_without_its_value_is_asked_for_again(desk: Desk, once: str) -> None:
    answer = send(make_code(desk), once=once)
    assert answer.status_code == 400
    page = answer.content.decode()
    fresh = re.search(r'name="once" value="([^"]*)"', page)
    assert fresh is not None
    assert ONCE.fullmatch(fresh[1])
    assert 'value="12.50"' in page
    assert not Order.objects.exists()


@pytest.mark.parametrize("room", ["a\x07b", "\u202e502", "x" * 65])
def test_room_is_a_text_that_others_can_read(desk: Desk, room: str) -> None:
    answer = send(make_code(desk), room=room)
    assert answer.status_code == 400
    assert 'aria-describedby="room-wrong"' in answer.content.decode()
    assert not Order.objects.exists()


def test_payer_cannot_change_what_the_code_says(desk: Desk) -> None:
    send(make_code(desk, amount=8_800, room="3-1-502"), amount="0.01", room="9-9-999")
    assert (Order.objects.get().amount, OrderLine.objects.get().room) == (8_800, "3-1-502")


def test_texts_are_shown_as_text(desk: Desk) -> None:
    code = make_code(desk, place=XSS, subject=XSS, room=XSS)
    assert XSS not in look(code)
    assert XSS not in send(code, amount="x").content.decode()
    assert "&lt;script&gt;" in look(code)


def test_page_is_guarded_like_every_payers_page(desk: Desk) -> None:
    answers = [payer().get(f"/collect/{make_code(desk).token}/"), send(make_code(desk))]
    for answer in answers:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["X-Frame-Options"] == "DENY"
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("token", ["A" * 22, "A" * 3000, "%00", "%27", "%E4%B8%80", "."])
def test_unknown_code_is_not_found(desk: Desk, token: str) -> None:
    make_code(desk)
    assert payer().get(f"/collect/{token}/").status_code == 404


def test_one_address_sends_so_many_forms_in_a_minute(desk: Desk, clock: object) -> None:
    code, client = make_code(desk), payer()
    answers = [send(code, client).status_code for _ in range(FORMS_PER_ADDRESS + 1)]
    assert answers == [303] * FORMS_PER_ADDRESS + [429]
    assert send(code, client)["Retry-After"].isdigit()
    assert look(code, client), "looking goes on"
    assert send(code).status_code == 303, "others pay on"


def test_one_code_makes_so_many_orders_in_a_minute(
    desk: Desk, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transactions.checkout.collecting.ORDERS_PER_CODE", 3)
    code = make_code(desk)
    assert [send(code).status_code for _ in range(4)] == [303, 303, 303, 429]
    assert send(make_code(desk)).status_code == 303


@pytest.mark.parametrize("form", [{"once": ""}, {"amount": "nonsense"}, {"amount": "0"}])
def test_nonsense_locks_no_code(
    desk: Desk, clock: object, monkeypatch: pytest.MonkeyPatch, form: dict[str, str]
) -> None:
    monkeypatch.setattr("transactions.checkout.collecting.ORDERS_PER_CODE", 1)
    code = make_code(desk)
    assert {send(code, None, **form).status_code for _ in range(5)} == {400}
    assert send(code).status_code == 303


def test_the_same_form_again_locks_no_code(
    desk: Desk, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transactions.checkout.collecting.ORDERS_PER_CODE", 2)
    code, once = make_code(desk), new_once()
    assert {send(code, once=once).status_code for _ in range(5)} == {303}
    assert [send(code).status_code for _ in range(2)] == [303, 429]
    assert send(code, once=once).status_code == 303, "who has an order gets back to it"


def test_the_addresses_of_one_household_are_one(desk: Desk, clock: object) -> None:
    code, home = make_code(desk), f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"
    clients = [Client(REMOTE_ADDR=f"{home}::{number:x}") for number in range(FORMS_PER_ADDRESS + 1)]
    answers = [send(code, client).status_code for client in clients]
    assert answers == [303] * FORMS_PER_ADDRESS + [429]


def test_language_is_chosen_by_a_link(desk: Desk) -> None:
    code, client = make_code(desk), Client()
    answer = client.get(f"/collect/{code.token}/?lang=en")
    assert (answer.status_code, answer["Location"]) == (303, f"/collect/{code.token}/")
    assert '<html lang="en">' in look(code, client)
