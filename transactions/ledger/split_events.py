"""What shares and their returns book: the money left the payee's account, or came back to it."""

from paycenter.kernel.clock import now
from transactions.ledger.posting import Posting, Side, post
from transactions.models import Account, JournalEntry, SplitReturn, SplitShare

Kind = JournalEntry.Kind


def share_reference(share: SplitShare) -> str:
    """Return what a share is booked under; ``split`` and ``receiver`` must be loaded with it."""
    return f"{share.split.split_serial_no}-{share.receiver.receiver_no}"


def post_share(share: SplitShare) -> None:
    """Book a share that its receiver got."""
    payment = share.split.payment
    post(
        Posting(
            kind=Kind.SPLIT,
            reference=share_reference(share),
            channel_merchant=payment.channel_merchant,
            occurred_at=share.finished_at or now(),
            debits=[Side(Account.SHARED, share.amount)],
            credits=[Side(Account.CHANNEL, share.amount)],
            payment=payment,
        )
    )


def post_return(returned: SplitReturn) -> None:
    """Book a share, or a part of one, that came back to the payee."""
    payment = returned.share.split.payment
    post(
        Posting(
            kind=Kind.SPLIT_RETURN,
            reference=returned.return_serial_no,
            channel_merchant=payment.channel_merchant,
            occurred_at=returned.finished_at or now(),
            debits=[Side(Account.CHANNEL, returned.amount)],
            credits=[Side(Account.SHARED, returned.amount)],
            payment=payment,
            refund=returned.refund,
        )
    )
