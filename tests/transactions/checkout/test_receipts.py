"""The receipt of a paid order: a page to print and a PDF to keep; nothing before it is paid."""

from collections.abc import Callable

import pytest
from django.conf import settings

from gateway.messages import Outcome
from merchants.models import ChannelMerchant, Merchant, PaymentAccount, Project
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.pdf import pdf_text
from tests.support.resident import Resident, paid_resident, resident_of
from transactions.models import Order, OrderLine, Payment, Refund
from transactions.services.closing import close_order

LINES = [
    {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 9_000},
    {"fee_type": "停车费", "amount": 1_000, "description": "车位 B12"},
]
NO_INVOICE = "This receipt proves the payment. It is not a tax invoice."


def _pdf(resident: Resident) -> str:
    """Return what is written in the PDF, without the breaks of its lines."""
    answer = resident.client.get(f"{resident.path}receipt.pdf")
    assert answer.status_code == 200
    return pdf_text(answer.content).replace("\n", "")


def _page(resident: Resident) -> str:
    return resident.look("receipt").text.replace(" ", "")


Reader = Callable[[Resident], str]
FORMS = [pytest.param(_page, id="page"), pytest.param(_pdf, id="pdf")]


@pytest.mark.parametrize("read", FORMS)
def test_receipt_says_who_paid_whom_for_what_and_when(desk: Desk, read: Reader) -> None:
    resident, payment = paid_resident(desk, lines=LINES)
    text = read(resident).replace(" ", "")
    assert payment.channel_serial_no
    said = [
        *("Receipt", "阳光物业服务有限公司", "¥100.00", "2026-11-2216:00:00", "CodePay"),
        *("A1", payment.serial_no, payment.channel_serial_no),
        *("物业费1-1012026-11", "¥90.00", "车位B12", "¥10.00"),
        NO_INVOICE.replace(" ", ""),
    ]
    assert [part for part in said if part not in text] == []
    assert "Refunds" not in text


@pytest.mark.parametrize("read", FORMS)
def test_receipt_names_the_community(desk: Desk, read: Reader) -> None:
    resident, payment = paid_resident(desk)
    garden = Project.objects.create(merchant=payment.merchant, name="云上花园")
    PaymentAccount.objects.filter(pk=desk.account.pk).update(project=garden)
    assert "云上花园" in read(resident)


@pytest.mark.parametrize("read", FORMS)
def test_receipt_tells_of_refunds(desk: Desk, read: Reader) -> None:
    resident, payment = paid_resident(desk)
    desk.refund(payment, "R1", amount=2_500)
    desk.callback(desk.channel.refunded(desk.the_refund().refund_serial_no))
    desk.refund(payment, "R2", amount=1_500)
    desk.refund(payment, "R3", amount=500)
    last = Refund.objects.get(refund_no="R3")
    desk.channel.refunded(last.refund_serial_no, outcome=Outcome.FAILED)
    desk.sweep_refunds()
    text = read(resident).replace(" ", "")
    for part in (
        *("Refunds", "Returnedtowhereitcamefrom", "2026-11-2216:00:00", "¥25.00"),
        *("Onitswaybacktoyou", "¥15.00", "Notreturned:askthemerchant", "¥5.00"),
    ):
        assert part in text


@pytest.mark.parametrize("below", ["receipt", "receipt.pdf"])
@pytest.mark.parametrize("state", ["new", "waiting", "closed", "expired"])
def test_order_that_is_not_paid_has_no_receipt(
    desk: Desk, state: str, below: str, clock: Clock
) -> None:
    resident = resident_of(desk)
    if state == "waiting":
        resident.press("wechat")
    elif state == "closed":
        close_order(desk.order().pk)
    elif state == "expired":
        clock.shift(7_200)
    answer = resident.client.get(resident.path + below)
    assert (answer.status_code, answer["Location"]) == (303, resident.path)


