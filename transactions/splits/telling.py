"""Telling applications and people what became of splits, returns of shares and releases."""

from django.utils.translation import gettext_noop

from notifications.alerts import raise_alert
from notifications.models import Alert
from notifications.services.record_event import record_event
from paycenter.kernel.clock import now
from paycenter.kernel.money import format_yuan
from transactions.models import Payment, Split, SplitRelease, SplitReturn, SplitShare
from transactions.splits.representations import return_resource, split_resource
from transactions.splits.selectors import returns, splits

SPLIT_FAILED = "split_failed"
SHARE_FAILED = "split_share_failed"
RETURN_FAILED = "split_return_failed"
RETURN_ODD = "split_return_mismatch"
RELEASE_FAILED = "split_release_failed"

_SPLIT_FAILED = gettext_noop(
    "Split %(split_serial_no)s of payment %(serial_no)s failed: %(code)s. %(amount)s yuan were not "
    "shared; what is frozen stays so until somebody splits or releases it."
)
_SHARE_FAILED = gettext_noop(
    "Receiver %(receiver_id)s did not get %(amount)s yuan of payment %(serial_no)s, split "
    "%(split_serial_no)s: %(code)s."
)
_RETURN_FAILED = gettext_noop(
    "Receiver %(receiver_id)s did not give back %(amount)s yuan of payment %(serial_no)s, return "
    "%(return_serial_no)s: %(code)s."
)
_RETURN_ODD = gettext_noop(
    "Return %(return_serial_no)s of payment %(serial_no)s, %(amount)s yuan, succeeded after it had "
    "failed, and the share was given back otherwise meanwhile."
)
_RELEASE_FAILED = gettext_noop(
    "Release %(release_serial_no)s of payment %(serial_no)s failed: %(code)s. What is frozen stays "
    "so until the channel frees it by itself."
)


def tell_split(split: Split, type_: str) -> None:
    """Record ``split.finished`` or ``split.failed`` with the split as it is now."""
    _tell(split.payment, type_, split_resource(splits().get(pk=split.pk)))


def tell_return(returned: SplitReturn) -> None:
    """Record ``split.returned`` with the return as it is now."""
    resource = return_resource(returns().get(pk=returned.pk))
    _tell(returned.share.split.payment, "split.returned", resource)


def _tell(payment: Payment, type_: str, data: dict[str, object]) -> None:
    record_event(
        application_id=payment.order.application_id,
        merchant_id=payment.merchant_id,
        type=type_,
        data=data,
        occurred_at=now(),
        url=payment.notify_url,
        dialect=payment.notify_dialect,
    )


def alert_of_split(split: Split) -> None:
    """Tell people that a whole split failed."""
    _alert(
        split.payment,
        SPLIT_FAILED,
        _SPLIT_FAILED,
        split_serial_no=split.split_serial_no,
        amount=format_yuan(split.amount),
        code=split.failure_code,
    )


def alert_of_share(share: SplitShare) -> None:
    """Tell people that one receiver got nothing."""
    _alert(
        share.split.payment,
        SHARE_FAILED,
        _SHARE_FAILED,
        split_serial_no=share.split.split_serial_no,
        receiver_id=share.receiver.receiver_no,
        amount=format_yuan(share.amount),
        code=share.failure_code,
    )


def alert_of_return(returned: SplitReturn) -> None:
    """Tell people that a share did not come back."""
    _alert(
        returned.share.split.payment,
        RETURN_FAILED,
        _RETURN_FAILED,
        return_serial_no=returned.return_serial_no,
        receiver_id=returned.share.receiver.receiver_no,
        amount=format_yuan(returned.amount),
        code=returned.failure_code,
    )


def alert_of_odd_return(returned: SplitReturn) -> None:
    """Tell people that money came back which our books gave up and spent since."""
    _alert(
        returned.share.split.payment,
        RETURN_ODD,
        _RETURN_ODD,
        severity=Alert.Severity.CRITICAL,
        return_serial_no=returned.return_serial_no,
        amount=format_yuan(returned.amount),
    )


def alert_of_release(release: SplitRelease) -> None:
    """Tell people that frozen money was not freed."""
    _alert(
        release.payment,
        RELEASE_FAILED,
        _RELEASE_FAILED,
        release_serial_no=release.release_serial_no,
        code=release.failure_code,
    )


def _alert(
    payment: Payment,
    rule: str,
    text: str,
    *,
    severity: Alert.Severity = Alert.Severity.WARNING,
    **params: str,
) -> None:
    raise_alert(
        rule,
        text,
        severity=severity,
        merchant_id=payment.merchant_id,
        serial_no=payment.serial_no,
        **params,
    )
