"""The history of a row shows what people did on it and its moves, in the order of time."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from merchants.audit.recording import Action, Deed, Who, record, subject_of
from merchants.models import AuditEvent
from paycenter.kernel.clock import now
from paycenter.operators.audit import timeline
from paycenter.operators.audit.timeline import timeline_of
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_story
from tests.support.statements import counting
from tests.support.workers import Workers
from transactions.models import Move, Order, Payment


def did(row: object, detail: str) -> None:
    """Write down that somebody did something on a row."""
    subject = subject_of(row)  # type: ignore[arg-type]
    record(Deed(action=Action.ACT, detail=detail, reason="<b>why</b>"), subject, Who(name="wang"))


def paid(order: Order) -> Payment:
    """Return the payment that settles an order."""
    return Payment.objects.get(order=order, settles_order=True)


def test_deeds_and_moves_stand_in_the_order_of_time(order: Order) -> None:
    payment = paid(order)
    did(payment, "first")
    facts = {"subject": "payment", "subject_id": payment.pk, "merchant": order.merchant}
    Move.objects.create(
        **facts, source="succeeded", target="failed", cause="person", created_at=now()
    )
    did(payment, "last")
    told = timeline_of(payment).entries
    assert [entry.kind for entry in told][-3:] == ["deed", "move", "deed"]
    assert [entry.at for entry in told] == sorted(entry.at for entry in told)


def test_nothing_of_another_row_is_told(order: Order, company: Company) -> None:
    other = paid(make_story(company))
    did(other, "other")
    did(order, "of the order")
    assert {entry.kind for entry in timeline_of(paid(order)).entries} == {"move"}


def test_the_page_shows_both_and_escapes(browser: Client, order: Order) -> None:
    did(paid(order), "Asked the channel.")
    page = read(browser, address(Payment, "history", paid(order).pk))
    assert "wang" in page
    assert "&lt;b&gt;why" in page
    assert page.count("pc-entry-move") == 2


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Asked the channel."), ("zh-hans", "查询了渠道。")]
)
def test_everybody_reads_it_in_their_language(
    browser: Client, order: Order, workers: Workers, language: str, words: str
) -> None:
    """Whatever language it was done in."""
    workers.pause()
    url = address(Payment, "change", paid(order).pk).replace("/change/", "/ask_channel/")
    for spoken in ("en", "zh-hans"):
        browser.cookies["django_language"] = spoken
        browser.post(url)
    browser.cookies["django_language"] = language
    for model, row in ((Payment, paid(order)), (Order, order)):
        page = "history" if model is Payment else "change"
        assert read(browser, address(model, page, row.pk)).count(words) == 2


def test_a_changed_field_has_the_name_that_pages_give_it(browser: Client, company: Company) -> None:
    browser.cookies["django_language"] = "en"
    event = record(
        Deed(action=Action.CHANGE, before={"display_name": "a"}, after={"display_name": "b"}),
        subject_of(company.merchant),
    )
    page = read(browser, address(AuditEvent, "change", event.pk))
    assert "name shown to residents: &quot;a&quot; → &quot;b&quot;" in page


def test_a_timeline_is_two_statements_and_bounded(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "AT_MOST", 3)
    for number in range(5):
        did(order, str(number))
    with counting() as cost:
        found = timeline_of(order)
    assert len(cost.statements) == 2, cost
    assert found.cut
    assert [entry.title for entry in found.entries if entry.kind == "deed"] == ["2", "3", "4"]


def test_a_story_tells_what_people_did(browser: Client, order: Order) -> None:
    did(paid(order), "Anything at all")
    assert "Anything at all" in read(browser, address(Order, "change", order.pk))


def test_who_may_not_see_a_row_does_not_see_its_history(client: Client, order: Order) -> None:
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    assert client.get(address(Payment, "history", paid(order).pk)).status_code == 404


def test_no_row_has_no_history(browser: Client, order: Order) -> None:
    assert browser.get(address(Payment, "history", 999_999)).status_code == 404
