"""Celery shims of the payment-center backend."""

from celery import shared_task

from merchants.models import UsedNonce
from paycenter.kernel.clock import now


@shared_task
def forget_nonces() -> None:
    """Delete nonces whose requests are too old on any clock that would be accepted."""
    UsedNonce.objects.filter(expires_at__lt=now()).delete()
