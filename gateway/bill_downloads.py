"""A channel bill fetched from the address that the channel named.

The address comes in a signed answer and is believed no further than that: only the channel's own
hosts are asked, over TLS, and a redirect is an answer like any other that is not the file. A
sandbox's channels live at its own address.
"""

import re
from collections.abc import Collection
from typing import BinaryIO
from urllib.parse import urlsplit

from gateway.bill_contract import BillTransport
from gateway.bill_messages import BillDownload, BillError, BillFault, BillFile
from gateway.messages import Failure, Outcome
from paycenter.kernel.configuration import gettext_noop as _
from paycenter.kernel.http import OK, NoAnswer, NotSent, WireRequest

# Narrow enough that no two parsers read it differently: no user name, no blanks, no backslash.
_URL = re.compile(
    r"(?P<origin>https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?)/[a-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*",
    re.ASCII | re.IGNORECASE,
)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_REDIRECTS = range(300, 400)

_ELSEWHERE = _(
    "the channel bill is to be downloaded from %(host)s, which is not the channel's: nothing was "
    "sent there. Get the file from the channel's console and upload it, and ask the channel"
)
_UNREADABLE = _("an address that cannot be read")
_LED_ON = _(
    "the channel's download address leads on to another: it was not followed. Try again later, or "
    "get the file from the channel's console and upload it"
)
_WRONG_HASH = _(
    "the file is not the one that the channel announced (%(algorithm)s %(announced)s, not "
    "%(found)s): download it again"
)


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL in one spelling; blank for what is no such URL."""
    match = _URL.fullmatch(url)
    if match is None:
        return ""
    origin = match["origin"].lower()
    return origin.removesuffix(_DEFAULT_PORTS[urlsplit(origin).scheme])


def allowed_origins(base_url: str, production_url: str, *others: str) -> frozenset[str]:
    """Return where files come from: the base URL's host, in production ``others`` besides."""
    own = origin_of(f"{base_url.rstrip('/')}/")
    if base_url.rstrip("/") != production_url:
        return frozenset({own})
    return frozenset({own, *others})


def check_address(url: str, allowed: Collection[str]) -> None:
    """Raise ``BillError`` unless the file is at one of these origins."""
    origin = origin_of(url)
    if not origin or origin not in allowed:
        raise BillError(BillFault.ELSEWHERE, _ELSEWHERE, host=origin or _UNREADABLE)


def fetch(request: WireRequest, transport: BillTransport, target: BinaryIO) -> BillDownload | None:
    """Write the file to ``target``. Returns None when it is there, else what came instead."""
    try:
        response = transport.download(request, target)
    except NotSent:
        return BillDownload(Outcome.UNKNOWN, failure=_NOT_REACHED)
    except NoAnswer as error:
        return BillDownload(Outcome.UNKNOWN, failure=Failure("no_answer", str(error)))
    if response.status == OK:
        return None
    if response.status in _REDIRECTS:
        return refused(BillError(BillFault.ELSEWHERE, _LED_ON))
    return BillDownload(Outcome.UNKNOWN, failure=Failure(f"http_{response.status}", ""))


def refused(error: BillError, file: BillFile | None = None) -> BillDownload:
    """Return that what the channel sent cannot be believed."""
    return BillDownload(Outcome.UNKNOWN, file, failure=error.failure, error=error)


def compared(file: BillFile, found: str) -> BillDownload:
    """Return the file if its hash is the one that the channel announced."""
    if found == file.channel_hash.lower():
        return BillDownload(Outcome.SUCCEEDED, file)
    error = BillError(
        BillFault.WRONG_HASH,
        _WRONG_HASH,
        algorithm=file.channel_hash_algorithm,
        announced=file.channel_hash,
        found=found,
    )
    return refused(error, file)


_NOT_REACHED = Failure("not_sent", "the channel's download address could not be reached")
