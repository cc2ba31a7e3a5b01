"""When a payment account may be used: after a test of the credentials it has now, and until
somebody switches it off.

The test itself speaks to a channel and is the gateway's (``gateway.account_test``).
"""

from merchants.models import PaymentAccount
from paycenter.kernel.clock import now


def note_test(account: PaymentAccount, *, finding: str) -> None:
    """Keep what a test found that did not pass; an active account stays active."""
    PaymentAccount.objects.filter(pk=account.pk).update(finding=finding, tested_at=now())


def activate(account: PaymentAccount, *, finding: str) -> bool:
    """Let applications use an account that passed a test of ``account.channel_merchant`` as loaded.

    Returns False, and changes nothing, when its credentials have been changed since.
    """
    tested = account.channel_merchant.credentials_version
    unchanged = PaymentAccount.objects.filter(
        pk=account.pk, channel_merchant__credentials_version=tested
    )
    return unchanged.update(is_active=True, finding=finding, tested_at=now()) == 1


def deactivate(account: PaymentAccount) -> None:
    """Refuse new payments through the account at once; what is under way goes on."""
    PaymentAccount.objects.filter(pk=account.pk).update(is_active=False)
