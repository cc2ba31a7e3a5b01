"""The project's own tasks: every monitor runs, each by itself."""

from datetime import timedelta

from notifications.models import Alert
from paycenter import tasks
from paycenter.kernel.clock import now
from paycenter.monitors.table import BY_RULE
from tests.support.money import make_payment
from tests.support.parties import make_account
from tests.support.workers import Workers


def watch(workers: Workers) -> None:
    """Let beat and the workers watch once."""
    workers.messages.clear()
    tasks.run_monitors()
    for message in workers.kept("run_monitor"):
        workers.work_on(message)


def test_all_monitors_run_on_an_empty_center(db: None, workers: Workers) -> None:
    watch(workers)
    assert len(workers.kept("run_monitor")) == len(BY_RULE)
    assert not Alert.objects.exists()


def test_what_a_monitor_finds_becomes_one_alert(db: None, workers: Workers) -> None:
    make_payment(account=make_account(), state="unknown", created_at=now() - timedelta(hours=1))
    watch(workers)
    watch(workers)
    [alert] = Alert.objects.all()
    assert (alert.rule, alert.lasting) == ("payments_stuck", True)
