"""What a person can do about notifications: send again, and switch an address on again."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from notifications.models import Delivery, Endpoint
from paycenter.kernel.clock import now


@transaction.atomic
def resend(deliveries: Iterable[Delivery]) -> int:
    """Put deliveries in line again, whatever became of them, with all their retries ahead.

    Returns how many; those being sent this very moment are left out. An address that was switched
    off is switched on: whoever sends again says that it is good again. The sweep sends them within
    seconds. Two statements.
    """
    wanted = Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])
    same_address = wanted.filter(application=OuterRef("application"), url=OuterRef("url"))
    Endpoint.objects.filter(Exists(same_address)).update(disabled_at=None)
    moment = now()
    return wanted.filter(Q(leased_until=None) | Q(leased_until__lte=moment)).update(
        state=Delivery.State.PENDING, ladder_step=0, due_at=moment, leased_until=None
    )


def switch_on(endpoint: Endpoint) -> None:
    """Send to an address again from now on; what was cancelled meanwhile waits for ``resend``."""
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=None)