@pytest.mark.parametrize("query", ["?trade_status=TRADE_SUCCESS", "?state=paid&paid=1", "?begun=1"])
def test_receipt_is_not_had_by_asking_for_it(desk: Desk, query: str) -> None:
    resident = resident_of(desk)
    resident.press("wechat")
    assert resident.client.get(f"{resident.path}receipt{query}").status_code == 303


def test_pdf_is_a_file_that_nobody_keeps(desk: Desk) -> None:
    resident, payment = paid_resident(desk)
    answer = resident.client.get(f"{resident.path}receipt.pdf")
    assert answer["Content-Type"] == "application/pdf"
    expected = f'attachment; filename="receipt-{payment.serial_no}.pdf"'
    assert answer["Content-Disposition"] == expected
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.rstrip().endswith(b"%%EOF")
    assert len(answer.content) < 20_000


def test_same_receipt_is_the_same_file(desk: Desk, clock: Clock) -> None:
    resident, _ = paid_resident(desk)
    first = resident.client.get(f"{resident.path}receipt.pdf").content
    clock.shift(3_600)
    assert resident.client.get(f"{resident.path}receipt.pdf").content == first


def test_pdf_speaks_the_readers_language(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    assert "Paid at" in _pdf(resident)
    resident.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert resident.client.get(f"{resident.path}receipt.pdf").status_code == 200


def test_pdf_names_no_token(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    content = resident.client.get(f"{resident.path}receipt.pdf").content
    assert resident.token.encode() not in content
    assert resident.token not in pdf_text(content)


HOSTILE = [
    "<b>bold</b> <font size=40>big</font> <img src='file:///etc/passwd'/>",
    "&amp; & &#0; &lt;para&gt; </para>",
    "(\\) Tj ET endstream endobj %%EOF",
    "🏠 物业费 👨‍👩‍👧",
    "\u202eabc\u202c \u2066x\u2069 \u200b\ufeff",
    "مرحبا שלום ไทย हिन्दी",
    "a" * 127,
    "费" * 127,
    "\t \x0b\x1f\x7f",
    "{{ 7|add:7 }} {% now 'Y' %}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_pdf_is_drawn_whatever_others_wrote(desk: Desk, text: str) -> None:
    resident, payment = paid_resident(desk, lines=LINES)
    Order.objects.update(subject=text)
    OrderLine.objects.update(description=text, room=text[:64], period=text[:32])
    Merchant.objects.update(name=text[:100], display_name=text[:50])
    Payment.objects.update(channel_serial_no=text[:64])
    shown = _pdf(resident)
    assert payment.serial_no in shown
    assert "¥100.00" in shown
    solid = [part for part in text.split() if part.isprintable()]
    assert [part for part in solid if part not in shown] == []


def test_pdf_of_many_lines_has_more_pages(desk: Desk) -> None:
    lines = [{"fee_type": f"第{number}项", "amount": 50} for number in range(200)]
    resident, _ = paid_resident(desk, lines=lines)
    content = resident.client.get(f"{resident.path}receipt.pdf").content
    text = pdf_text(content).replace("\n", "")
    assert all(f"第{number}项" in text for number in range(200))
    assert b"/Count 1 " not in content


def test_receipt_stays_when_everything_is_switched_off(desk: Desk) -> None:
    resident, payment = paid_resident(desk)
    PaymentAccount.objects.update(is_active=False, checkout_weight=0)
    ChannelMerchant.objects.update(is_active=False)
    Merchant.objects.update(is_active=False)
    assert payment.serial_no in _pdf(resident)
    assert payment.serial_no in _page(resident)


def test_receipt_leads_back_and_to_the_pdf(desk: Desk) -> None:
    resident, _ = paid_resident(desk)
    html = resident.look("receipt").html
    assert f'href="{resident.path}receipt.pdf"' in html
    assert f'href="{resident.path}"' in html
    assert "<script" not in html, "a receipt is only read"
