"""What an order consists of, and every move of a state: evidence, read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, CharField, Model, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.filters import COMPANY, CREATED
from paycenter.operators.finding import lines_by, moves_by
from paycenter.operators.theme import ChoicesCheckboxFilter
from paycenter.operators.words import MOVE_STATES
from transactions.models import (
    DuplicatePayment,
    Move,
    Order,
    OrderLine,
    Payment,
    Receiver,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitRule,
)


@admin.register(OrderLine)
class OrderLineAdmin(RecordAdmin):
    """The items of orders, as the applications named them."""

    list_display = (
        "order_no",
        "line_no",
        "fee_type",
        "room",
        "period",
        "description",
        "amount_yuan",
        "company",
    )
    list_select_related = ("order", "merchant")
    list_filter = (COMPANY,)
    search_fields = ("order__order_no",)
    search_help_text = _("Any number of an order, payment or refund")
    fields = ("order_link", "line_no", "fee_type", "room", "period", "description", "amount_yuan")
    readonly_fields = ("order_link", "amount_yuan")

    order_no = columns.text_column("order", _("order"))
    company = columns.link_column("merchant", _("property company"))
    order_link = columns.link_column("order", _("order"))
    amount_yuan = columns.yuan_column("amount", _("amount (yuan)"))

    def find(self, number: str) -> list[int]:
        """Find the lines of the orders a number stands for."""
        return lines_by(number)


def _number_of(model: type[Model], field: str) -> Subquery:
    return Subquery(model._default_manager.filter(pk=OuterRef("subject_id")).values(field)[:1])


NUMBER_OF_WHAT_MOVED = Case(
    When(subject=Move.Subject.ORDER, then=_number_of(Order, "order_no")),
    When(subject=Move.Subject.PAYMENT, then=_number_of(Payment, "serial_no")),
    When(subject=Move.Subject.REFUND, then=_number_of(Refund, "refund_serial_no")),
    When(subject=Move.Subject.RECEIVER, then=_number_of(Receiver, "receiver_no")),
    When(
        subject=Move.Subject.RULE,
        then=Concat(Value("v"), Cast(_number_of(SplitRule, "edition"), CharField())),
    ),
    When(subject=Move.Subject.SPLIT, then=_number_of(Split, "split_serial_no")),
    When(subject=Move.Subject.RETURN, then=_number_of(SplitReturn, "return_serial_no")),
    When(subject=Move.Subject.RELEASE, then=_number_of(SplitRelease, "release_serial_no")),
    When(subject=Move.Subject.DUPLICATE, then=_number_of(DuplicatePayment, "payment__serial_no")),
)


@admin.register(Move)
class MoveAdmin(RecordAdmin):
    """The history of every state."""

    list_display = ("created", "subject", "row", "before", "after", "cause", "company")
    list_select_related = ("merchant",)
    list_filter = (
        ("subject", ChoicesCheckboxFilter),
        ("cause", ChoicesCheckboxFilter),
        COMPANY,
        CREATED,
    )
    search_fields = ("subject_id",)
    search_help_text = _("Any number of an order, payment or refund")
    fields = (
        "created",
        "subject",
        "row",
        "before",
        "after",
        "cause",
        "actor",
        "note",
        "company",
    )
    readonly_fields = ("created", "row", "before", "after", "company")

    created = columns.moment_column("created_at", _("at"))
    company = columns.link_column("merchant", _("property company"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Move]:
        """Read with each move the number of what moved."""
        moves: QuerySet[Move] = super().get_queryset(request)
        return moves.annotate(number=NUMBER_OF_WHAT_MOVED)

    @admin.display(description=_("Number"))
    def row(self, move: Any) -> str:
        """Link to what moved by its number."""
        page = reverse(f"admin:transactions_{move.subject}_change", args=[move.subject_id])
        return format_html('<a class="pc-link pc-number" href="{}">{}</a>', page, move.number)

    @admin.display(description=_("from"))
    def before(self, move: Move) -> str:
        """Show the state it left."""
        return columns.word_label(MOVE_STATES[move.subject], move.source)

    @admin.display(description=_("to"))
    def after(self, move: Move) -> str:
        """Show the state it came to."""
        return columns.word_label(MOVE_STATES[move.subject], move.target)

    def find(self, number: str) -> list[int]:
        """Find the moves of the orders a number stands for, and of their payments and refunds."""
        return moves_by(number)
