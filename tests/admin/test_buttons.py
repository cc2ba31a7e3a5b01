"""What a person may do here: each button asks first, changes by POST only, and leaves a trace."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from merchants.models import ApplicationKey, StoredCredential
from notifications.models import Delivery, DeliveryAttempt, Endpoint
from paycenter.operators.security.models import FailedSignIn
from tests.admin.pages import BUTTONS, address, read, registered
from tests.admin.split_rows import rule_for
from tests.support.audit import deeds
from tests.support.workers import Workers
from transactions.models import Order, Payment


def button(row: object, name: str) -> str:
    """Return the address of a row's button."""
    return address(type(row), "change", row.pk).replace("/change/", f"/{name}/")  # type: ignore[attr-defined, arg-type]


@pytest.fixture(autouse=True)
def _rows(order: Order) -> None:
    """A split rule, its receivers and a failed sign-in have buttons too."""
    rule_for(order)
    FailedSignIn.objects.create(username="nobody", ip_address="10.1.2.3", failures_since_start=1)


@pytest.fixture
def dead(order: Order) -> Delivery:
    """The notification of the order's success, given up."""
    Delivery.objects.update(state="dead", due_at=None, ladder_step=18)
    return told_of(order)


def told_of(order: Order) -> Delivery:
    """Return the notification of an order's success."""
    return Delivery.objects.get(
        event__type="payment.succeeded", event__data__order_no=order.order_no
    )


def test_a_dead_notification_is_put_in_line_again(browser: Client, dead: Delivery) -> None:
    Endpoint.objects.update(disabled_at=datetime.now(UTC))
    answer = browser.post(button(dead, "resend_one"))
    assert answer.headers["Location"] == address(Delivery, "change", dead.pk)
    dead.refresh_from_db()
    assert (dead.state, dead.ladder_step) == ("pending", 0)
    assert dead.due_at is not None
    assert [off.url for off in Endpoint.objects.filter(disabled_at=None)] == [dead.url]
    assert DeliveryAttempt.objects.filter(delivery=dead).count() == 2  # the past stays


def test_what_is_being_sent_is_not_sent_twice(browser: Client, order: Order) -> None:
    leased = datetime.now(UTC) + timedelta(seconds=50)
    Delivery.objects.update(leased_until=leased)
    answer = browser.post(button(told_of(order), "resend_one"), follow=True)
    assert "正在发送中" in answer.content.decode()
    assert told_of(order).leased_until == leased


def test_the_channel_is_asked_by_its_own_workers(
    browser: Client, order: Order, workers: Workers
) -> None:
    workers.pause()
    payment = Payment.objects.latest("id")
    answer = browser.post(button(payment, "ask_channel"), follow=True)
    assert "正在查询渠道" in answer.content.decode()
    message = workers.kept("sync_payment")[0]
    assert (message.args, message.queue) == ((payment.pk,), "channel.wechat")


def test_a_broker_that_is_down_is_told(browser: Client, order: Order, workers: Workers) -> None:
    workers.lose()
    answer = browser.post(button(Payment.objects.latest("id"), "ask_channel"), follow=True)
    assert "无法联系后台任务" in answer.content.decode()
    assert not deeds().exists()


def test_a_switched_off_address_is_switched_on(browser: Client, order: Order) -> None:
    Endpoint.objects.update(disabled_at=datetime.now(UTC))
    chosen = Endpoint.objects.latest("id")
    browser.post(button(chosen, "switch_on"))
    assert list(Endpoint.objects.filter(disabled_at=None)) == [chosen]


def test_a_key_and_a_credential_are_revoked(browser: Client, order: Order) -> None:
    for model in (ApplicationKey, StoredCredential):
        row = model.objects.get()
        browser.post(button(row, "revoke"))
        row.refresh_from_db()
        assert row.revoked_at is not None


def test_looking_at_a_button_changes_nothing(
    browser: Client, order: Order, workers: Workers
) -> None:
    """A link must change nothing: another site could make a browser follow it."""
    before = list(Delivery.objects.values()), list(ApplicationKey.objects.values())
    for model, _ in registered():
        row = model._default_manager.order_by("-pk").first()
        for name in BUTTONS.get(model._meta.label_lower, ()):
            page = read(browser, button(row, name))
            assert 'method="post"' in page
            assert "csrfmiddlewaretoken" in page
    assert (list(Delivery.objects.values()), list(ApplicationKey.objects.values())) == before
    assert workers.kept("sync_payment") == []
    assert not deeds().exists()


def test_a_button_wants_the_token_of_its_page(operator: User, dead: Delivery) -> None:
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(operator)
    assert forged.post(button(dead, "resend_one")).status_code == 403
    dead.refresh_from_db()
    assert dead.state == "dead"


def test_buttons_are_for_those_who_may_change(client: Client, dead: Delivery) -> None:
    auditor = User.objects.create(username="auditor", is_staff=True)
    auditor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(auditor)
    for model, _ in registered():
        row = model._default_manager.order_by("-pk").first()
        for name in BUTTONS.get(model._meta.label_lower, ()):
            assert client.post(button(row, name)).status_code == 403, (model, name)
            shown = read(client, address(model, "change", row.pk))  # type: ignore[union-attr]
            assert button(row, name) not in shown
    assert 'value="resend"' not in read(client, address(Delivery, "changelist"))
    client.post(
        address(Delivery, "changelist"),
        {"action": "resend", "_selected_action": [dead.pk]},
    )
    dead.refresh_from_db()
    assert dead.state == "dead"


def test_who_did_it_is_in_the_log(browser: Client, operator: User, dead: Delivery) -> None:
    browser.post(button(dead, "resend_one"))
    entry = deeds().get()
    assert (entry.user, entry.object_id) == (operator, str(dead.pk))
    assert entry.detail == "Sent again."


def test_a_button_of_no_row_is_not_found(browser: Client, dead: Delivery) -> None:
    for number in ("999999999", "abc"):
        url = button(dead, "resend_one").replace(f"/{dead.pk}/", f"/{number}/")
        assert browser.post(url).status_code == 404
