"""Callbacks: the raw row first, then authenticity, then meaning. Decides nothing about money.

The row is committed before anything else happens, so whatever goes wrong afterwards the evidence
is here. The payment account comes from the URL; the channel plugin verifies that the message is
signed for exactly that account.
"""

from django.http import HttpRequest

from gateway.accounts import channel_account
from gateway.messages import CallbackRejected, ChannelEvent, RawCallback
from gateway.models import Callback
from gateway.registry import channel_of
from merchants.models import PaymentAccount, SecurityRecord
from paycenter.kernel.addresses import client_address, is_within
from paycenter.kernel.clock import now
from paycenter.kernel.inserts import insert
from paycenter.kernel.prepared import PreparedRow
from paycenter.kernel.request_id import current_request_id
from paycenter.kernel.statements import prepared_cursor

MAX_BODY_BYTES = 65_536
MAX_QUERY = 8_190
"""Characters kept of a query: more than the web server lets into a request line."""
_NOTE = "UPDATE gateway_callback SET result = %s, reason = %s, number = %s WHERE id = %s"
_DROPPED_HEADERS = frozenset({"cookie", "authorization"})


def read_callback(request: HttpRequest) -> RawCallback:
    """Return the callback exactly as it came, headers by lower-case name."""
    headers = {
        name.lower(): value
        for name, value in request.headers.items()
        if name.lower() not in _DROPPED_HEADERS
    }
    return RawCallback(
        method=request.method or "",
        query=str(request.META.get("QUERY_STRING", "")),
        headers=headers,
        body=request.body,
    )


_CALLED_BACK = PreparedRow(
    lambda payment_no, channel_code: PaymentAccount.objects.select_related(
        "channel_merchant"
    ).filter(payment_no=payment_no, channel_merchant__channel=channel_code),
    str,
    str,
)


def account_of_callback(channel_code: str, payment_no: str) -> PaymentAccount | None:
    """Return the payment account a callback URL names, also an inactive one: money may come."""
    return _CALLED_BACK.find(payment_no, channel_code)


def may_call_back(account: PaymentAccount, request: HttpRequest) -> bool:
    """Whether the request comes from where the account's channel calls from, if that is known."""
    networks = account.channel_merchant.callback_networks
    return not networks or is_within(client_address(request), networks)


def keep_callback(account: PaymentAccount, callback: RawCallback) -> Callback:
    """Store the raw callback; committed at once."""
    return insert(
        Callback(
            merchant_id=account.channel_merchant.merchant_id,
            payment_account=account,
            method=callback.method,
            query=callback.query[:MAX_QUERY],
            headers=callback.headers,
            body=callback.body,
            received_at=now(),
        )
    )


def note_result(row: Callback, result: Callback.Result, *, reason: str, number: str = "") -> None:
    """Note on the raw row what became of the callback, and our number it is about."""
    with prepared_cursor() as cursor:
        cursor.execute(_NOTE, [result, reason[:200], number[:24], row.pk])


def open_callback(account: PaymentAccount, callback: RawCallback) -> ChannelEvent:
    """Verify and read a callback. Raises ``CallbackRejected`` for what is not authentic."""
    channel = channel_of(account.channel_merchant.channel)
    return channel.parse_callback(channel_account(account), callback)


def reject_callback(row: Callback, request: HttpRequest, rejection: CallbackRejected) -> None:
    """Keep why a callback was refused, and the security record."""
    note_result(row, Callback.Result.REJECTED, reason=rejection.reason)
    record_refusal(request, row.payment_account.payment_no, reason=rejection.reason)


def record_refusal(request: HttpRequest, payment_no: str, *, reason: str) -> None:
    """Keep the security record of a callback that was refused."""
    SecurityRecord.objects.create(
        door=SecurityRecord.Door.CALLBACK,
        reason=reason[:200],
        claimed=payment_no,
        address=client_address(request) or None,
        path=request.path[:200],
        request_id=current_request_id.get(),
    )
