"""The first page: a day beside the one before, what waits, how the channels do, latest payments.

Whatever adds up rows comes from the tallies (``transactions.tallies``), whatever waits is counted
through a partial index: the page takes as long with ten million payments as with ten.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from paycenter.kernel.clock import now
from paycenter.kernel.reporting import report_source
from paycenter.operators.columns import percent
from paycenter.operators.overview.card import Card
from paycenter.operators.overview.charts import draw_curve, draw_funnel
from paycenter.operators.overview.day import Day, change, read_day, yuan
from paycenter.operators.overview.lights import read_lights
from paycenter.operators.overview.scope import ScopeForm, Sight
from paycenter.operators.overview.waiting import waiting_cards
from transactions.models import Payment

LATEST = 10


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures to the first page, for who may see payments."""
    context["title"] = _("Overview")
    if not request.user.has_perm("transactions.view_payment"):
        return context
    moment = now()
    form = ScopeForm(request)
    sight = form.sight
    source = report_source()
    day = read_day(sight.accounts(), sight.day, moment, database=source.database)
    return context | {
        "form": form,
        "day": day,
        "as_of": source.as_of,
        "cards": day_cards(day),
        "curve": draw_curve(day.hours, day.hours_before),
        "funnel": draw_funnel(day.now),
        "waiting": waiting_cards(sight, moment),
        "lights": read_lights(request),
        "latest_payments": _latest(sight),
    }


def day_cards(day: Day) -> list[Card]:
    """Return the figures of a day, each with that of the day before by the same time."""
    now_, before = day.now, day.before
    payments = reverse("admin:transactions_payment_changelist")
    return [
        Card(
            title=_("Taken"),
            figure=yuan(now_.taken),
            remark=_compared(day, yuan(before.taken), change(now_.taken, before.taken)),
            url=payments,
        ),
        Card(
            title=_("Success rate"),
            figure=percent(now_.succeeded, now_.decided),
            remark=_compared(day, percent(before.succeeded, before.decided)),
            url=payments,
        ),
        Card(
            title=_("Attempts"),
            figure=str(now_.opened),
            remark=_compared(day, str(before.opened), change(now_.opened, before.opened)),
            url=payments,
        ),
        Card(
            title=_("Repeated attempts"),
            figure=str(now_.repeated),
            remark=_("%(share)s of all attempts") % {"share": percent(now_.repeated, now_.opened)},
            url=f"{payments}?repeated=yes",
        ),
        Card(
            title=_("Refunded"),
            figure=yuan(now_.refunded),
            remark=_compared(day, yuan(before.refunded), change(now_.refunded, before.refunded)),
            url=reverse("admin:transactions_refund_changelist"),
        ),
    ]


def _compared(day: Day, figure: str, difference: str = "") -> str:
    words = (
        _("the day before: %(figure)s") if day.is_over else _("yesterday by this time: %(figure)s")
    )
    text = words % {"figure": figure}
    return f"{text} ({difference})" if difference else text


def _latest(sight: Sight) -> list[Payment]:
    rows = sight.rows(Payment, company="merchant", project="payment_account__project")
    related = rows.select_related("order", "merchant", "channel_merchant")
    return list(related.order_by("-id")[:LATEST])
