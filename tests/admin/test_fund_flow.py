"""Where the money of a payment went is drawn on its page: every party, every state, to the fen."""

import pytest
from django.test import Client

from paycenter.operators.funds.flow import Stream, fund_flow
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_story
from tests.admin.split_rows import divide
from tests.support.statements import counting
from transactions.ledger.posting import Posting, Side, post
from transactions.models import Account, JournalEntry, Order, Payment, SplitRelease, SplitShare

OF_A_FLOW = 6


@pytest.fixture
def payment(order: Order) -> Payment:
    """A payment of 128.50 yuan, 28.50 refunded, 10 and 5 to be shared, 4 of which came back."""
    return Payment.objects.select_related("order", "channel_merchant").get(pk=divide(order).pk)


def _sums(streams: list[Stream]) -> list[tuple[int, str, bool]]:
    return [(stream.amount, stream.state.colour, stream.back) for stream in streams]


def _page(browser: Client, payment: Payment) -> str:
    browser.cookies["django_language"] = "en"
    return read(browser, address(Payment, "change", payment.pk))


def test_every_party_has_its_streams(payment: Payment) -> None:
    flow = fund_flow(payment)
    assert _sums(flow.with_payer) == [(12_850, "good", False), (2_850, "good", True)]
    cleaner, guard = flow.parties
    assert _sums(cleaner.streams) == [(1_000, "good", False), (400, "good", True)]
    assert _sums(guard.streams) == [(500, "bad", False)]
    assert flow.kept == 12_850 - 2_850 - 600


def test_what_is_frozen_is_what_no_share_and_no_refund_took(payment: Payment) -> None:
    frozen = 12_850 - 2_850 - 1_000
    assert fund_flow(payment).frozen == frozen
    SplitRelease.objects.update(state="failed", due_at=None)
    assert fund_flow(payment).frozen == frozen
    SplitRelease.objects.update(state="succeeded")
    assert fund_flow(payment).frozen == 0


def test_nothing_is_frozen_of_what_was_never_to_be_split(payment: Payment) -> None:
    payment.order.split_mode = "none"
    assert fund_flow(payment).frozen == 0


def test_the_fee_is_drawn_once_it_is_known(payment: Payment) -> None:
    fee = 77
    post(
        Posting(
            kind=JournalEntry.Kind.FEE,
            reference=payment.serial_no,
            channel_merchant=payment.channel_merchant,
            occurred_at=payment.created_at,
            debits=[Side(Account.FEE, fee)],
            credits=[Side(Account.CHANNEL, fee)],
            payment=payment,
        )
    )
    flow = fund_flow(payment)
    assert _sums(flow.parties[0].streams) == [(fee, "plain", False)]
    assert flow.kept == 12_850 - 2_850 - 600 - fee


def test_the_page_shows_amounts_states_and_numbers(browser: Client, payment: Payment) -> None:
    page = _page(browser, payment)
    assert "Where the money went" in page
    for text in (
        "保洁公司",
        "保安公司",
        "¥10.00",
        "¥4.00",
        "¥5.00",
        "¥28.50",
        "¥94.00",
        "¥90.00 frozen",
    ):
        assert text in page, text
    split = payment.splits.get()
    assert split.split_serial_no in page
    assert address(type(split), "change", split.pk) in page


def test_no_drawing_for_what_was_not_paid(browser: Client, order: Order) -> None:
    failed = Payment.objects.get(order=order, state="failed")
    assert "pc-flow" not in _page(browser, failed)


def test_the_page_shows_no_account(browser: Client, payment: Payment) -> None:
    page = _page(browser, payment)
    for share in SplitShare.objects.all():
        assert share.unseal("sealed_account") not in page
        assert share.sealed_account not in page


def test_a_drawing_costs_few_statements(company: Company) -> None:
    payment = divide(make_story(company))
    row = Payment.objects.select_related("order", "channel_merchant").get(pk=payment.pk)
    with counting() as cost:
        fund_flow(row)
    assert len(cost.statements) == OF_A_FLOW, cost
