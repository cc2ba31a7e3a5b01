"""Switching ways to pay off by hand, and on again. Each change is told in the same transaction."""

from django.db import transaction

from gateway.registry import channel_of
from merchants.models import ChannelSwitch
from merchants.switches import switches_on
from notifications.alerts import end_alert, raise_lasting
from notifications.models import Alert
from paycenter.kernel.clock import now
from paycenter.kernel.configuration import gettext_noop as _

BATCH = 100

OFF = "switched_off"

_SWITCHED_OFF = _("%(channel)s, %(whose)s: switched off by %(by)s. %(reason)s")
_LIFTED = _("%(channel)s, %(whose)s: switched on again by %(by)s.")
_ENDED = _("%(channel)s, %(whose)s: the switch has come to its end.")


@transaction.atomic
def switch_off(switch: ChannelSwitch, *, by: str) -> None:
    """Refuse new payments of whatever an unsaved switch covers, from the commit on.

    ``by`` is who did it. Raises ``ValidationError`` for a switch that makes no sense.
    """
    switch.created_by = by
    switch.full_clean()
    switch.save(force_insert=True)
    _tell(switch, OFF, _SWITCHED_OFF, by=by, reason=switch.reason)


@transaction.atomic
def lift(switch: ChannelSwitch, *, by: str) -> bool:
    """End a switch now. Returns False when it was over already."""
    if not switches_on().filter(pk=switch.pk).update(lifted_at=now(), lifted_by=by):
        return False
    _tell(switch, "switch_lifted", _LIFTED, by=by)
    return True


@transaction.atomic
def end_switches() -> int:
    """Note the switches that came to their end, each once; returns how many.

    They were over at that moment, noted or not: this is for people only.
    """
    over = ChannelSwitch.objects.filter(lifted_at=None, ends_at__lte=now())
    ended = over.order_by("pk").select_for_update(skip_locked=True, of=("self",))[:BATCH]
    for switch in ended:
        ChannelSwitch.objects.filter(pk=switch.pk).update(lifted_at=switch.ends_at)
        _tell(switch, "switch_ended", _ENDED)
    return len(ended)


def _tell(switch: ChannelSwitch, rule: str, text: str, **params: str) -> None:
    """Say that a switch is on, which it is until another rule says that it is over."""
    account = switch.payment_account
    owner = account.channel_merchant if account else None
    merchant_id = owner.merchant_id if owner else switch.merchant_id
    params["channel"] = _channel(owner.channel if owner else switch.channel)
    params["whose"] = str(account or switch.merchant or _("all companies"))
    subject = str(switch.pk)
    if rule == OFF:
        severity = Alert.Severity.WARNING
        raise_lasting(
            rule, text, severity=severity, subject=subject, merchant_id=merchant_id, **params
        )
    else:
        end_alert(rule, text, ends=OFF, subject=subject, merchant_id=merchant_id, **params)


def _channel(code: str) -> str:
    return channel_of(code).label if code else _("every channel")
