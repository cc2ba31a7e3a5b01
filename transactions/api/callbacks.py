"""Callbacks of the channels: kept raw, verified, applied, and only then acknowledged."""

import logging

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from gateway import inbox
from gateway.messages import (
    Acknowledgement,
    CallbackRejected,
    ChannelEvent,
    PaymentReport,
    RawCallback,
)
from gateway.models import Callback
from gateway.registry import CHANNELS
from gateway.tasks import request_refresh
from merchants.models import PaymentAccount
from transactions.models import Move
from transactions.services.effects import Applied, Effect
from transactions.services.payment_truth import apply_payment_report
from transactions.services.refund_truth import apply_refund_report

logger = logging.getLogger(__name__)

_RESULTS = {
    Effect.MOVED: Callback.Result.APPLIED,
    Effect.NOTHING: Callback.Result.NO_CHANGE,
    Effect.MISMATCH: Callback.Result.MISMATCH,
    Effect.UNKNOWN_NUMBER: Callback.Result.UNKNOWN_NUMBER,
}


@csrf_exempt
@require_POST
def receive_callback(request: HttpRequest, channel: str, payment_no: str) -> HttpResponse:
    """Take one callback of ``channel`` for the payment account in the URL."""
    plugin = CHANNELS.get(channel)
    if plugin is None:
        return HttpResponse(status=404)
    try:
        accepted = _receive(request, channel, payment_no)
    except (OperationalError, InterfaceError):
        # Not stored, so not acknowledged: the channel sends it again.
        logger.exception("callback of %s not stored", channel)
        accepted = False
    return _answer(plugin.acknowledge(accepted=accepted))


def _receive(request: HttpRequest, channel: str, payment_no: str) -> bool:
    account = inbox.account_of_callback(channel, payment_no)
    if account is None:
        inbox.record_refusal(request, payment_no, reason="no such payment account")
        return False
    callback = _read(request)
    if callback is None:
        inbox.record_refusal(request, payment_no, reason="the body is too long")
        return False
    row = inbox.keep_callback(account, callback)
    try:
        event = inbox.open_callback(account, callback)
    except CallbackRejected as rejection:
        inbox.reject_callback(row, request, rejection)
        if rejection.unknown_key:
            request_refresh(account.channel_merchant_id, unknown_serial=True)
        return False
    return _apply(account, row, event).effect != Effect.UNKNOWN_NUMBER


def _read(request: HttpRequest) -> RawCallback | None:
    try:
        callback = inbox.read_callback(request)
    except RequestDataTooBig:
        return None
    return callback if len(callback.body) <= inbox.MAX_BODY_BYTES else None


@transaction.atomic
def _apply(account: PaymentAccount, row: Callback, event: ChannelEvent) -> Applied:
    """Apply the event and note on the raw row what became of it, in one commit."""
    owner = account.channel_merchant
    if isinstance(event, PaymentReport):
        applied = apply_payment_report(owner, event, cause=Move.Cause.CALLBACK)
        row.number = event.serial_no[:24]
    else:
        applied = apply_refund_report(owner, event, cause=Move.Cause.CALLBACK)
        row.number = event.refund_serial_no[:24]
    row.result = _RESULTS[applied.effect]
    row.reason = applied.reason[:200]
    row.save(update_fields=["result", "reason", "number"])
    return applied


def _answer(acknowledgement: Acknowledgement) -> HttpResponse:
    return HttpResponse(
        acknowledgement.body,
        status=acknowledgement.status,
        content_type=acknowledgement.content_type,
    )
