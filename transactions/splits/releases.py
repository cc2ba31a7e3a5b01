"""Freeing what no share took of a payment: planned once, sent until its channel says what became.

A release has no query: sent again with its number, the channel tells. A payment has one release.
"""

import logging

from django.db import transaction

from gateway.calls import Called, call_channel
from gateway.contract import ConfigurationError
from gateway.messages import Operation, Outcome
from gateway.split_messages import ReleaseReport, ReleaseRequest
from merchants.models import Application
from paycenter.kernel.clock import now
from paycenter.kernel.errors import Problem
from paycenter.kernel.inserts import insert
from paycenter.kernel.rows import find
from transactions.lifecycle import PaymentState
from transactions.locking import lock_own_payment, lock_shared_payment
from transactions.models import Move, Payment, SplitRelease
from transactions.moves import move
from transactions.schedule import SPLIT, next_look
from transactions.services.effects import words_of
from transactions.services.sending import payment_ref
from transactions.split_lifecycle import OPEN_RELEASE
from transactions.splits.claiming import claim
from transactions.splits.judging import check_frozen
from transactions.splits.selectors import releases
from transactions.splits.telling import alert_of_release
from transactions.splits.terms import earliest, required_terms
from transactions.splits.writing import write_release

logger = logging.getLogger(__name__)

DESCRIPTION = "解冻剩余资金"


def plan_release(application: Application, serial_no: str) -> tuple[SplitRelease, bool]:
    """Plan to free the rest of a payment; returns the release with whether it is new.

    Must run in a transaction. Raises ``Problem``: ``not_found``, ``split_not_allowed``,
    ``request_in_progress``.
    """
    return release_rest(lock_own_payment(application, serial_no))


def release_rest(payment: Payment) -> tuple[SplitRelease, bool]:
    """Plan to free the rest of a payment whose row is locked; the same again is the same release.

    Raises ``Problem``: ``split_not_allowed``, ``request_in_progress``.
    """
    planned = find(releases().filter(payment=payment))
    if planned is not None:
        return planned, False
    if payment.state != PaymentState.SUCCEEDED:
        raise Problem("split_not_allowed", f"The payment is {payment.state}, not succeeded.")
    terms = required_terms(payment)
    if not terms.must_release:
        raise Problem("split_not_allowed", "This channel freezes nothing.")
    check_frozen(payment, terms)
    return write_release(payment, due_at=max(now(), earliest(payment, terms))), True


def load_release(release_id: int) -> SplitRelease:
    """Return one release by its row id."""
    return releases().get(pk=release_id)


def send_release(release_id: int) -> SplitRelease:
    """Ask the channel to free the rest, again if need be; returns the release as it is now."""
    release = load_release(release_id)
    payment = release.payment
    ready = now() >= earliest(payment, required_terms(payment))
    if release.state not in OPEN_RELEASE or not ready:
        return release
    request = ReleaseRequest(release.release_serial_no, payment_ref(payment), DESCRIPTION)
    try:
        if not claim(release, payment):
            return load_release(release_id)
        called = call_channel(
            payment.payment_account,
            Operation.RELEASE,
            release.release_serial_no,
            lambda channel, account, transport: channel.splitting().release(
                account, request, transport
            ),
        )
    except ConfigurationError as error:
        logger.error("release %s not sent: %s", release.release_serial_no, error)
        return load_release(release_id)
    return _apply(release, called)


@transaction.atomic
def _apply(release: SplitRelease, called: Called[ReleaseReport]) -> SplitRelease:
    insert(called.record)
    lock_shared_payment(release.payment_id)
    stored = load_release(release.pk)
    if stored.version == release.version:
        _apply_report(stored, called.answer)
    return stored


def _apply_report(release: SplitRelease, report: ReleaseReport) -> None:
    cause = Move.Cause.ANSWER
    if report.outcome == Outcome.SUCCEEDED:
        move(release, "succeed", cause=cause, finished_at=report.finished_at or now())
        return
    if report.outcome == Outcome.FAILED:
        if move(release, "fail", cause=cause, **words_of(report.failure, otherwise="failed")):
            alert_of_release(release)
        return
    due_at = next_look(SPLIT, release.asked, now())
    if not move(release, "lose_track", cause=cause, due_at=due_at):
        SplitRelease.objects.filter(pk=release.pk).update(due_at=due_at, asked=release.asked + 1)
