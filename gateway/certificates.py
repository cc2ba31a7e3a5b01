"""Keeping channel certificates fresh: every 12 hours, and soon after an unknown serial.

WeChat Pay asks not to poll more often, and to refresh when a message names a serial that is not
known. Anybody can name any serial in a callback, so the second reason is throttled per channel
merchant. Channels without anything to download (``Channel.offers_certificates``) are left alone.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from gateway.accounts import channel_account
from gateway.contract import ConfigurationError, Transport
from gateway.registry import CHANNELS, channel_of
from gateway.transport import transport_for
from merchants.credentials import store_credential
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.http import NoAnswer, NotSent

logger = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=12)
RETRY_PAUSE = timedelta(minutes=30)
"""After a download that failed."""
UNKNOWN_SERIAL_PAUSE = timedelta(minutes=5)
BATCH = 100


def due_for_refresh() -> list[int]:
    """Return ids of active channel merchants whose certificates are older than ``MAX_AGE``."""
    moment = now()
    stale = Q(certificates_refreshed_at=None) | Q(certificates_refreshed_at__lt=moment - MAX_AGE)
    offering = [code for code, channel in CHANNELS.items() if channel.offers_certificates]
    merchants = ChannelMerchant.objects.filter(
        stale, _not_checked_since(moment - RETRY_PAUSE), is_active=True, channel__in=offering
    )
    return list(merchants.values_list("pk", flat=True)[:BATCH])


def claim_refresh(channel_merchant_id: int, *, pause: timedelta) -> bool:
    """Take the right to refresh, unless somebody did within ``pause``."""
    moment = now()
    claimed = ChannelMerchant.objects.filter(
        _not_checked_since(moment - pause), pk=channel_merchant_id
    )
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
    try:
        return download_certificates(account, transport_for(account.channel_merchant))
    except (ConfigurationError, NotSent, NoAnswer) as error:
        logger.warning("certificates of %s not refreshed: %s", account.channel_merchant, error)
        return 0


def download_certificates(account: PaymentAccount, transport: Transport) -> int:
    """Download the certificates of the account's channel and keep the new ones; returns how many.

    Raises ``ConfigurationError``, ``NotSent`` or ``NoAnswer``.
    """
    owner = account.channel_merchant
    found = channel_of(owner.channel).fetch_certificates(channel_account(account), transport)
    ChannelMerchant.objects.filter(pk=owner.pk).update(certificates_refreshed_at=now())
    return sum(bool(store_credential(owner, credential)) for credential in found)


def _not_checked_since(moment: datetime) -> Q:
    return Q(certificates_checked_at=None) | Q(certificates_checked_at__lt=moment)
