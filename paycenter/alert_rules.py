"""Every rule alerts are raised by, in words: what a chat, a list and a filter show.

What to do about each is in ``docs/runbooks/<rule>.md``.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.alerting.rules import TITLES
from transactions.invariants.verifying import INVARIANTS

RULES: Mapping[str, Promise] = {
    "circuit_open": _("a channel does not work"),
    "circuit_closed": _("a channel works again"),
    "switched_off": _("switched off"),
    "switch_lifted": _("switched on again"),
    "switch_ended": _("a switch has ended"),
    "duplicate_payment": _("an order was paid twice"),
    "duplicate_refund_failed": _("a duplicate payment could not be returned"),
    "channel_bill_unusable": _("a channel bill cannot be used"),
    "channel_bill_missing": _("a channel bill is missing"),
    "differences_open": _("differences are open"),
    "split_failed": _("a split failed"),
    "split_share_failed": _("a share failed"),
    "split_return_failed": _("a return of a share failed"),
    "split_return_mismatch": _("a return of a share does not match"),
    "split_release_failed": _("a release failed"),
    "split_receiver_not_bound": _("a receiver was left out"),
    "refund_failed": _("a refund failed"),
    "notification_dead": _("a notification was given up"),
    "success_rate_low": _("fewer payments succeed than usual"),
    "attempts_repeated": _("many attempts are repeated"),
    "payments_stuck": _("payments are unknown"),
    "refunds_unknown": _("refunds are unknown"),
    "refunds_slow": _("refunds take too long"),
    "splits_stuck": _("splits are not decided"),
    "callbacks_rejected": _("callbacks are not authentic"),
    "callbacks_late": _("callbacks come late"),
    "notifications_late": _("notifications wait"),
    "certificate_expires": _("a key or certificate expires"),
    "clock_skew": _("clocks differ"),
    "queue_stuck": _("a queue has no worker"),
    "job_silent": _("a periodic job does not run"),
    "reconciliation_late": _("channel bills are not compared"),
    "channel_bill_came": _("a missing channel bill came"),
    "robot_broken": _("a robot does not get through"),
    "robot_mended": _("a robot gets through again"),
    "audit_broken": _("the audit log does not hold"),
    "account_locked": _("somebody was locked out"),
    "second_factor_reset": _("a second factor was reset"),
    **{invariant.rule: _("the books or states are broken") for invariant in INVARIANTS},
}

TITLES.update(RULES)
