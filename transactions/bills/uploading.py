"""A channel bill that a person got from the channel's console, for the day the channel fails."""

import hashlib
from datetime import date

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max

from gateway.bill_messages import BillKind
from merchants.models import ChannelMerchant
from paycenter.kernel.clock import now
from paycenter.kernel.stored_files import kept_if_written
from transactions.bills.receiving import stored_name
from transactions.models import ChannelBill

MAX_UPLOAD_BYTES = 512 * 1024**2


class SameFile(Exception):
    """This very file was received before; ``bill`` is the row that has it."""

    def __init__(self, bill: ChannelBill) -> None:
        super().__init__(str(bill))
        self.bill = bill


def upload_bill(
    owner: ChannelMerchant, kind: BillKind, day: date, file: "File[bytes]", *, by: str
) -> ChannelBill:
    """Keep an uploaded file as this bill, or as a revision of it; it is read by a worker.

    A bill still waited for takes the file itself. Raises ``SameFile``.
    """
    sha256 = _sha256(file)
    with transaction.atomic(), kept_if_written(default_storage) as keep:
        # One upload per channel merchant at a time: revisions are counted.
        ChannelMerchant.objects.select_for_update(no_key=True).get(pk=owner.pk)
        same_day = ChannelBill.objects.filter(channel_merchant=owner, kind=kind, bill_date=day)
        earlier = same_day.filter(sha256=sha256).exclude(state=ChannelBill.State.WANTED).first()
        if earlier is not None:
            raise SameFile(earlier)
        bill = same_day.filter(state=ChannelBill.State.WANTED).select_for_update().first()
        if bill is None:
            newest = same_day.aggregate(newest=Max("revision"))["newest"] or 0
            bill = ChannelBill(
                merchant_id=owner.merchant_id,
                channel_merchant=owner,
                kind=kind,
                bill_date=day,
                revision=newest + 1,
                created_at=now(),
            )
        name = (file.name or "bill")[-200:]
        bill.file = keep(stored_name(bill, name), file)
        bill.file_name, bill.sha256, bill.size = name, sha256, file.size or 0
        bill.uploaded_by = by
        bill.state = ChannelBill.State.RECEIVED
        bill.received_at = bill.due_at = now()
        bill.save()
    return bill


def _sha256(file: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
