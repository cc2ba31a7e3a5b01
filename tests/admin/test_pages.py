"""Every page opens, in both languages, and none shows a secret or calls an outside host."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from merchants.audit.chaining import chain_events
from merchants.audit.verifying import verify_and_note
from merchants.doors import open_door
from merchants.models import Application, ApplicationKey, Membership, StoredCredential
from notifications.models import Delivery
from paycenter.operators.bulk.choosing import draft
from paycenter.operators.notifications import SendAgain
from paycenter.operators.security.models import FailedSignIn
from tests.admin.bill_rows import make_bill
from tests.admin.books import make_books
from tests.admin.pages import every_page, models_without_rows, read, registered
from tests.admin.rows import (
    PRIVATE_KEY_CANARY,
    ROBOT_SECRET,
    ROBOT_TOKEN,
    Company,
    make_duplicate,
    make_proposal,
)
from tests.admin.split_rows import divide, rule_for
from tests.support.audit import do
from transactions.models import DoorOrder, Order
from transactions.tallies.counting import count_due_hours, count_hours, hour_of

OWN_APPS = ("merchants", "notifications", "gateway", "transactions")
ENGLISH = re.compile(
    r"\b(Search|Filters?|Select|Save|Delete|Change|Add|Close|History|Home|Log out|Next|Previous"
    r"|Cancel|Apply|Reset|Value|From|Run|Welcome|Merchant|Payment|Order|Refund|State|Created"
    r"|Amount|Channel|Application|Notification|Yes|No|All|None|Unknown|Today|Show|View)\b"
)
OUTSIDE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")


@pytest.fixture(autouse=True)
def _rows(order: Order, operator: User) -> None:
    make_duplicate(order)
    divide(order)
    make_books(order)
    count_hours([hour_of(order.created_at)])
    count_due_hours()
    make_bill(order)
    rule_for(order)
    do()
    chain_events()
    verify_and_note()
    FailedSignIn.objects.create(username="nobody", ip_address="10.1.2.3", failures_since_start=1)
    draft(SendAgain(), Delivery.objects.all(), operator)
    make_proposal(order)
    door, _ = open_door(order.application)
    DoorOrder.objects.create(
        order=order,
        door=door,
        trade_no="2026112216000000001",
        out_trade_no=order.order_no,
        version=DoorOrder.Version.V1,
        notify_url="https://app.test/paid",
        created_at=order.created_at,
    )


def test_every_model_of_ours_is_registered() -> None:
    known = {model for model, _ in registered()}
    own = {model for label in OWN_APPS for model in apps.get_app_config(label).get_models()}
    assert own - {Membership} <= known


def test_every_page_opens_in_english(browser: Client, operator: User) -> None:
    browser.cookies["django_language"] = "en"
    for url in every_page(operator):
        assert 'lang="en"' in read(browser, url), url


def test_every_page_opens_and_has_no_english_word_left(browser: Client, operator: User) -> None:
    assert models_without_rows() == []
    pages = list(every_page(operator))
    assert len(pages) > 80
    for url in pages:
        found = ENGLISH.findall(_visible_text(read(browser, url)))
        assert not found, (url, sorted(set(found)))


def test_the_sign_in_page_is_chinese(client: Client) -> None:
    page = _visible_text(read(client, reverse("admin:login")))
    assert "欢迎回到" in page
    assert not ENGLISH.findall(page)


def test_no_page_shows_a_secret_or_calls_an_outside_host(
    browser: Client, operator: User, company: Company
) -> None:
    key = ApplicationKey.objects.get()
    credential = StoredCredential.objects.get()
    application = Application.objects.get()
    hidden = [
        *company.secrets,
        PRIVATE_KEY_CANARY,
        ROBOT_SECRET,
        ROBOT_TOKEN,
        key.sealed_secret,
        credential.sealed_value,
        application.sealed_webhook_secret,
        credential.fingerprint,
    ]
    assert all(hidden)
    for url in every_page(operator):
        page = read(browser, url)
        assert not [text for text in hidden if text in page], url
        assert not OUTSIDE.findall(page), (url, OUTSIDE.findall(page))


def test_forms_can_be_sent(client: Client) -> None:
    """Browsers send ``Origin: null`` under ``no-referrer``, and CSRF refuses that."""
    assert client.get(reverse("admin:login")).headers["Referrer-Policy"] == "same-origin"


def test_strangers_are_sent_to_the_sign_in_page(client: Client, operator: User) -> None:
    for url in every_page(operator):
        answer = client.get(url)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
            302,
            reverse("admin:login"),
        )


def _visible_text(page: str) -> str:
    """Return what a person can read: text, and the attributes that show or speak."""
    body = re.sub(r"<(script|style|pre|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    spoken = " ".join(re.findall(r'(?:placeholder|aria-label|title|data-label)="([^"]*)"', body))
    body = re.sub(r'<span class="[^"]*material-symbols-outlined.*?</span>', " ", body, flags=re.S)
    return re.sub(r"<[^>]*>", " ", body) + spoken
