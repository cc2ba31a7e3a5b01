"""Getting a channel bill: asked for until it is there, kept as it came, read by somebody else.

No transaction is open during the download, which may take minutes: the row is taken up for as long.
"""

import tempfile
from datetime import timedelta
from typing import Any, BinaryIO

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_noop

from gateway.bill_messages import BillDownload, BillFile
from gateway.channel_bills import download_bill
from gateway.contract import ConfigurationError
from gateway.messages import Outcome
from merchants.models import PaymentAccount
from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.clock import now
from transactions.bills.wanting import any_account
from transactions.models import ChannelBill, Reconciliation
from transactions.schedule import next_look

BILL_DELAYS = (300, 600, 900, 1800, 1800, 3600)
"""Seconds until a bill that is not there is asked for again."""

DOWNLOAD_LEASE = timedelta(minutes=20)
"""Longer than any download and any reading may take."""

UNUSABLE = "channel_bill_unusable"
_UNUSABLE = gettext_noop("The channel bill %(bill)s cannot be used: %(error)s")
_NO_ACCOUNT = gettext_noop("the channel merchant has no payment account that could ask for it")


def receive_bill(bill_id: int) -> ChannelBill:
    """Ask the channel for a wanted bill; returns the row as it is now."""
    bill = ChannelBill.objects.select_related("channel_merchant").get(pk=bill_id)
    if bill.state != ChannelBill.State.WANTED:
        return bill
    with tempfile.TemporaryFile() as target:
        try:
            account = any_account(bill.channel_merchant_id)
            answer = download_bill(account, bill.request, target)
        except PaymentAccount.DoesNotExist:
            _change(bill, **_later(bill), error=_NO_ACCOUNT, error_params={})
        except ConfigurationError as error:
            _change(bill, **_later(bill), error=error.text[:400], error_params=error.params)
        else:
            _take_in(bill, answer, target)
    return ChannelBill.objects.select_related("channel_merchant").get(pk=bill_id)


def _take_in(bill: ChannelBill, answer: BillDownload, target: BinaryIO) -> None:
    words = _words(answer)
    if answer.outcome == Outcome.SUCCEEDED and answer.file is not None:
        _keep(bill, answer.file, target, state=ChannelBill.State.RECEIVED, due_at=now(), **words)
    elif answer.outcome == Outcome.SUCCEEDED:
        _end_empty(bill)
    elif answer.outcome == Outcome.FAILED:
        with transaction.atomic():
            if _change(bill, state=ChannelBill.State.UNUSABLE, due_at=None, **words):
                tell_unusable(bill, words["error"], words["error_params"])
    elif answer.file is not None:
        _keep(bill, answer.file, target, **_later(bill), **words)
    else:
        _change(bill, **_later(bill), **words)


def _words(answer: BillDownload) -> dict[str, Any]:
    """Return what is wrong, in words that can be told in the reader's language where possible."""
    if answer.error is not None:
        error = answer.error
        return {"fault": error.fault, "error": error.text[:400], "error_params": error.params}
    if answer.failure is not None:
        said = f"{answer.failure.code} {answer.failure.message}".strip()
        return {"fault": "", "error": said.replace("%", "%%")[:400], "error_params": {}}
    return {"fault": "", "error": "", "error_params": {}}


def _later(bill: ChannelBill) -> dict[str, Any]:
    return {"due_at": next_look(BILL_DELAYS, bill.asked, now()), "asked": bill.asked + 1}


def _keep(bill: ChannelBill, found: BillFile, target: BinaryIO, **changes: Any) -> None:
    """Keep the bytes as they came, then say so in the row; one that lost a race keeps nothing."""
    target.seek(0)
    storage = bill.file.storage
    name = storage.save(stored_name(bill, found.name), File(target))
    facts = {
        "file": name,
        "file_name": found.name[:200],
        "sha256": found.sha256,
        "size": found.size,
    }
    if not _change(bill, **facts, received_at=now(), **changes):
        storage.delete(name)


def stored_name(bill: ChannelBill, name: str) -> str:
    """Return where a bill's file is kept: by month, and by what it is of."""
    safe = "".join(one if one.isalnum() or one in "._-" else "_" for one in name)[-80:]
    return f"bills/{bill.bill_date:%Y/%m}/{bill.channel_merchant_id}-{bill.kind}-{safe}"


@transaction.atomic
def _end_empty(bill: ChannelBill) -> None:
    """Nothing moved that day: this, too, is compared with our books."""
    if _change(bill, state=ChannelBill.State.EMPTY, due_at=None, error="", error_params={}):
        want_reconciliation(bill)


def want_reconciliation(bill: ChannelBill) -> None:
    """Have a bill that counts now compared with our books."""
    moment = now()
    Reconciliation.objects.create(
        merchant_id=bill.merchant_id, channel_bill=bill, due_at=moment, created_at=moment
    )


def tell_unusable(bill: ChannelBill, error: str, params: dict[str, str]) -> None:
    """Raise an alert about a bill that needs a person."""
    raise_alert(
        UNUSABLE,
        _UNUSABLE,
        severity=Alert.Severity.WARNING,
        merchant_id=bill.merchant_id,
        bill=str(bill),
        error=(error % params if params else error)[:150],
    )


def _change(bill: ChannelBill, **changes: Any) -> bool:
    """Change a wanted bill that nobody else changed meanwhile; returns whether this call did."""
    rows = ChannelBill.objects.filter(pk=bill.pk, state=ChannelBill.State.WANTED, asked=bill.asked)
    return rows.update(**changes) == 1


def ask_again(bill: ChannelBill) -> bool:
    """Have a bill that never came asked for at once; returns whether it can be."""
    rows = ChannelBill.objects.filter(pk=bill.pk, state=ChannelBill.State.WANTED)
    return rows.update(due_at=now()) == 1
