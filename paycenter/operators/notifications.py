"""Notifications: what applications were told, every try, and sending again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from notifications.models import Delivery, DeliveryAttempt, Endpoint, Event, FeedCounter
from notifications.services import resend as service
from paycenter.kernel import strict_json
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, RecordInline
from paycenter.operators.bulk.choosing import BulkAdmin
from paycenter.operators.bulk.deed import Deed, Skipped, Wish
from paycenter.operators.columns import Text
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.exporting.exported import ExportedAdmin
from paycenter.operators.filters import APPLICATION, COMPANY, STATE, MadeFilter, OverdueFilter
from paycenter.operators.finding import deliveries_by, events_by
from paycenter.operators.theme import RangeDateTimeFilter, action
from paycenter.operators.words import DELIVERY_STATES, EVENT_TYPES


class AttemptInline(RecordInline):
    """The tries of one notification."""

    model = DeliveryAttempt
    fields = ("number", "sent", "status", "milliseconds", "error_words", "answer")
    readonly_fields = ("sent", "error_words")
    sent = columns.moment_column("at", _("sent at"))
    error_words = columns.reason_column("error", _("error"))


@admin.register(Delivery)
class DeliveryAdmin(BulkAdmin, ExportedAdmin):
    """Read-only, but may be put in line again: one, or all that are ticked."""

    list_display = (
        "occurred",
        "type",
        "order_no",
        "application",
        "url",
        "state_label",
        "attempts",
        "last_status",
        "due",
    )
    list_select_related = ("event", "application")
    list_filter = (
        STATE,
        OverdueFilter,
        APPLICATION,
        COMPANY,
        ("event__occurred_at", RangeDateTimeFilter),
    )
    search_fields = ("event__event_id",)
    search_help_text = _("An event id or an order number")
    actions_detail = ("resend_one",)
    inlines = (AttemptInline,)
    fields = (
        "event_link",
        "type",
        "application",
        "merchant",
        "url",
        "state_label",
        "attempts",
        "last_status",
        "error_words",
        "due",
        "delivered",
    )
    readonly_fields = ("event_link", "type", "state_label", "error_words", "due", "delivered")

    occurred = columns.moment_column("event.occurred_at", _("occurred at"))
    event_link = columns.link_column("event", _("event"))
    type = columns.word_column("event.type", _("type"), EVENT_TYPES)
    state_label = columns.label_column("state", _("state"), DELIVERY_STATES)
    error_words = columns.reason_column("last_error", _("last error"))
    due = columns.moment_column("due_at", _("next try"))
    delivered = columns.moment_column("delivered_at", _("delivered at"))

    @admin.display(description=_("order number"))
    def order_no(self, delivery: Delivery) -> str:
        """Show the order an event tells of."""
        return delivery.event.data.get("order_no") or columns.EMPTY

    def find(self, number: str) -> list[int]:
        """Find notifications by their event or order."""
        return deliveries_by(number)

    def has_resend_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on notifications may send them again."""
        return self.holds(request, "notifications.change_delivery", object_id)

    def bulk_deeds(self) -> tuple[Deed, ...]:
        """Send several again."""
        return (SendAgain(),)

    @action(description=_("Send again"), icon="send", permissions=["resend"])
    def resend_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put one notification in line."""
        delivery = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, delivery, SEND_AGAIN)
        if not service.resend([delivery]):
            return refused(request, delivery, BEING_SENT)
        self.log_change(request, delivery, SENT_AGAIN)
        return done(request, delivery, _("The notification is in line and leaves within seconds."))


BEING_SENT = _("It is being sent this very moment.")
SENT_AGAIN = _("Sent again.")
SEND_AGAIN = Question(
    title=_("Send again"),
    text=_("The application receives the same event once more, with all retries ahead."),
    button=_("Send again"),
)


class SendAgain(Deed):
    """Put several notifications in line."""

    code = "resend"
    title = _("Send the selected notifications again")
    explanation = SEND_AGAIN.text
    permission = "notifications.change_delivery"
    told = SENT_AGAIN

    def rows(self) -> QuerySet[Delivery]:
        """Return notifications with what they tell of."""
        return Delivery.objects.select_related("event", "application", "merchant")

    def why_not(self, row: Delivery, by: str) -> Text:
        """Whatever became of it, it may be sent again."""
        del row, by
        return ""

    def about(self, row: Delivery) -> Text:
        """Say what became of it so far."""
        return str(row.get_state_display())

    def do(self, row: Delivery, wish: Wish) -> Text:
        """Put it in line; the sweep sends it within seconds."""
        del wish
        if not service.resend([row]):
            raise Skipped(BEING_SENT)
        return ""


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(RecordAdmin):
    """Every try, read-only."""

    list_display = ("sent", "delivery", "number", "status", "milliseconds", "error_words")
    list_select_related = ("delivery__event",)
    list_filter = (("at", MadeFilter),)
    fields = ("delivery", "number", "sent", "status", "milliseconds", "error_words", "body")
    readonly_fields = ("sent", "error_words", "body")

    sent = columns.moment_column("at", _("sent at"))
    error_words = columns.reason_column("error", _("error"))
    body = columns.block_column("answer", _("answer"))


class DeliveryInline(RecordInline):
    """Where one event was sent."""

    model = Delivery
    fields = ("address", "state_label", "attempts", "last_status", "error_words")
    readonly_fields = ("address", "state_label", "error_words")
    error_words = columns.reason_column("last_error", _("last error"))
    address = columns.own_link_column("url", _("URL"))
    state_label = columns.label_column("state", _("state"), DELIVERY_STATES)


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """The event log, read-only."""

    list_display = ("event_id", "type_word", "application", "merchant", "occurred", "position")
    list_select_related = ("application", "merchant")
    list_filter = (APPLICATION, COMPANY)
    list_defer = ("data",)
    search_fields = ("event_id",)
    search_help_text = _("An event id or an order number")
    fields = ("number", "type_word", "application", "merchant", "occurred", "position", "content")
    readonly_fields = ("number", "type_word", "occurred", "content")
    inlines = (DeliveryInline,)

    number = columns.number_column("event_id", _("event id"))
    type_word = columns.word_column("type", _("type"), EVENT_TYPES)
    occurred = columns.moment_column("occurred_at", _("occurred at"))

    @admin.display(description=_("data"))
    def content(self, event: Event) -> str:
        """Show the event as it is delivered."""
        return columns.text_block(strict_json.dumps(event.data))

    def find(self, number: str) -> list[int]:
        """Find an event by its id, or the events of an order."""
        return events_by(number)


@admin.register(Endpoint)
class EndpointAdmin(RecordAdmin):
    """Addresses that once answered 410 Gone; one that is off may be switched on."""

    list_display = ("url", "application", "off", "reason")
    list_select_related = ("application",)
    list_filter = (APPLICATION,)
    fields = ("url", "application", "off", "reason")
    readonly_fields = ("off",)
    actions_detail = ("switch_on",)

    off = columns.moment_column("disabled_at", _("switched off at"))

    def has_switch_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may work on addresses may switch one on."""
        return self.holds(request, "notifications.change_endpoint", object_id)

    @action(description=_("Switch on"), icon="power_settings_new", permissions=["switch"])
    def switch_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send to an address again."""
        endpoint = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, endpoint, SWITCH_ON)
        service.switch_on(endpoint)
        self.log_change(request, endpoint, _("Switched on."))
        return done(request, endpoint, _("The address receives notifications again."))


SWITCH_ON = Question(
    title=_("Switch on"),
    text=_("New notifications go to this address again. Earlier ones wait until sent again."),
    button=_("Switch on"),
)


@admin.register(FeedCounter)
class FeedCounterAdmin(RecordAdmin):
    """The last position of the event feed."""

    list_display = ("id", "last_position")
