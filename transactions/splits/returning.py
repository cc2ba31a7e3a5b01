"""Taking a share back by itself, as an application asks."""

from datetime import timedelta

from gateway.split_contract import ReturnWay, SplitTerms
from merchants.models import Application
from paycenter.kernel.clock import now
from paycenter.kernel.errors import FieldError, Problem
from paycenter.kernel.numbers import mint
from transactions.locking import lock_shared_payment
from transactions.models import Split, SplitReturn, SplitShare
from transactions.services.commands import ReturnCommand
from transactions.split_lifecycle import UNDECIDED_SPLIT
from transactions.splits.selectors import own_returns
from transactions.splits.terms import required_terms


def plan_return(application: Application, command: ReturnCommand) -> tuple[SplitReturn, bool]:
    """Plan the return an application asks for and return it with whether it is new.

    Must run in a transaction. Raises ``Problem``: ``not_found``, ``split_mismatch``,
    ``invalid_request``, ``split_not_allowed``, ``split_exceeds_payment``, ``request_in_progress``.
    """
    split = _lock_own_split(application, command.split_serial_no)
    planned = own_returns(application).filter(return_no=command.return_no).first()
    if planned is not None:
        if planned.content_hash != command.content_hash:
            raise Problem(
                "split_mismatch", "The return number stands for another return. Use a new one."
            )
        return planned, False
    share = _lock_share(split, command.receiver_id)
    _check_returnable(share, required_terms(split.payment))
    if command.amount > share.kept:
        raise Problem(
            "split_exceeds_payment", f"{share.kept} of {share.amount} fen are left of the share."
        )
    return _write_return(share, command), True


def _lock_own_split(application: Application, split_serial_no: str) -> Split:
    own = Split.objects.filter(application=application, split_serial_no=split_serial_no)
    split = own.first()
    if split is None:
        raise Problem("not_found", f"No split {split_serial_no!r} of this application.")
    payment = lock_shared_payment(split.payment_id)
    split.refresh_from_db()
    split.payment = payment
    return split


def _lock_share(split: Split, receiver_id: str) -> SplitShare:
    rows = SplitShare.objects.select_for_update(of=("self",), no_key=True)
    share = rows.filter(split=split, receiver__receiver_no=receiver_id).first()
    if share is None:
        error = FieldError("receiver_id", "unknown", "no receiver of this split")
        raise Problem("invalid_request", "Correct the fields listed in errors.", errors=[error])
    share.split = split
    return share


def _check_returnable(share: SplitShare, terms: SplitTerms) -> None:
    if terms.returns == ReturnWay.WITH_REFUND:
        raise Problem(
            "split_not_allowed", "This channel takes shares back with a refund. Ask for a refund."
        )
    if share.split.state in UNDECIDED_SPLIT:
        raise Problem("request_in_progress", f"The split is {share.split.state}. Wait for its end.")
    if share.result != SplitShare.Result.SUCCEEDED:
        raise Problem("split_not_allowed", "The receiver did not get this share.")
    if share.kind not in terms.returnable_kinds:
        raise Problem("split_not_allowed", "The channel takes nothing back from such a receiver.")
    until = (share.finished_at or share.split.created_at) + timedelta(seconds=terms.return_seconds)
    if now() > until:
        raise Problem("split_not_allowed", "The time in which the share could be returned is over.")


def _write_return(share: SplitShare, command: ReturnCommand) -> SplitReturn:
    share.return_reserved += command.amount
    share.save(update_fields=["return_reserved"])
    moment = now()
    return SplitReturn.objects.create(
        merchant_id=share.merchant_id,
        application_id=share.split.application_id,
        share=share,
        return_serial_no=mint("B", moment),
        return_no=command.return_no,
        amount=command.amount,
        content_hash=command.content_hash,
        due_at=moment,
        created_at=moment,
    )
