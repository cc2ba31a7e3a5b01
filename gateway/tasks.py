"""Celery shims of the channel gateway."""

from celery import shared_task

from gateway import certificates
from gateway.health import switching
from merchants.models import ChannelMerchant
from paycenter.kernel.hints import publish_hint


def channel_queue(code: str) -> str:
    """Return the queue of a channel's calls: a slow channel fills only its own."""
    return f"channel.{code}"


@shared_task
def refresh_certificates() -> None:
    """Hand every channel merchant whose certificates are old to its channel's workers."""
    for pk in certificates.due_for_refresh():
        request_refresh(pk, unknown_serial=False)


@shared_task
def refresh_certificates_of(channel_merchant_id: int) -> None:
    """Refresh one channel merchant's certificates."""
    certificates.refresh_certificates(channel_merchant_id)


@shared_task
def end_switches() -> None:
    """Tell people of channel switches that came to their end."""
    switching.end_switches()


def request_refresh(channel_merchant_id: int, *, unknown_serial: bool) -> None:
    """Ask for a refresh, unless one was asked for within the pause its reason allows."""
    pause = certificates.UNKNOWN_SERIAL_PAUSE if unknown_serial else certificates.RETRY_PAUSE
    if certificates.claim_refresh(channel_merchant_id, pause=pause):
        code = ChannelMerchant.objects.values_list("channel", flat=True).get(pk=channel_merchant_id)
        publish_hint(refresh_certificates_of, channel_merchant_id, queue=channel_queue(code))
