"""A monitor tells once when something begins and once when it has passed, whoever runs it."""

from datetime import datetime, timedelta

import pytest

from notifications.alerting.gathering import gather_alerts
from notifications.models import Alert, Incident
from notifications.monitoring import CLEAN_FOR, Finding, Monitor, run
from tests.support.clock import Clock
from tests.support.parties import make_merchant
from tests.support.together import together

WARNING, CRITICAL = Alert.Severity.WARNING, Alert.Severity.CRITICAL


class Amiss:
    """What a monitor finds; a test changes it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def find(self, monitor: Monitor, moment: datetime) -> list[Finding]:
        """Return it."""
        return self.findings

    @property
    def monitor(self) -> Monitor:
        """The monitor."""
        return Monitor(
            "queue_stuck", "%(queue)s stuck", "%(queue)s fine", timedelta(0), 1, self.find
        )


@pytest.fixture
def amiss(db: None) -> Amiss:
    """Nothing is amiss yet."""
    return Amiss()


def about(subject: str, severity: Alert.Severity = WARNING) -> Finding:
    """Return a finding."""
    return Finding(subject, {"queue": subject}, severity=severity)


def told() -> list[str]:
    """Return what was raised, in order."""
    return [alert.told for alert in Alert.objects.order_by("pk")]


@pytest.mark.parametrize("gathers", [True, False])
def test_what_lasts_is_told_once_and_its_end_once(
    amiss: Amiss, clock: Clock, gathers: bool
) -> None:
    def pass_minutes(count: int) -> None:
        for _ in range(count):
            clock.shift(60)
            run(amiss.monitor)
            if gathers:
                gather_alerts()

    pass_minutes(3)
    assert told() == []
    amiss.findings = [about("a"), about("b")]
    pass_minutes(10)
    assert told() == ["a stuck", "b stuck"]
    amiss.findings = [about("b")]
    pass_minutes(10)
    assert told() == ["a stuck", "b stuck", "a fine"]
    amiss.findings = []
    pass_minutes(10)
    assert told() == ["a stuck", "b stuck", "a fine", "b fine"]


def test_what_comes_and_goes_is_one_incident(amiss: Amiss, clock: Clock) -> None:
    for minute in range(20):
        amiss.findings = [about("a")] if minute % 3 == 0 else []
        run(amiss.monitor)
        gather_alerts()
        clock.shift(60)
    assert told() == ["a stuck"]
    amiss.findings = []
    clock.shift(CLEAN_FOR)
    run(amiss.monitor)
    assert told() == ["a stuck", "a fine"]


def test_worse_is_told_and_better_is_not(amiss: Amiss, clock: Clock) -> None:
    for severity in (WARNING, CRITICAL, CRITICAL, WARNING):
        amiss.findings = [about("a", severity)]
        run(amiss.monitor)
        gather_alerts()
        clock.shift(60)
    assert list(Alert.objects.order_by("pk").values_list("severity", flat=True)) == [
        "warning",
        "critical",
    ]


def test_companies_are_told_apart(amiss: Amiss, clock: Clock) -> None:
    first, second = make_merchant(), make_merchant()
    amiss.findings = [Finding("", {"queue": "q"}, merchant.pk) for merchant in (first, second)]
    run(amiss.monitor)
    amiss.findings = amiss.findings[:1]
    gather_alerts()
    clock.shift(600)
    run(amiss.monitor)
    gather_alerts()
    assert list(Incident.objects.order_by("merchant").values_list("merchant", "state")) == [
        (first.pk, "open"),
        (second.pk, "over"),
    ]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_tell_once(amiss: Amiss) -> None:
    amiss.findings = [about("a")]
    together(6, lambda _: run(amiss.monitor))
    assert told() == ["a stuck"]
