"""Monitors of payments, refunds and splits: how many succeed, and what gets stuck.

How an account usually does is its own past: the same time of day, yesterday and a week ago. All
rows are read through the numbers they were given, which carry their time, or through the index of
what is due.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Count, Min, Model, Q, QuerySet
from django.utils.translation import gettext_noop

from merchants.channels import NAMES
from merchants.models import PaymentAccount
from notifications.models import Alert
from notifications.monitoring import Finding, Monitor
from paycenter.kernel.numbers import first_number
from transactions.lifecycle import OPEN_PAYMENT, PaymentState, RefundState
from transactions.models import Payment, Refund, Split, SplitReturn
from transactions.split_lifecycle import ReturnState, SplitState

M = TypeVar("M", bound=Model)

DECIDED_AFTER = timedelta(minutes=10)
"""A payer needs so long; younger attempts say nothing yet."""
AROUND = timedelta(minutes=30)
"""The past is taken so much wider on either side."""
AGO = (timedelta(days=1), timedelta(days=7))
ENOUGH, ENOUGH_BEFORE = 20, 50
"""Attempts without which a share means nothing: now, and in the past."""


@dataclass(slots=True)
class Tally:
    """Attempts of an account or a channel."""

    decided: int = 0
    succeeded: int = 0
    opened: int = 0
    repeated: int = 0

    def add(self, row: "Tally") -> None:
        """Add another one's."""
        self.decided += row.decided
        self.succeeded += row.succeeded
        self.opened += row.opened
        self.repeated += row.repeated


