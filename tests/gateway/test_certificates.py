"""Certificates are refreshed in time, and never in a storm, whoever names unknown serials."""

from datetime import timedelta

import pytest

from gateway.certificates import (
    MAX_AGE,
    RETRY_PAUSE,
    UNKNOWN_SERIAL_PAUSE,
    claim_refresh,
    due_for_refresh,
    refresh_certificates,
)
from gateway.contract import Channel
from gateway.tasks import refresh_certificates as refresh_job
from merchants.models import ChannelMerchant, StoredCredential
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.fake_channel import FakeChannel
from tests.support.parties import make_account, make_channel_merchant
from tests.support.together import together
from tests.support.workers import Workers

UNKNOWN_KEY = {"X-Fake-Signature": "unknown key"}


@pytest.mark.django_db
@pytest.mark.usefixtures("channel")
def test_old_and_never_fetched_certificates_are_due() -> None:
    never = make_channel_merchant()
    old = make_channel_merchant(certificates_refreshed_at=now() - MAX_AGE - timedelta(seconds=1))
    make_channel_merchant(certificates_refreshed_at=now())
    make_channel_merchant(is_active=False)
    make_channel_merchant(channel="unionpay")
    assert sorted(due_for_refresh()) == [never.pk, old.pk]


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_once_one_is_granted() -> None:
    owner = make_channel_merchant()
    claims = together(8, lambda _: claim_refresh(owner.pk, pause=UNKNOWN_SERIAL_PAUSE))
    assert sum(claims) == 1


@pytest.mark.django_db
def test_a_claim_is_granted_again_after_the_pause(clock: Clock) -> None:
    owner = make_channel_merchant()
    assert claim_refresh(owner.pk, pause=UNKNOWN_SERIAL_PAUSE)
    clock.shift(UNKNOWN_SERIAL_PAUSE.total_seconds())
    assert not claim_refresh(owner.pk, pause=UNKNOWN_SERIAL_PAUSE)
    clock.shift(1)
    assert claim_refresh(owner.pk, pause=UNKNOWN_SERIAL_PAUSE)


def test_unknown_serials_ask_for_one_refresh_however_many_come(desk: Desk) -> None:
    responses = together(10, lambda _: desk.raw_callback(b"{}", headers=UNKNOWN_KEY))
    assert {response.content for response in responses} == {b"again"}
    assert desk.channel.certificate_downloads == 1


def test_a_bad_signature_by_a_known_key_asks_for_no_refresh(desk: Desk) -> None:
    desk.raw_callback(b"{}", headers={"X-Fake-Signature": "forged"})
    assert desk.channel.certificate_downloads == 0


@pytest.mark.django_db(transaction=True)
def test_the_job_refreshes_each_merchant_once(channel: FakeChannel, workers: Workers) -> None:
    for _ in range(2):
        make_account()
    refresh_job()
    refresh_job()
    assert channel.certificate_downloads == 2
    assert {m.queue for m in workers.kept("refresh_certificates_of")} == {"channel.wechat"}


@pytest.mark.django_db
def test_new_certificates_are_kept_once(channel: FakeChannel) -> None:
    owner = make_account().channel_merchant
    channel.certificates = (Credential("platform_certificate", "5F", "pem"),)
    assert refresh_certificates(owner.pk) == 1
    assert refresh_certificates(owner.pk) == 0
    assert StoredCredential.objects.get().identifier == "5F"
    assert ChannelMerchant.objects.get(pk=owner.pk).credentials_version == 1


@pytest.mark.django_db
def test_a_merchant_without_an_account_is_left_alone(channel: FakeChannel) -> None:
    assert refresh_certificates(make_channel_merchant().pk) == 0
    assert channel.certificate_downloads == 0


@pytest.mark.django_db(transaction=True)
def test_a_failed_download_is_tried_again_before_the_next_turn(
    channel: FakeChannel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> tuple[Credential, ...]:
        raise NoAnswer("cut")

    make_account()
    with monkeypatch.context() as broken:
        broken.setattr(channel, "fetch_certificates", fail)
        refresh_job()
    refresh_job()
    assert channel.certificate_downloads == 0
    clock.shift(RETRY_PAUSE.total_seconds() + 1)
    refresh_job()
    assert channel.certificate_downloads == 1
    clock.shift(RETRY_PAUSE.total_seconds() + 1)
    refresh_job()
    assert channel.certificate_downloads == 1


@pytest.mark.django_db
def test_channels_without_certificates_are_left_alone(
    channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_channel_merchant()
    assert len(due_for_refresh()) == 1
    monkeypatch.setattr(FakeChannel, "fetch_certificates", Channel.fetch_certificates)
    assert due_for_refresh() == []
