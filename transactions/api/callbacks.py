"""Callbacks of the channels: kept raw, verified, applied, and only then acknowledged."""

import logging
from functools import partial

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from gateway import inbox
from gateway.contract import Channel
from gateway.messages import (
    Acknowledgement,
    CallbackRejected,
    ChannelEvent,
    PaymentReport,
    RawCallback,
    RefundReport,
    SplitNews,
)
from gateway.models import Callback
from gateway.registry import CHANNELS, channel_of
from gateway.tasks import request_refresh
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.metrics import CALLBACKS
from transactions import tasks
from transactions.models import Move
from transactions.services.confirming import confirm_claim
from transactions.services.effects import NOTHING, Applied, Effect, Note
from transactions.services.payment_truth import apply_payment_report
from transactions.services.refund_truth import apply_refund_report
from transactions.waiting import ask_worker

logger = logging.getLogger(__name__)

_RESULTS = {
    Effect.MOVED: Callback.Result.APPLIED,
    Effect.NOTHING: Callback.Result.NO_CHANGE,
    Effect.MISMATCH: Callback.Result.MISMATCH,
    Effect.UNKNOWN_NUMBER: Callback.Result.UNKNOWN_NUMBER,
    Effect.UNCONFIRMED: Callback.Result.UNCONFIRMED,
    Effect.NOT_ASKED: Callback.Result.UNCONFIRMED,
}
_SEND_AGAIN = frozenset({Effect.UNKNOWN_NUMBER, Effect.UNCONFIRMED, Effect.NOT_ASKED})
_SUSPECT = frozenset({Effect.UNKNOWN_NUMBER, Effect.UNCONFIRMED, Effect.MISMATCH})
"""Authentic, and yet not what the channel of this account would say of our payments."""

CONFIRM_SECONDS = 4
"""EasyPay platforms hang up after five."""


@csrf_exempt
def receive_callback(request: HttpRequest, channel: str, payment_no: str) -> HttpResponse:
    """Take one callback of ``channel`` for the payment account in the URL."""
    plugin = CHANNELS.get(channel)
    if plugin is None:
        return HttpResponse(status=404)
    if request.method not in plugin.callback_methods:
        return HttpResponseNotAllowed(sorted(plugin.callback_methods))
    try:
        accepted = _receive(request, plugin, payment_no)
    except (OperationalError, InterfaceError):
        # Not stored, so not acknowledged: the channel sends it again.
        logger.exception("callback of %s not stored", channel)
        _count(plugin, "not_stored")
        accepted = False
    return _answer(plugin.acknowledge(accepted=accepted))


def _receive(request: HttpRequest, plugin: Channel, payment_no: str) -> bool:
    account = inbox.account_of_callback(plugin.code, payment_no)
    if account is None:
        return _refuse(request, plugin, payment_no, reason="no such payment account")
    if not inbox.may_call_back(account, request):
        return _refuse(request, plugin, payment_no, reason="the channel has no such address")
    callback = _read(request)
    if callback is None:
        return _refuse(request, plugin, payment_no, reason="the body is too long")
    row = inbox.keep_callback(account, callback)
    try:
        event = inbox.open_callback(account, callback)
    except CallbackRejected as rejection:
        inbox.reject_callback(row, request, rejection)
        _count(plugin, Callback.Result.REJECTED)
        if rejection.unknown_key:
            request_refresh(account.channel_merchant_id, unknown_serial=True)
        return False
    applied = _take(account, event, note=partial(_note, row, event))
    _count(plugin, _RESULTS[applied.effect])
    if applied.effect in _SUSPECT:
        inbox.record_refusal(request, payment_no, reason=applied.reason)
    return applied.effect not in _SEND_AGAIN


def _refuse(request: HttpRequest, plugin: Channel, payment_no: str, *, reason: str) -> bool:
    """Turn away what is not even kept."""
    inbox.record_refusal(request, payment_no, reason=reason)
    _count(plugin, "refused")
    return False


def _count(plugin: Channel, outcome: str) -> None:
    CALLBACKS.labels(plugin.code, outcome).inc()


def _read(request: HttpRequest) -> RawCallback | None:
    try:
        callback = inbox.read_callback(request)
    except RequestDataTooBig:
        return None
    return callback if len(callback.body) <= inbox.MAX_BODY_BYTES else None


def _take(account: PaymentAccount, event: ChannelEvent, *, note: Note) -> Applied:
    """Do what an authentic callback calls for, and note it; all is committed on return."""
    owner = account.channel_merchant
    if isinstance(event, PaymentReport):
        if not channel_of(owner.channel).confirms_callbacks:
            return apply_payment_report(owner, event, cause=Move.Cause.CALLBACK, note=note)
        applied = confirm_claim(owner, event, ask=partial(_ask, owner.channel))
        note(applied)
        return applied
    with transaction.atomic():
        applied = _apply(owner, event)
        note(applied)
    return applied


def _apply(owner: ChannelMerchant, event: RefundReport | SplitNews) -> Applied:
    if isinstance(event, SplitNews):
        # Splits are asked for until they are decided; news of them moves nothing.
        return NOTHING
    return apply_refund_report(owner, event, cause=Move.Cause.CALLBACK)


def _ask(channel: str, payment_id: int) -> bool:
    """Have a worker ask the channel; returns whether it answered while the caller waits."""
    answer = ask_worker(tasks.sync_payment, payment_id, channel, at_most=CONFIRM_SECONDS)
    return answer is not None


def _note(row: Callback, event: ChannelEvent, applied: Applied) -> None:
    """Note on the raw row what became of the callback."""
    result = _RESULTS[applied.effect]
    inbox.note_result(row, result, reason=applied.reason, number=_number(event))


def _number(event: ChannelEvent) -> str:
    if isinstance(event, SplitNews):
        return event.split_serial_no
    return event.serial_no if isinstance(event, PaymentReport) else event.refund_serial_no


def _answer(acknowledgement: Acknowledgement) -> HttpResponse:
    return HttpResponse(
        acknowledgement.body,
        status=acknowledgement.status,
        content_type=acknowledgement.content_type,
    )
