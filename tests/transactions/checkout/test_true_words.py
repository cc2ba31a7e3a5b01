"""A page says nothing that may be untrue, and offers nothing that cannot work."""

import time
from typing import Any

import pytest

from gateway.messages import Operation, Outcome, PaymentReport, PayResult
from merchants.models import ChannelSwitch
from paycenter.kernel.clock import now
from tests.support.checkout_channels import LinkFakeChannel
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.resident import Resident, resident_of
from transactions.models import Payment
from transactions.services.closing import close_order

NOTHING_TAKEN = "Nothing was taken from you"
GROUP = {"order_group_no": "G1"}


def _not_closable(desk: Desk) -> None:
    """Let the channel take no close of the first payment."""
    desk.channel.answers(Operation.CLOSE, lambda ref: PaymentReport(Outcome.UNKNOWN, ref.serial_no))


class TestGroups:
    """One business order, several numbers."""

    def test_money_that_came_for_a_paid_group_is_shown_with_its_way_back(
        self, desk: Desk, links: LinkFakeChannel, clock: Clock
    ) -> None:
        first, second = resident_of(desk, "A1", **GROUP), resident_of(desk, "A2", **GROUP)
        first.press("wechat")
        surplus = desk.the_payment()
        _not_closable(desk)
        clock.shift(16)
        second.press("alipay")
        settling = Payment.objects.get(order__order_no="A2")
        links.come(settling.serial_no)
        desk.callback(desk.other_channel.paid(settling.serial_no), account=desk.other_account)
        before = first.stamp()
        desk.callback(desk.channel.paid(surplus.serial_no))
        face = first.look()
        assert face.state == "paid_elsewhere"
        assert "You paid more than once" in face.text
        assert surplus.serial_no in face.text
        assert NOTHING_TAKEN not in face.text
        assert face.ways == []
        assert first.stamp() != before
        refunding = first.stamp()
        desk.sweep_refunds()
        assert first.stamp() != refunding

    def test_unpaid_order_of_a_paid_group_offers_nothing(self, desk: Desk) -> None:
        first, second = resident_of(desk, "A1", **GROUP), resident_of(desk, "A2", **GROUP)
        first.press("wechat")
        desk.callback(desk.channel.paid(desk.the_payment().serial_no))
        face = second.look()
        assert (face.state, face.ways) == ("paid_elsewhere", [])
        assert "Another order for the same was paid. Nothing more is due." in face.text

    def test_other_attempts_of_the_group_are_due_at_once(
        self, desk: Desk, links: LinkFakeChannel, clock: Clock
    ) -> None:
        first, second = resident_of(desk, "A1", **GROUP), resident_of(desk, "A2", **GROUP)
        first.press("wechat")
        waiting = desk.the_payment()
        _not_closable(desk)
        clock.shift(16)
        second.press("alipay")
        settling = Payment.objects.get(order__order_no="A2")
        links.come(settling.serial_no)
        desk.callback(desk.other_channel.paid(settling.serial_no), account=desk.other_account)
        due_at = desk.payment(waiting.serial_no).due_at
        assert due_at is not None
        assert due_at <= now()


class TestEarlierAttempts:
    """An attempt that could not be closed stands behind a newer one that has ended."""

    @pytest.fixture
    def resident(self, desk: Desk, clock: Clock) -> Resident:
        """Somebody whose first attempt goes on and whose second was refused."""
        somebody = resident_of(desk)
        somebody.press("wechat")
        _not_closable(desk)
        clock.shift(16)
        desk.other_channel.answers(Operation.PAY, PayResult(Outcome.FAILED))
        somebody.press("alipay")
        states = Payment.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["pending", "failed"]
        return somebody

    def test_page_does_not_say_that_nothing_was_taken(self, resident: Resident) -> None:
        face = resident.look()
        assert face.state == "choose"
        assert NOTHING_TAKEN not in face.text
        assert "An earlier payment may still go through." in face.text

    def test_it_is_asked_before_a_third_one_begins(self, desk: Desk, resident: Resident) -> None:
        asked = len(desk.channel.calls_of(Operation.QUERY, Operation.CLOSE))
        resident.press("alipay")
        assert len(desk.channel.calls_of(Operation.QUERY, Operation.CLOSE)) > asked
        last = Payment.objects.latest("pk")
        assert (last.attempt_no, last.state) == (3, "pending")
        assert last.repeat_of is not None
        assert last.repeat_of.attempt_no == 2

    def test_no_third_one_begins_once_it_turns_out_paid(
        self, desk: Desk, resident: Resident
    ) -> None:
        desk.channel.paid(Payment.objects.earliest("pk").serial_no)
        resident.press("alipay")
        assert Payment.objects.count() == 2
        assert resident.look().state == "paid"


