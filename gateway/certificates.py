"""Keeping channel certificates fresh: every 12 hours, and soon after an unknown serial.

WeChat Pay asks not to poll more often, and to refresh when a message names a serial that is not
known. Anybody can name any serial, so the second reason is throttled per channel merchant.
"""

import logging
from datetime import timedelta

from django.db.models import Q

from gateway.accounts import channel_account
from gateway.calls import RecordingTransport, session_of
from gateway.contract import ConfigurationError
from gateway.registry import CHANNELS, channel_of
from merchants.credentials import store_credential
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.http import NoAnswer, NotSent

logger = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=12)
UNKNOWN_SERIAL_PAUSE = timedelta(minutes=5)
BATCH = 100


def due_for_refresh() -> list[int]:
    """Return ids of active channel merchants whose certificates are older than ``MAX_AGE``."""
    stale = Q(certificates_checked_at=None) | Q(certificates_checked_at__lt=now() - MAX_AGE)
    merchants = ChannelMerchant.objects.filter(stale, is_active=True, channel__in=CHANNELS)
    return list(merchants.values_list("pk", flat=True)[:BATCH])


def claim_refresh(channel_merchant_id: int, *, pause: timedelta) -> bool:
    """Take the right to refresh, unless somebody did within ``pause``."""
    moment = now()
    free = Q(certificates_checked_at=None) | Q(certificates_checked_at__lt=moment - pause)
    claimed = ChannelMerchant.objects.filter(free, pk=channel_merchant_id)
    return claimed.update(certificates_checked_at=moment) == 1


def refresh_certificates(channel_merchant_id: int) -> int:
    """Download the channel's certificates and keep the new ones; returns how many were new."""
    account = (
        PaymentAccount.objects.select_related("channel_merchant")
        .filter(channel_merchant_id=channel_merchant_id)
        .first()
    )
    if account is None:
        return 0
    channel = channel_of(account.channel_merchant.channel)
    transport = RecordingTransport(session_of(channel.code))
    try:
        found = channel.fetch_certificates(channel_account(account), transport)
    except (ConfigurationError, NotSent, NoAnswer) as error:
        logger.warning("certificates of %s not refreshed: %s", account.channel_merchant, error)
        return 0
    return sum(store_credential(account.channel_merchant, credential) for credential in found)
