"""What a channel must be able to do to hand over its channel bills, and when it has them.

A channel that has any sets ``Channel.bills``. The rules of ``gateway.contract`` hold here too, and
these besides:

* ``download`` writes what the channel sent, byte for byte, and never holds it in memory. Where the
  channel announces a hash, the file is compared with it. Only the channel's own hosts are asked.
* ``read`` holds one line at a time. It reads what ``download`` wrote, and the same file as a person
  got it from the channel's console, packed or not.
* A file is never mended: what is not exactly as documented is a ``BillError``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Protocol

from gateway.bill_messages import BillDownload, BillKind, BillReading, BillRequest, Movement
from gateway.messages import ChannelAccount
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.configuration import ConfigurationError
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.http import Transport, WireRequest, WireResponse

NO_SUCH_BILL = _("the account has no channel bill of this kind")


class BillTransport(Transport, Protocol):
    """Sends requests, and takes answers that are files."""

    def download(self, request: WireRequest, target: BinaryIO) -> WireResponse:
        """Send, write the body of a success (200) to ``target`` and return the answer without it.

        Raises ``NotSent`` or ``NoAnswer``; redirects are not followed.
        """


@dataclass(frozen=True, slots=True)
class BillTerms:
    """When one kind of channel bill is there, and what to expect of it.

    ready_at: the time (Beijing) of the next day from which it can be asked for.
    patience: for how long after that "there is no such file" may only mean that it is late.
    kept_days: for how many days the channel keeps it.
    movements: what it has a line for; nothing else can be missing from it.
    names_splits: whether its lines about splits name them by our numbers; else nobody can tell
    which split one is of.
    """

    ready_at: time
    kept_days: int
    movements: frozenset[Movement]
    patience: timedelta = timedelta(0)
    names_splits: bool = False

    def ready(self, day: date) -> datetime:
        """Return from when the channel bill of a day can be asked for."""
        return datetime.combine(day + timedelta(days=1), self.ready_at, BUSINESS_ZONE)

    def is_final(self, day: date, moment: datetime) -> bool:
        """Whether "there is no such file" means that nothing moved on that day."""
        return moment >= self.ready(day) + self.patience


class BillChannel(ABC):
    """Hands over one channel's channel bills. Stateless: one instance serves every account."""

    @abstractmethod
    def offers(self, account: ChannelAccount) -> Mapping[BillKind, BillTerms]:
        """Return the kinds of channel bills this account has, each with its terms."""

    def terms(self, account: ChannelAccount, kind: BillKind) -> BillTerms:
        """Return the terms of one kind. Raises ``ConfigurationError`` if the account lacks it."""
        terms = self.offers(account).get(kind)
        if terms is None:
            raise ConfigurationError(NO_SUCH_BILL)
        return terms

    @abstractmethod
    def download(
        self,
        account: ChannelAccount,
        request: BillRequest,
        transport: BillTransport,
        target: BinaryIO,
    ) -> BillDownload:
        """Get a channel bill into ``target``, an empty file open for writing and reading.

        What stands in it afterwards counts only if the answer has a ``file``. Raises
        ``ConfigurationError`` for an account that cannot work and for a kind it does not have, and
        ``OSError`` when ``target`` cannot be written.
        """

    @abstractmethod
    def read(self, account: ChannelAccount, request: BillRequest, file: BinaryIO) -> BillReading:
        """Read a channel bill that must be this account's, of this kind and day.

        ``file`` can be sought in and is read from its beginning. Nothing is read before the first
        line is asked for; ``BillError`` comes then.
        """
