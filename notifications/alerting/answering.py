"""What a person says to an incident: somebody is at it, or it is not to be told for a while."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from notifications.models import Incident, Telling
from paycenter.kernel.clock import now


@transaction.atomic
def acknowledge(incident: Incident, *, by: str, why: str) -> bool:
    """Note that ``by`` is at it; returns False when somebody was before, or it is over.

    Nobody is reminded from then on. What lasts goes on until it is over; anything else is over with
    this, so that another alert of the kind is news again.
    """
    moment = now()
    changes = {"acknowledged_by": by, "acknowledged_at": moment, "acknowledged_why": why}
    rows = Incident.objects.filter(pk=incident.pk, state=Incident.State.OPEN)
    if incident.lasting:
        done = rows.update(state=Incident.State.ACKNOWLEDGED, **changes)
    else:
        done = rows.update(state=Incident.State.OVER, over_at=moment, **changes)
    if done:
        told = Q(told_count__gt=0) if incident.lasting else Q(told_count=F("incident__count"))
        Telling.objects.filter(told, incident=incident).update(due_at=None)
    return bool(done)


def mute(incident: Incident, *, until: datetime, by: str, why: str) -> bool:
    """Have nobody told of an incident, or the next of its kind, before ``until``.

    What happened by then is told at that moment. Returns False when it is over already.
    """
    rows = Incident.objects.filter(pk=incident.pk).exclude(state=Incident.State.OVER)
    return bool(rows.update(muted_until=until, muted_by=by, muted_why=why))
