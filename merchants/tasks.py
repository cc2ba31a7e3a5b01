"""Celery shims of the payment-center backend."""

from celery import shared_task

from merchants.audit import chaining
from merchants.expiry import record_warnings
from merchants.models import UsedNonce
from paycenter.kernel.clock import now


@shared_task
def forget_nonces() -> None:
    """Delete nonces whose requests are too old on any clock that would be accepted."""
    UsedNonce.objects.filter(expires_at__lt=now()).delete()


@shared_task
def warn_of_expiry() -> None:
    """Log each key and certificate that came closer to its end."""
    record_warnings()


@shared_task
def chain_audit() -> None:
    """Give audit events that committed their place in the chain."""
    chaining.chain_events()
