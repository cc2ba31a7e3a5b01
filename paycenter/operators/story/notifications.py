"""What the application was told: events, and every try to deliver them."""

from django.utils.translation import gettext as _

from notifications.models import Delivery, DeliveryAttempt, Event
from paycenter.operators.columns import label, page_of, word_label
from paycenter.operators.reasons import in_words
from paycenter.operators.story.entry import Entry, Fact, evidence, facts
from paycenter.operators.story.rows import Rows
from paycenter.operators.words import DELIVERY_STATES, EVENT_TYPES, word_of


def entries(rows: Rows) -> list[Entry]:
    """Return every event and every try."""
    deliveries = [delivery for event in rows.events for delivery in event.deliveries.all()]
    return [
        *map(_happened, rows.events),
        *(_tried(delivery, attempt) for delivery in deliveries for attempt in delivery.tries.all()),
    ]


def _happened(event: Event) -> Entry:
    deliveries = list(event.deliveries.all())
    told = [word_label(DELIVERY_STATES, delivery.state) for delivery in deliveries]
    return Entry(
        at=event.occurred_at,
        order=(6, event.pk),
        kind="event",
        icon="campaign",
        title=_("Event: %(type)s") % {"type": word_of(EVENT_TYPES, event.type).text},
        label=told[0] if told else label(_("no notification URL"), "plain"),
        url=page_of(event),
        facts=facts(
            Fact(_("Event id"), event.event_id),
            *(Fact(_("To"), delivery.url, page_of(delivery)) for delivery in deliveries),
        ),
    )


def _tried(delivery: Delivery, attempt: DeliveryAttempt) -> Entry:
    taken = attempt.status is not None and 200 <= attempt.status < 300
    answer = f"HTTP {attempt.status}" if attempt.status else _("no answer")
    return Entry(
        at=attempt.at,
        order=(7, attempt.pk),
        kind="notification",
        icon="send",
        title=_("Notification, try %(number)s") % {"number": attempt.number},
        label=label(answer, "good" if taken else "bad"),
        url=page_of(delivery),
        facts=facts(
            Fact(_("To"), delivery.url),
            Fact(_("Took"), _("%(count)s ms") % {"count": attempt.milliseconds}),
            Fact(_("Error"), in_words(attempt.error)),
        ),
        evidence=evidence(_("Answer"), attempt.answer),
    )
