"""Whether everybody agrees in the end: application, center and channel, fen for fen."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from paycenter.local.data_dir import PROJECT
from tests.faults.agreement import in_our_words, results
from tests.faults.application import AMOUNT, Application, Told, accounts_of, subject
from tests.faults.center import Center
from tests.faults.channel import Books, Channel
from tests.soak.trade import Trade


@dataclass(frozen=True)
class Verdict:
    """What was found, in figures, and everything that is not as it must be."""

    figures: dict[str, int]
    complaints: list[str]


def judge(
    center: Center, application: Application, channel: Channel, trades: Iterable[Trade]
) -> Verdict:
    """Compare everything with everything."""
    orders = [(trade, application.order(trade.order_no)) for trade in trades if trade.serial_no]
    ours: Books = {}
    for _, order in orders:
        ours |= accounts_of(order)
    feed = Counter(subject(event) for event in application.feed())
    received = application.received()
    notified = Counter(subject(each["event"]) for each in received)
    complaints = [
        *(complaint for trade, order in orders for complaint in order_complaints(trade, order)),
        *book_complaints(ours, in_our_words(channel.books())),
        *event_complaints("the feed", feed, results(ours)),
        *event_complaints("the receiver", notified, results(ours)),
        *_unknown_payments(center, ours),
        *_broken_invariants(center),
    ]
    return Verdict(_figures(ours, [each["times"] for each in received]), complaints)


def order_complaints(trade: Trade, order: dict[str, Any]) -> Iterator[str]:
    """Say where an order is not what its application and its payer made of it."""
    plan, accounts = trade.plan, accounts_of(order)
    if trade.serial_no not in accounts:
        yield f"{trade.order_no}: lost payment {trade.serial_no}, which had been accepted"
    expected = (plan.state, AMOUNT if plan.is_paid else 0, plan.refunded)
    found = (order["state"], order["paid_amount"], order["refunded_amount"])
    if found != expected:
        yield f"{trade.order_no}: state, paid and refunded fen {found}, and not {expected}"
    if len(order["refunds"]) != plan.refunds:
        yield f"{trade.order_no}: {len(order['refunds'])} refunds, and not {plan.refunds}"
    taken = sum(payment["state"] == "succeeded" for payment in accounts.values())
    if taken > 1:
        yield f"{trade.order_no}: paid {taken} times"


def book_complaints(ours: Books, theirs: Books) -> Iterator[str]:
    """Say where the channel's books differ from ours; what was never sent is not in its books."""
    for serial_no in sorted(ours.keys() | theirs.keys()):
        our, their = ours.get(serial_no), theirs.get(serial_no)
        if our != their:
            yield f"{serial_no}: we have {our}, the channel has {their}"


def event_complaints(who: str, found: Told, expected: Told) -> Iterator[str]:
    """Say which results somebody was not told of exactly once, repeated deliveries being one."""
    for event in sorted(found.keys() | expected.keys()):
        if found[event] != expected[event]:
            yield f"{who} has {' '.join(event)} {found[event]} times, and not {expected[event]}"


def _unknown_payments(center: Center, ours: Books) -> Iterator[str]:
    for (serial_no,) in center.query("SELECT serial_no FROM transactions_payment"):
        if serial_no not in ours:
            yield f"{serial_no}: a payment of no order that was asked for"


def _broken_invariants(center: Center) -> Iterator[str]:
    checked = subprocess.run(
        [sys.executable, PROJECT / "manage.py", "verify_invariants", "--all"],
        env=center.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if checked.returncode != 0:
        yield f"verify_invariants:\n{checked.stdout}{checked.stderr}"


def _figures(ours: Books, times: list[int]) -> dict[str, int]:
    states = Counter(payment["state"] for payment in ours.values())
    refunds = [refund for payment in ours.values() for refund in payment["refunds"].values()]
    return {
        "payments": len(ours),
        **{f"payments {state}": count for state, count in sorted(states.items())},
        "refunds": len(refunds),
        "events": len(times),
        "events delivered more than once": sum(each > 1 for each in times),
    }
