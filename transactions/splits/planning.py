"""Planning splits: by hand, as an application asks, or by the company's rule when money came.

Planned means: the rows are there, the money counts as shared, and the split is sent once its
channel divides the payment (``splits.sending``).
"""

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from merchants.models import Application
from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from transactions.locking import lock_own_payment
from transactions.models import Payment, Split
from transactions.services.commands import SplitCommand
from transactions.split_lifecycle import BindingState
from transactions.splits.judging import check_amounts, check_splittable, planned_shares
from transactions.splits.selectors import own_splits
from transactions.splits.shares import PlannedShare, shares_by_rule
from transactions.splits.terms import earliest, split_terms
from transactions.splits.writing import write_release, write_split

NOT_BOUND = "split_receiver_not_bound"

_NOT_BOUND = gettext_noop(
    "Payment %(serial_no)s was not shared with %(receivers)s: not bound at the channel any more."
)


def plan_split(application: Application, command: SplitCommand) -> tuple[Split, bool]:
    """Plan the split an application asks for and return it with whether it is new.

    Must run in a transaction. Raises ``Problem``: ``not_found``, ``split_mismatch``,
    ``split_not_allowed``, ``request_in_progress``, ``invalid_request``, ``split_exceeds_payment``.
    """
    payment = lock_own_payment(application, command.serial_no)
    planned = own_splits(application).filter(split_no=command.split_no).first()
    if planned is not None:
        if planned.content_hash != command.content_hash:
            raise Problem(
                "split_mismatch", "The split number stands for another split. Use a new one."
            )
        return planned, False
    terms = check_splittable(payment)
    shares = planned_shares(payment, terms, command.shares)
    check_amounts(payment, shares)
    split = write_split(
        payment,
        shares,
        due_at=max(now(), earliest(payment, terms)),
        split_no=command.split_no,
        release_rest=command.release_rest,
        content_hash=command.content_hash,
    )
    return split, True


def plan_by_rule(payment: Payment) -> None:
    """Plan what the company's rule says of a payment that just succeeded. Its row is locked.

    Never raises: the money came, whatever becomes of the shares. Where the rule gives nothing of
    so small a payment, the whole of it is freed.
    """
    terms, rule = split_terms(payment.channel_merchant), payment.split_rule
    if terms is None or rule is None:
        return
    shares = _still_bound(payment, shares_by_rule(rule, payment.amount))
    due_at = max(now(), earliest(payment, terms))
    if shares:
        write_split(payment, shares, due_at=due_at, rule=rule, release_rest=terms.must_release)
    elif terms.must_release:
        write_release(payment, due_at=due_at)


def _still_bound(payment: Payment, shares: Sequence[PlannedShare]) -> list[PlannedShare]:
    """Leave out who cannot be paid, and tell people: one may make the whole split fail."""
    lost = [share for share in shares if share.receiver.state != BindingState.BOUND]
    if lost:
        raise_alert(
            NOT_BOUND,
            _NOT_BOUND,
            severity=Alert.Severity.CRITICAL,
            merchant_id=payment.merchant_id,
            serial_no=payment.serial_no,
            receivers=", ".join(share.receiver.receiver_no for share in lost),
        )
    return [share for share in shares if share not in lost]
