"""Where the money of one payment went: from the payer to the company's account, and on from there.

Drawn on the payment's page. A stream is money that moves in one direction, summed up by state: what
is on its way is told apart from what arrived and from what did not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from paycenter.operators import columns
from paycenter.operators.columns import Text
from paycenter.operators.words import (
    PAYMENT_STATES,
    REFUND_STATES,
    RELEASE_STATES,
    RETURN_STATES,
    SHARE_RESULTS,
    Word,
    Words,
    word_of,
)
from transactions.lifecycle import PaymentState
from transactions.models import (
    Account,
    JournalLine,
    Payment,
    Refund,
    SplitMode,
    SplitRelease,
    SplitShare,
)
from transactions.split_lifecycle import OPEN_RELEASE
from transactions.splits.judging import frozen_part, is_frozen
from transactions.splits.terms import split_terms


@dataclass(frozen=True, slots=True)
class Stream:
    """``amount`` fen in ``count`` movements of one state; ``back`` towards the payer."""

    amount: int
    count: int
    state: Word
    back: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody at the right of the company: a receiver, or the channel that takes its fee."""

    name: Text
    detail: str
    streams: list[Stream]


@dataclass(frozen=True, slots=True)
class Movement:
    """One line below the drawing: what moved, whose page tells more, and how it ended."""

    what: str
    row: Model
    party: str
    amount: int | None
    label: SafeString
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FundFlow:
    """The drawing. ``kept``: what is left with the company, of which ``frozen`` cannot be used."""

    payment: Payment
    payer: str
    with_payer: list[Stream]
    kept: int
    frozen: int
    parties: list[Party]
    movements: list[Movement]


def fund_flow(payment: Payment) -> FundFlow:
    """Return where the money of a payment that succeeded went, in eight statements at most."""
    shares = list(
        SplitShare.objects.filter(split__payment=payment)
        .select_related("receiver", "split")
        .prefetch_related("returns")
        .order_by("pk")
    )
    refunds = list(payment.refunds.order_by("pk"))
    releases = list(SplitRelease.objects.filter(payment=payment))
    fee = _fee(payment)
    given = sum(one.amount - one.returned for one in shares if one.result == "succeeded")
    return FundFlow(
        payment=payment,
        payer=columns.payer_hint(payment),
        with_payer=[_paid(payment), *_streams(_refunded(refunds), REFUND_STATES, back=True)],
        kept=payment.amount - payment.refunded - given - fee,
        frozen=_frozen(payment, releases),
        parties=[*_channel(payment, fee), *_receivers(shares)],
        movements=[*_of_shares(shares), *_of_refunds(refunds), *_of_releases(releases)],
    )


def _paid(payment: Payment) -> Stream:
    return Stream(payment.amount, 1, word_of(PAYMENT_STATES, PaymentState.SUCCEEDED))


def _fee(payment: Payment) -> int:
    """Return the channel's fee, as far as it is booked."""
    lines = JournalLine.objects.filter(entry__payment=payment, account=Account.FEE)
    sums = lines.aggregate(debit=Sum("debit", default=0), credit=Sum("credit", default=0))
    return int(sums["debit"]) - int(sums["credit"])


def _frozen(payment: Payment, releases: Sequence[SplitRelease]) -> int:
    """Return what no share took and nothing has freed yet; a release under way frees it soon."""
    terms = split_terms(payment.channel_merchant)
    if terms is None or payment.order.split_mode == SplitMode.NONE:
        return 0
    waits = any(release.state in OPEN_RELEASE for release in releases)
    return frozen_part(payment) if waits or is_frozen(payment, terms) else 0


def _channel(payment: Payment, fee: int) -> list[Party]:
    if not fee:
        return []
    name = payment.channel_merchant.get_channel_display()
    return [Party(_("channel fee"), str(name), [Stream(fee, 1, Word(_("taken"), "plain"))])]


def _receivers(shares: Sequence[SplitShare]) -> list[Party]:
    """Return each receiver once, with all its shares and what came back of them."""
    by_receiver: dict[int, list[SplitShare]] = {}
    for share in shares:
        by_receiver.setdefault(share.receiver_id, []).append(share)
    return [_receiver(own) for own in by_receiver.values()]


def _receiver(shares: list[SplitShare]) -> Party:
    receiver = shares[0].receiver
    given = [(share.result, share.amount) for share in shares]
    returned = [(one.state, one.amount) for share in shares for one in share.returns.all()]
    streams = _streams(given, SHARE_RESULTS) + _streams(returned, RETURN_STATES, back=True)
    return Party(receiver.label, f"{receiver.receiver_no} {receiver.account_hint}", streams)


def _refunded(refunds: Iterable[Refund]) -> list[tuple[str, int]]:
    return [(refund.state, refund.amount) for refund in refunds]


def _streams(moved: Iterable[tuple[str, int]], words: Words, *, back: bool = False) -> list[Stream]:
    """Sum (state, amount) pairs up by state, in the order in which the states first occur."""
    amounts: dict[str, list[int]] = {}
    for state, amount in moved:
        amounts.setdefault(state, []).append(amount)
    return [
        Stream(sum(some), len(some), word_of(words, state), back) for state, some in amounts.items()
    ]


def _of_shares(shares: Iterable[SplitShare]) -> list[Movement]:
    found = []
    for share in shares:
        name = share.receiver.label
        label = columns.word_label(SHARE_RESULTS, share.result)
        found.append(
            Movement(_("share"), share.split, name, share.amount, label, share.finished_at)
        )
        for one in share.returns.all():
            back = columns.word_label(RETURN_STATES, one.state)
            found.append(Movement(_("return"), one, name, one.amount, back, one.finished_at))
    return found


def _of_refunds(refunds: Iterable[Refund]) -> list[Movement]:
    return [
        Movement(
            _("refund"),
            refund,
            _("payer"),
            refund.amount,
            columns.word_label(REFUND_STATES, refund.state),
            refund.succeeded_at,
        )
        for refund in refunds
    ]


def _of_releases(releases: Iterable[SplitRelease]) -> list[Movement]:
    return [
        Movement(
            _("release"),
            release,
            _("company"),
            None,
            columns.word_label(RELEASE_STATES, release.state),
            release.finished_at,
        )
        for release in releases
    ]
