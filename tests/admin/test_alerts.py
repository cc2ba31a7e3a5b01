"""Alerts as rows: in the reader's language, found by what they are about."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.operators.words import ALERT_RULES
from tests.admin.pages import address, read
from tests.admin.rows import Company

LIST = address(Alert, "changelist")
TEXT = "%(channel)s, %(whose)s: the switch has come to its end."


@pytest.fixture
def english(browser: Client) -> Client:
    """The operator's browser, in English."""
    browser.cookies["django_language"] = "en"
    return browser


def _raise(rule: str, severity: Alert.Severity, whose: str) -> Alert:
    return raise_alert(rule, TEXT, severity=severity, channel="WeChat Pay", whose=whose)


def test_an_alert_is_told_in_the_readers_language(browser: Client, company: Company) -> None:
    alert = _raise("switch_ended", Alert.Severity.INFO, "<b>阳光</b>")
    url = address(Alert, "change", alert.pk)
    assert "微信支付" in read(browser, url), "a name that the center knows is translated"
    browser.cookies["django_language"] = "en"
    for page in (read(browser, url), read(browser, LIST)):
        told = "WeChat Pay, &lt;b&gt;阳光&lt;/b&gt;: the switch has come to its end."
        assert told in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity__exact=warning", {"one"}),
        ("rule=switch_ended", {"two", "three"}),
        ("rule=switch_ended&severity__exact=critical", {"three"}),
        ("raised_at_from_0=2099-01-01&raised_at_from_1=00:00:00", {"two"}),
        ("raised_at_to_0=2099-01-01&raised_at_to_1=00:00:00", {"one", "three"}),
    ],
)
def test_alerts_are_found_by_severity_rule_and_day(
    english: Client, query: str, found: set[str]
) -> None:
    _raise("switched_off", Alert.Severity.WARNING, "one")
    later = _raise("switch_ended", Alert.Severity.INFO, "two")
    _raise("switch_ended", Alert.Severity.CRITICAL, "three")
    Alert.objects.filter(pk=later.pk).update(raised_at=datetime(2099, 2, 1, tzinfo=UTC))
    page = read(english, f"{LIST}?{query}")
    assert {whose for whose in ("one", "two", "three") if f", {whose}:" in page} == found


def test_every_rule_of_the_channels_has_its_words() -> None:
    assert set(ALERT_RULES) >= {
        "circuit_open",
        "circuit_closed",
        "switched_off",
        "switch_lifted",
        "switch_ended",
    }
