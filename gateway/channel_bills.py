"""The channels' bills for whoever keeps them: which there are, got by a recorded call, and read.

``account.channel_merchant`` must be loaded with the account; a channel bill is that one's, so any
of its payment accounts will do.
"""

from collections.abc import Mapping
from typing import BinaryIO

from gateway.accounts import channel_account
from gateway.bill_contract import NO_SUCH_BILL, BillChannel, BillTerms
from gateway.bill_messages import BillDownload, BillKind, BillReading, BillRequest
from gateway.calls import call_channel
from gateway.contract import Channel, ConfigurationError
from gateway.messages import ChannelAccount, Operation
from gateway.registry import channel_of
from gateway.transport import RecordingTransport
from merchants.models import PaymentAccount
from paycenter.kernel.inserts import insert


def offered_bills(account: PaymentAccount) -> Mapping[BillKind, BillTerms]:
    """Return the kinds of channel bills there are, each with when it is ready and what it lists.

    Raises ``ConfigurationError`` when the account cannot work.
    """
    bills = channel_of(account.channel_merchant.channel).bills
    return bills.offers(channel_account(account)) if bills else {}


def download_bill(account: PaymentAccount, request: BillRequest, target: BinaryIO) -> BillDownload:
    """Get a channel bill into ``target``, an empty file open for writing and reading.

    The call is recorded, masked. No transaction may be open. Raises ``ConfigurationError`` when
    the account cannot work or has no such channel bill; nothing was sent then.
    """

    def ask(channel: Channel, known: ChannelAccount, transport: RecordingTransport) -> BillDownload:
        return _bills_of(channel).download(known, request, transport, target)

    called = call_channel(account, Operation.BILL, "", ask)
    insert(called.record)
    return called.answer


def read_bill(account: PaymentAccount, request: BillRequest, file: BinaryIO) -> BillReading:
    """Return the lines of a file that must be this channel bill; see ``BillChannel.read``."""
    channel = channel_of(account.channel_merchant.channel)
    return _bills_of(channel).read(channel_account(account), request, file)


def _bills_of(channel: Channel) -> BillChannel:
    if channel.bills is None:
        raise ConfigurationError(NO_SUCH_BILL)
    return channel.bills
