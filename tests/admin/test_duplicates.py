"""Money that was paid twice: found, told in its order's story, and decided by a person once."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from merchants.models import Merchant
from paycenter.dashboard import dashboard
from paycenter.operators import finding
from paycenter.operators.overview.card import Card
from paycenter.operators.story.order import order_story
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company, make_duplicate, make_story
from tests.admin.test_statement_counts import OF_A_LIST, OF_A_STORY, cost
from tests.support.audit import deeds
from tests.support.desk import history
from transactions.models import DuplicatePayment, Move, Order, Payment, Refund
from transactions.services.duplicate_decisions import Decision, Verdict, decide_duplicate

NOTE = "asked the payer by telephone"


@pytest.fixture
def duplicate(order: Order) -> DuplicatePayment:
    """A duplicate payment of 128.50 yuan that is held."""
    return make_duplicate(order)


def button(duplicate: DuplicatePayment, name: str) -> str:
    """Return the address of a button."""
    page = address(DuplicatePayment, "change", duplicate.pk)
    return page.replace("/change/", f"/{name}/")


def press(browser: Client, duplicate: DuplicatePayment, name: str, **given: object) -> HttpResponse:
    """Decide with this button, as somebody who looked at ``duplicate``."""
    facts = {"note": NOTE, "version": duplicate.version}
    response: HttpResponse = browser.post(button(duplicate, name), facts | given)  # type: ignore[assignment]
    return response


def state_of(duplicate: DuplicatePayment) -> str:
    """Read the decision anew."""
    return str(DuplicatePayment.objects.get(pk=duplicate.pk).state)


class TestList:
    """All that was paid twice, newest first."""

    def test_it_is_one_statement(self, browser: Client, duplicate: DuplicatePayment) -> None:
        url = address(DuplicatePayment, "changelist")
        few = cost(browser, url)
        for _ in range(3):
            make_duplicate(make_story(make_company()))
        assert (few, cost(browser, url)) == (OF_A_LIST, OF_A_LIST)

    def test_it_leads_to_the_page_of_each(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        own = address(DuplicatePayment, "change", duplicate.pk)
        page = read(browser, address(DuplicatePayment, "changelist"))
        assert re.search(f'href="{own}[^"]*"[^>]*>\\s*{duplicate.payment.serial_no}', page)

    def test_it_is_found_by_the_numbers_of_its_payment_and_order(
        self, order: Order, duplicate: DuplicatePayment
    ) -> None:
        make_duplicate(make_story(make_company()))
        assert finding.duplicates_by(duplicate.payment.serial_no) == [duplicate.pk]
        assert finding.duplicates_by(order.order_no) == [duplicate.pk]
        settling = Payment.objects.filter(order=order).latest("id")
        assert finding.duplicates_by(settling.serial_no) == []

    def test_it_is_filtered_by_decision(self, browser: Client, company: Company) -> None:
        held = make_duplicate(make_story(company))
        kept = make_duplicate(make_story(company), state="keep")
        page = read(browser, address(DuplicatePayment, "changelist") + "?state__exact=held")
        assert held.payment.serial_no in page
        assert kept.payment.serial_no not in page

    def test_it_is_in_the_menu_for_those_who_may_see_it(
        self, client: Client, duplicate: DuplicatePayment
    ) -> None:
        clerk = User.objects.create(username="clerk", is_staff=True)
        client.force_login(clerk)
        url = address(DuplicatePayment, "changelist")
        assert url not in read(client, reverse("admin:index"))
        clerk.user_permissions.add(Permission.objects.get(codename="view_duplicatepayment"))
        client.force_login(clerk)
        assert url in read(client, reverse("admin:index"))


class TestStory:
    """What the pages of the order, the payment and the duplicate payment tell."""

    def test_the_story_tells_when_it_was_found_and_decided(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        press(browser, duplicate, "keep_it")
        story = order_story(duplicate.payment.order_id, Order.objects.all())
        assert story is not None
        page = address(DuplicatePayment, "change", duplicate.pk)
        found = next(entry for entry in story.entries if entry.url == page)
        assert found.at == duplicate.created_at
        assert duplicate.payment.serial_no in [fact.value for fact in found.facts]
        moves = [entry for entry in story.entries if entry.kind == "move"]
        decided = [fact.value for fact in moves[-1].facts]
        assert [duplicate.payment.serial_no, "operator", NOTE] == [decided[0], *decided[-2:]]

    def test_the_story_takes_no_more_statements(
        self, browser: Client, company: Company, duplicate: DuplicatePayment
    ) -> None:
        press(browser, duplicate, "keep_it")
        url = address(Order, "change", duplicate.payment.order_id)
        assert cost(browser, url) == OF_A_STORY

    def test_the_payment_leads_to_it(self, browser: Client, duplicate: DuplicatePayment) -> None:
        own = address(DuplicatePayment, "change", duplicate.pk)
        assert f'href="{own}"' in read(browser, address(Payment, "change", duplicate.payment_id))
        settling = Payment.objects.latest("id")
        assert own not in read(browser, address(Payment, "change", settling.pk))

    def test_it_leads_to_the_order_and_the_payment(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        page = read(browser, address(DuplicatePayment, "change", duplicate.pk))
        assert f'href="{address(Payment, "change", duplicate.payment_id)}"' in page
        order = address(Order, "change", duplicate.payment.order_id)
        assert f'href="{order}"' in page
        assert browser.get(button(duplicate, "story")).headers["Location"] == order

    def test_its_page_says_who_decided_and_why(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        press(browser, duplicate, "keep_it")
        page = read(browser, address(DuplicatePayment, "change", duplicate.pk))
        assert NOTE in page
        assert "128.50" in page

    def test_its_moves_are_in_the_history_under_the_number_of_its_payment(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        press(browser, duplicate, "keep_it")
        move = Move.objects.get(subject="duplicatepayment")
        own = address(DuplicatePayment, "change", duplicate.pk)
        number = duplicate.payment.serial_no
        listed = address(Move, "changelist") + f"?q={number}"
        for url in (listed, address(Move, "change", move.pk)):
            assert f'href="{own}">{number}</a>' in read(browser, url)


class TestDecision:
    """The two buttons."""

    @pytest.mark.parametrize(("name", "state"), [("return_it", "return"), ("keep_it", "keep")])
    def test_it_asks_first_and_then_does_what_was_decided(
        self, browser: Client, duplicate: DuplicatePayment, name: str, state: str
    ) -> None:
        page = read(browser, button(duplicate, name))
        assert state_of(duplicate) == "held"
        shown = ("¥128.50", str(duplicate.merchant), "openid oAB", 'name="note"')
        assert not [text for text in shown if text not in page]
        assert press(browser, duplicate, name).status_code == 302
        assert state_of(duplicate) == state
        moved = Move.objects.get(subject="duplicatepayment")
        assert (moved.actor, moved.note) == ("operator", NOTE)
        assert deeds().get().reason == NOTE

    def test_what_is_returned_is_reserved_whole(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        press(browser, duplicate, "return_it")
        refund = Refund.objects.get(payment=duplicate.payment_id)
        assert (refund.amount, refund.refund_no, refund.state) == (12_850, None, "approved")
        assert Payment.objects.get(pk=duplicate.payment_id).left == 0

    @pytest.mark.parametrize("name", ["return_it", "keep_it"])
    @pytest.mark.parametrize("given", [{"note": ""}, {"note": "x" * 201}, {"version": ""}])
    def test_it_needs_a_reason(
        self, browser: Client, duplicate: DuplicatePayment, name: str, given: dict[str, str]
    ) -> None:
        assert press(browser, duplicate, name, **given).status_code == 200
        assert state_of(duplicate) == "held"

    def test_of_two_people_who_look_at_it_one_decides(
        self, browser: Client, duplicate: DuplicatePayment
    ) -> None:
        other = Decision(Verdict.KEEP, "li", NOTE, version=duplicate.version)
        assert decide_duplicate(duplicate.payment.serial_no, other)
        assert press(browser, duplicate, "return_it").status_code == 302
        assert state_of(duplicate) == "keep"
        assert history(duplicate) == [("held", "keep", "person")]
        assert not deeds().exists()

    @pytest.mark.parametrize(
        ("state", "offered"),
        [("held", ["return_it", "keep_it"]), ("keep", ["return_it"]), ("return", [])],
    )
    def test_what_may_be_decided_is_offered(
        self, browser: Client, order: Order, state: str, offered: list[str]
    ) -> None:
        duplicate = make_duplicate(order, state=state)
        page = read(browser, address(DuplicatePayment, "change", duplicate.pk))
        for name in ("return_it", "keep_it"):
            assert (button(duplicate, name) in page) == (name in offered)
            if name not in offered:
                assert press(browser, duplicate, name).status_code == 403

    def test_it_is_for_those_who_may_work_on_duplicate_payments(
        self, client: Client, duplicate: DuplicatePayment
    ) -> None:
        auditor = User.objects.create(username="auditor", is_staff=True)
        auditor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        client.force_login(auditor)
        for name in ("return_it", "keep_it"):
            assert press(client, duplicate, name).status_code == 403
        assert state_of(duplicate) == "held"


class TestCard:
    """The card on the first page."""

    def card(self, operator: User, rf: RequestFactory) -> Card:
        """Return the card about duplicate payments."""
        request = rf.get("/")
        request.user = operator
        cards: list[Card] = dashboard(request, {})["waiting"]
        return next(card for card in cards if "duplicatepayment" in card.url)

    def test_what_is_held_is_counted_and_alarming(
        self, operator: User, rf: RequestFactory, company: Company
    ) -> None:
        quiet = self.card(operator, rf)
        assert (quiet.figure, quiet.is_alarming) == ("0", False)
        make_duplicate(make_story(company))
        make_duplicate(make_story(company), state="keep")
        make_duplicate(make_story(company), state="return")
        card = self.card(operator, rf)
        assert (card.figure, card.is_alarming) == ("1", True)

    def test_pretended_money_is_not_counted_beside_real_money(
        self, operator: User, rf: RequestFactory, company: Company, settings: Settings
    ) -> None:
        make_duplicate(make_story(company))
        settings.SANDBOX_URL = ""
        assert self.card(operator, rf).figure == "0"
        make_duplicate(make_story(make_company(is_sandbox=False)))
        assert self.card(operator, rf).figure == "1"

    def test_it_leads_to_what_it_counts(
        self, browser: Client, operator: User, rf: RequestFactory, company: Company
    ) -> None:
        held = make_duplicate(make_story(company))
        kept = make_duplicate(make_story(company), state="keep")
        page = read(browser, self.card(operator, rf).url)
        assert held.payment.serial_no in page
        assert kept.payment.serial_no not in page


def test_a_company_is_made_to_hold_on_its_own_page(browser: Client, company: Company) -> None:
    assert 'name="holds_duplicates"' in read(
        browser, address(Merchant, "change", company.merchant.pk)
    )