def find_low_success(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find channels and accounts that succeed far less often than they used to.

    An account of a channel that does badly as a whole is not told of besides.
    """
    until = moment - DECIDED_AFTER
    latest = _tallies(until - monitor.window, until)
    past: defaultdict[int, Tally] = defaultdict(Tally)
    for ago in AGO:
        before = _tallies(until - monitor.window - ago - AROUND, until - ago + AROUND)
        for account_id, tally in before.items():
            past[account_id].add(tally)
    accounts = _accounts(latest)
    bad = set()
    for channel, ids in _by_channel(accounts.values()).items():
        now_, then = _sum(latest, ids), _sum(past, ids)
        if _is_low(now_, then, monitor.threshold):
            bad.add(channel)
            yield Finding(f"channel:{channel}", _rates(str(NAMES[channel]), now_, then))
    for pk, account in accounts.items():
        owner = account.channel_merchant
        if owner.channel not in bad and _is_low(latest[pk], past[pk], monitor.threshold):
            params = _rates(str(account), latest[pk], past[pk])
            yield Finding(f"account:{pk}", params, owner.merchant_id)


def find_many_repeats(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find accounts whose payers try again and again."""
    latest = _tallies(moment - monitor.window, moment)
    for pk, account in _accounts(latest).items():
        tally = latest[pk]
        if tally.opened >= ENOUGH and tally.repeated * 100 > tally.opened * monitor.threshold:
            yield Finding(
                f"account:{pk}",
                {"whose": str(account), "repeated": tally.repeated, "opened": tally.opened},
                account.channel_merchant.merchant_id,
            )


def find_stuck_payments(monitor: Monitor, moment: datetime) -> Iterable[Finding]:
    """Find payments of which nobody knows for too long whether they were paid."""
    states = (PaymentState.UNKNOWN, PaymentState.INITIATING)
    rows = Payment.objects.filter(state__in=states, created_at__lt=moment - monitor.window)
    return _stuck(rows, "serial_no", monitor)


def find_stuck_refunds(monitor: Monitor, moment: datetime) -> Iterable[Finding]:
    """Find refunds of which nobody knows for too long whether the money went back."""
    rows = Refund.objects.filter(state=RefundState.UNKNOWN, created_at__lt=moment - monitor.window)
    return _stuck(rows, "refund_serial_no", monitor, severity=Alert.Severity.CRITICAL)


def find_slow_refunds(monitor: Monitor, moment: datetime) -> Iterable[Finding]:
    """Find refunds that a channel works on for longer than banks take, or that need a person."""
    long_ago = Q(state=RefundState.PROCESSING, created_at__lt=moment - monitor.window)
    return _stuck(
        Refund.objects.filter(long_ago | Q(needs_person=True)), "refund_serial_no", monitor
    )


def find_stuck_splits(monitor: Monitor, moment: datetime) -> Iterator[Finding]:
    """Find splits, and returns of shares, that are not decided for too long."""
    old = Q(created_at__lt=moment - monitor.window)
    splits = Split.objects.filter(old, state__in=(SplitState.PROCESSING, SplitState.UNKNOWN))
    yield from _stuck(splits, "split_serial_no", monitor)
    returns = SplitReturn.objects.filter(
        old, state__in=(ReturnState.PROCESSING, ReturnState.UNKNOWN)
    )
    yield from _stuck(returns, "return_serial_no", monitor, subject="returns")


def _tallies(since: datetime, until: datetime) -> defaultdict[int, Tally]:
    """Count the attempts begun in a span by account: a range of the index on numbers."""
    is_open = Q(state__in=OPEN_PAYMENT)
    rows = Payment.objects.filter(
        serial_no__gte=first_number("P", since), serial_no__lt=first_number("P", until)
    )
    if not settings.SANDBOX_URL:
        rows = rows.filter(channel_merchant__is_sandbox=False)
    counted = (
        rows.order_by()
        .values("payment_account_id")
        .annotate(
            opened=Count("pk"),
            decided=Count("pk", filter=~is_open),
            succeeded=Count("pk", filter=Q(state=PaymentState.SUCCEEDED)),
            repeated=Count("pk", filter=Q(repeat_of__isnull=False)),
        )
    )
    found: defaultdict[int, Tally] = defaultdict(Tally)
    for row in counted:
        found[row["payment_account_id"]] = Tally(
            row["decided"], row["succeeded"], row["opened"], row["repeated"]
        )
    return found


def _accounts(tallies: defaultdict[int, Tally]) -> dict[int, PaymentAccount]:
    accounts = PaymentAccount.objects.select_related("channel_merchant")
    return accounts.in_bulk(list(tallies))


def _by_channel(accounts: Iterable[PaymentAccount]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for account in accounts:
        found[account.channel_merchant.channel].append(account.pk)
    return found


def _sum(tallies: defaultdict[int, Tally], ids: Iterable[int]) -> Tally:
    whole = Tally()
    for pk in ids:
        whole.add(tallies[pk])
    return whole


def _is_low(latest: Tally, past: Tally, percent: int) -> bool:
    """Whether the share that succeeded is below so many percent of what it used to be."""
    if latest.decided < ENOUGH or past.decided < ENOUGH_BEFORE:
        return False
    return latest.succeeded * past.decided * 100 < past.succeeded * latest.decided * percent


def _rates(whose: str, latest: Tally, past: Tally) -> dict[str, str | int]:
    return {
        "whose": whose,
        "succeeded": latest.succeeded,
        "decided": latest.decided,
        "rate": latest.succeeded * 100 // latest.decided,
        "usual": past.succeeded * 100 // past.decided,
    }


def _stuck(
    rows: QuerySet[M],
    number: str,
    monitor: Monitor,
    *,
    subject: str = "",
    severity: Alert.Severity = Alert.Severity.WARNING,
) -> Iterator[Finding]:
    """Return a finding per company with enough such rows. What is open is in the index of what is
    due.
    """
    by_company = (
        rows.filter(due_at__isnull=False)
        .order_by()
        .values("merchant_id")
        .annotate(count=Count("pk"), first=Min(number))
        .filter(count__gte=monitor.threshold)
    )
    for row in by_company:
        yield Finding(
            subject, {"count": row["count"], "first": row["first"]}, row["merchant_id"], severity
        )


MONITORS = (
    Monitor(
        "success_rate_low",
        gettext_noop(
            "%(whose)s: %(succeeded)s of %(decided)s payments succeeded (%(rate)s %%). "
            "Usual at this time are %(usual)s %%."
        ),
        gettext_noop("%(whose)s: as many payments succeed as usual."),
        timedelta(minutes=30),
        70,
        find_low_success,
    ),
    Monitor(
        "attempts_repeated",
        gettext_noop("%(whose)s: %(repeated)s of %(opened)s attempts repeat an earlier one."),
        gettext_noop("%(whose)s: few attempts are repeated now."),
        timedelta(minutes=30),
        30,
        find_many_repeats,
    ),
    Monitor(
        "payments_stuck",
        gettext_noop("%(count)s payments are unknown for too long, first of them %(first)s."),
        gettext_noop("All payments are known again."),
        timedelta(minutes=15),
        1,
        find_stuck_payments,
    ),
    Monitor(
        "refunds_unknown",
        gettext_noop("%(count)s refunds are unknown for too long, first of them %(first)s."),
        gettext_noop("All refunds are known again."),
        timedelta(minutes=30),
        1,
        find_stuck_refunds,
    ),
    Monitor(
        "refunds_slow",
        gettext_noop("%(count)s refunds take days or need a person, first of them %(first)s."),
        gettext_noop("No refund takes too long any more."),
        timedelta(days=3),
        1,
        find_slow_refunds,
    ),
    Monitor(
        "splits_stuck",
        gettext_noop("%(count)s splits are not decided for too long, first of them %(first)s."),
        gettext_noop("All splits are decided again."),
        timedelta(hours=1),
        1,
        find_stuck_splits,
    ),
)