def test_nothing_can_be_chosen_while_the_last_minutes_are_waited_out(
    desk: Desk, clock: Clock
) -> None:
    resident = resident_of(desk, expires_in=60)
    resident.press("wechat")
    clock.shift(61)
    face = resident.look()
    assert (face.state, face.ways) == ("waiting", [])
    assert "Pay another way" not in face.text
    assert "Time left" not in face.text


def test_page_with_a_way_that_is_off_looks_again_by_itself(desk: Desk) -> None:
    resident = resident_of(desk)
    assert resident.look().attribute("data-retry") == ""
    ChannelSwitch.objects.create(channel=desk.channel.code, reason="outage", created_by="operator")
    face = resident.look()
    assert int(face.attribute("data-retry")) == 300
    assert '<meta http-equiv="refresh" content="300;' in face.html
    assert face.ways == ["alipay"]


def test_countdown_is_told_in_seconds_from_now(desk: Desk, clock: Clock) -> None:
    resident = resident_of(desk, expires_in=600)
    clock.shift(60)
    assert resident.look().attribute("data-seconds") == "540"


def test_disabled_application_takes_no_money(desk: Desk) -> None:
    resident = resident_of(desk)
    type(desk.application).objects.update(is_active=False)
    assert resident.look().ways == []
    resident.press("wechat")
    assert not Payment.objects.exists()


class TestNotices:
    """What an address says is believed only as far as it can be true."""

    HELD = "Your earlier payment may still go through"

    def test_notice_is_not_shown_where_nothing_can_be_chosen(self, desk: Desk) -> None:
        resident = resident_of(desk)
        resident.press("wechat")
        desk.close(desk.the_payment().serial_no)
        close_order(desk.order().pk)
        assert "out of order" not in resident.look("?said=unavailable").text

    @pytest.mark.parametrize("until", ["", "x", "9999999999", "-1", "１２"])
    def test_hold_that_no_page_wrote_is_not_shown(self, desk: Desk, until: str) -> None:
        assert self.HELD not in resident_of(desk).look(f"?said=held&until={until}").text

    def test_hold_ends_though_the_page_is_loaded_again(self, desk: Desk, clock: Clock) -> None:
        resident = resident_of(desk)
        below = f"?said=held&until={int(time.time()) + 9}"
        assert self.HELD in resident.look(below).text
        clock.shift(10)
        assert self.HELD not in resident.look(below).text

    def test_unknown_words_say_nothing(self, desk: Desk) -> None:
        assert 'role="alert"' not in resident_of(desk).look("?said=paid").html


class TestWaysOut:
    """No page leads nowhere."""

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_reloaded_press_leads_back(self, desk: Desk, method: str) -> None:
        resident = resident_of(desk)
        answer: Any = getattr(resident.client, method)(f"{resident.path}pay")
        assert (answer.status_code, answer["Location"]) == (303, resident.path)

    def test_who_pressed_too_often_finds_the_way_back(self, desk: Desk) -> None:
        resident = resident_of(desk)
        for _ in range(20):
            resident.client.post(f"{resident.path}pay", {"way": "none"})
        answer = resident.client.post(f"{resident.path}pay", {"way": "none"})
        assert answer.status_code == 429
        assert f'href="{resident.path}"' in answer.content.decode()
