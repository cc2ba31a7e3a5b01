"""Keys and certificates that expire are known 60, 30, 14, 7 and 1 days ahead, each told once."""

import logging
from datetime import timedelta

import pytest

from merchants.credentials import revoke_credential, store_credential
from merchants.expiry import WARN_DAYS, days_left, expiring_credentials, record_warnings
from merchants.models import ChannelMerchant, StoredCredential
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from tests.support.clock import Clock
from tests.support.parties import make_channel_merchant
from tests.support.together import together

HOUR = 3600
DAY = 24 * HOUR


def keep(
    days: float | None, *, owner: ChannelMerchant | None = None, kind: str = "merchant_certificate"
) -> StoredCredential:
    """Store a certificate that expires in so many days."""
    owner = owner or make_channel_merchant()
    not_after = None if days is None else now() + timedelta(days=days)
    store_credential(owner, Credential(kind, "", f"value {days}", not_after=not_after))
    return owner.credentials.latest("id")


@pytest.mark.django_db
def test_what_expires_within_sixty_days_or_has_expired_is_found_soonest_first() -> None:
    later, sooner, gone = keep(60), keep(3), keep(-2)
    keep(61)
    keep(None)
    assert list(expiring_credentials()) == [gone, sooner, later]
    assert list(expiring_credentials(within_days=7)) == [gone, sooner]


@pytest.mark.django_db
def test_what_has_a_successor_is_nobodys_worry() -> None:
    row = keep(5)
    keep(400, owner=row.channel_merchant, kind="another_kind")
    keep(400)
    assert list(expiring_credentials()) == [row]
    successor = keep(400, owner=row.channel_merchant)
    assert list(expiring_credentials()) == []
    revoke_credential(successor)
    assert list(expiring_credentials()) == [row]


@pytest.mark.django_db
def test_what_is_not_used_is_not_found() -> None:
    revoke_credential(keep(5))
    keep(5, owner=make_channel_merchant(is_active=False))
    assert list(expiring_credentials()) == []


@pytest.mark.django_db
def test_each_threshold_is_told_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    row = keep(61)
    told = []
    with caplog.at_level(logging.WARNING, "merchants.expiry"):
        for _ in range(64 * 8):
            before = len(caplog.records)
            record_warnings()
            if len(caplog.records) > before:
                assert row.not_after is not None
                told.append(days_left(row.not_after))
            clock.shift(3 * HOUR)
    assert told == list(WARN_DAYS)
    row.refresh_from_db()
    assert row.warned_days == WARN_DAYS[-1]
    assert "value" not in caplog.text


@pytest.mark.django_db
def test_a_late_start_tells_the_latest_threshold_only(caplog: pytest.LogCaptureFixture) -> None:
    keep(6)
    assert record_warnings() == 1
    assert record_warnings() == 0
    assert "expires in 5 days" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_of_many_jobs_at_once_one_tells() -> None:
    keep(20)
    assert sum(together(6, lambda _: record_warnings())) == 1
