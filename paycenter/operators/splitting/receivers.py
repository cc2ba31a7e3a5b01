"""Receivers of shares: entered, bound again, unbound. Who one is at its channel is not shown."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from gateway.tasks import channel_queue
from paycenter.kernel.hints import publish_hint
from paycenter.operators import columns
from paycenter.operators.base import SetupAdmin
from paycenter.operators.confirm import (
    CHANGED_MEANWHILE,
    Question,
    ask,
    done,
    refused,
    row_or_404,
    was_seen,
)
from paycenter.operators.filters import COMPANY, STATE, OverdueFilter
from paycenter.operators.moves import move_lines
from paycenter.operators.splitting.receiver_form import ReceiverForm
from paycenter.operators.theme import ChoicesCheckboxFilter, action
from paycenter.operators.words import BINDING_STATES, RECEIVER_KINDS, RELATIONS
from transactions.models import Move, Receiver
from transactions.split_lifecycle import BindingState
from transactions.splits.receivers import add_receiver, bind_again, unbind
from transactions.tasks import look_at_receiver

ENTERED = ("channel_merchant", "label", "kind", "account", "name", "relation", "relation_text")

TRY_AGAIN = Question(
    title=_("Bind it"),
    text=_("The channel is asked to bind this receiver, as it was entered."),
    button=_("Bind now"),
)
UNBIND = Question(
    title=_("Unbind"),
    text=_("The channel is asked to end the binding. The receiver gets no share any more."),
    button=_("Unbind now"),
)


@admin.register(Receiver)
class ReceiverAdmin(SetupAdmin):
    """Entered once; whoever entered something wrong unbinds it and enters another one."""

    form = ReceiverForm
    list_display = (
        "receiver_no",
        "label",
        "merchant",
        "channel",
        "kind_label",
        "account_hint",
        "state_label",
    )
    list_select_related = ("merchant", "channel_merchant")
    list_filter = (
        STATE,
        OverdueFilter,
        ("channel_merchant__channel", ChoicesCheckboxFilter),
        COMPANY,
    )
    search_fields = ("=receiver_no", "label")
    autocomplete_fields = ("channel_merchant",)
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("number", "label", "merchant", "owner", "state_label")}),
        (
            _("At the channel"),
            {"fields": ("kind_label", "account_hint", "relation_label", "channel")},
        ),
        (_("Failure"), {"fields": ("failure_code", "failure_message")}),
        (_("Times"), {"fields": ("created", "sent", "due", "asked", "history")}),
    )
    actions_detail = ("try_again", "unbind")

    number = columns.number_column("receiver_no", _("receiver id"))
    owner = columns.link_column("channel_merchant", _("channel merchant"))
    channel = columns.channel_column("channel_merchant")
    kind_label = columns.word_column("kind", _("kind of account"), RECEIVER_KINDS)
    state_label = columns.label_column("state", _("state"), BINDING_STATES)
    created = columns.moment_column("created_at", _("created at"))
    sent = columns.moment_column("sent_at", _("last sent at"))
    due = columns.moment_column("due_at", _("looked at again"))

    @admin.display(description=_("relation"))
    def relation_label(self, receiver: Receiver) -> str:
        """Show what the receiver is to the company."""
        return receiver.relation_text or str(RELATIONS[receiver.relation].text)

    @admin.display(description=_("history"))
    def history(self, receiver: Receiver) -> str:
        """List what became of it, when, and by whom."""
        return move_lines(Move.Subject.RECEIVER, receiver.pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for what is entered, then show what is kept of it; a failure where there is one."""
        if obj is None:
            return ((None, {"fields": ENTERED}),)
        sections = super().get_fieldsets(request, obj)
        if obj.failure_code:
            return sections
        return [section for section in sections if "failure_code" not in section[1]["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nothing of a receiver is changed once it is entered."""
        shown = [name for _, section in self.fieldsets or () for name in section["fields"]]
        return [*super().get_readonly_fields(request, obj), *(() if obj is None else shown)]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the channel knows it as it was entered."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Seal and store it, and have the channel asked."""
        del request, change
        given = form.cleaned_data
        add_receiver(obj, account=given["account"], name=given["name"])
        transaction.on_commit(lambda: _hurry(obj))

    def has_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change receivers, as long as this one is not bound."""
        return self._may(request, object_id, BindingState.REFUSED, BindingState.UNBOUND)

    def has_unbind_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change receivers, as long as the channel may know this one."""
        return self._may(request, object_id, BindingState.BOUND, BindingState.REFUSED)

    @action(description=_("Bind it"), icon="link", permissions=["again"])
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the channel asked to bind it."""
        return self._change(request, object_id, TRY_AGAIN, bind_again)

    @action(description=_("Unbind"), icon="link_off", permissions=["unbind"])
    def unbind(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the channel asked to end the binding."""
        return self._change(request, object_id, UNBIND, unbind)

    def _change(
        self,
        request: HttpRequest,
        object_id: str,
        question: Question,
        change: Callable[..., bool],
    ) -> HttpResponse:
        receiver: Receiver = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, receiver, replace(question, seen=str(receiver.version)))
        if not was_seen(request, receiver):
            return refused(request, receiver, CHANGED_MEANWHILE)
        by = request.user.get_username()
        try:
            changed = change(receiver.pk, by=by, version=receiver.version)
        except ValidationError as error:
            return refused(request, receiver, " ".join(error.messages))
        if not changed:
            return refused(request, receiver, CHANGED_MEANWHILE)
        _hurry(receiver)
        self.log_change(request, receiver, question.title)
        return done(request, receiver, _("The channel is being asked. Look again in a moment."))

    def _may(self, request: HttpRequest, object_id: Any, *states: BindingState) -> bool:
        if not self.holds(request, "transactions.change_receiver", object_id):
            return False
        receiver: Any = self.get_object(request, str(object_id))
        return receiver is None or receiver.state in states


def _hurry(receiver: Receiver) -> None:
    """Ask a worker to speak to the channel now; if none hears of it, the sweep finds it."""
    queue = channel_queue(receiver.channel_merchant.channel)
    publish_hint(look_at_receiver, receiver.pk, queue=queue)
