"""The project's own tasks."""

from datetime import timedelta

from notifications.models import Alert
from paycenter import tasks
from paycenter.kernel.clock import now
from tests.support.money import make_payment
from tests.support.parties import make_account


def test_all_monitors_run_on_an_empty_center(db: None) -> None:
    tasks.run_monitors()
    assert not Alert.objects.exists()


def test_what_a_monitor_finds_becomes_an_alert(db: None) -> None:
    make_payment(account=make_account(), state="unknown", created_at=now() - timedelta(hours=1))
    tasks.run_monitors()
    tasks.run_monitors()
    [alert] = Alert.objects.all()
    assert (alert.rule, alert.lasting) == ("payments_stuck", True)
