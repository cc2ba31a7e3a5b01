"""The first page counts the certificates that expire, and leads to them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from merchants.credentials import store_credential
from paycenter.dashboard import dashboard
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from paycenter.operators.overview.card import Card
from tests.admin.pages import read
from tests.admin.rows import Company


def card(operator: User, rf: RequestFactory) -> Card:
    """Return the card of certificates."""
    request = rf.get("/")
    request.user = operator
    found: Card = dashboard(request, {})["waiting"][-1]
    return found


@pytest.mark.parametrize(
    ("days", "figure", "remark", "is_alarming"),
    [
        (61.5, "0", "60 天内没有", False),
        (20.5, "1", "最早的 20 天后到期", False),
        (13.5, "1", "最早的 13 天后到期", True),
        (-1, "1", "最早的一个已过期", True),
    ],
)
def test_what_expires_is_counted_and_alarms_from_two_weeks(
    operator: User,
    rf: RequestFactory,
    company: Company,
    days: float,
    figure: str,
    remark: str,
    is_alarming: bool,
) -> None:
    not_after = now() + timedelta(days=days)
    store_credential(company.owner, Credential("platform_certificate", "1", "x", None, not_after))
    shown = card(operator, rf)
    assert (shown.figure, shown.remark, shown.is_alarming) == (figure, remark, is_alarming)


def test_the_card_leads_to_what_expires(
    browser: Client, operator: User, rf: RequestFactory, company: Company
) -> None:
    for days in (45, 90):
        credential = Credential(f"kind{days}", f"NO{days}", "x", None, now() + timedelta(days=days))
        store_credential(company.owner, credential)
    page = read(browser, card(operator, rf).url)
    assert "NO45" in page
    assert "NO90" not in page
